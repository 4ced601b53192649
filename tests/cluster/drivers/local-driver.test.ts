import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { LocalDriver, type RunProblem, type ScalingEvent } from '../../../cluster/index.ts';
import { driverContract, eventually, scenarioOf } from './driver-contract.ts';

const program = [process.execPath, fileURLToPath(new URL('../../lab/stand-in.mjs', import.meta.url))];
const SMALL = 'name: contract\ncapture: off\nphases: [{ name: one, seconds: 5, replicas: 2 }]\n';

/** Processes of ours whose command line names the stand-in and this run's addresses. */
function processesOf(hosts: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          existsSync(`/proc/${pid}/cmdline`) && commandOf(pid).includes('stand-in') && commandOf(pid).includes(hosts)
        );
      } catch {
        return false;
      }
    });
}

const commandOf = (pid: string): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');

driverContract(
  'local',
  async () => {
    const driver = new LocalDriver({ program });
    return {
      driver,
      leftovers: async () => processesOf(new URL(driver.gatewayUrl).hostname.split('.').slice(0, 2).join('.')),
    };
  },
  SMALL,
);

describe('the local driver', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-local-'));
  let driver: LocalDriver;
  const events: ScalingEvent[] = [];
  const problems: RunProblem[] = [];
  const listener = {
    scaling: (event: ScalingEvent) => events.push(event),
    problem: (found: RunProblem) => problems.push(found),
  };
  const begin = async (text: string, replicas = 1) => {
    events.length = 0;
    problems.length = 0;
    driver = new LocalDriver({ program });
    await driver.apply(scenarioOf(text), replicas, folder, listener);
    await driver.waitReady(60_000, new AbortController().signal);
  };
  afterEach(async () => {
    await driver.teardown();
    delete process.env['STAND_IN_BUSY'];
    rmSync(join(folder, 'captures'), { recursive: true, force: true });
  });

  it('places pods on the nodes in turn', async () => {
    await begin(SMALL, 2);
    const nodes = events.flatMap((event) => (event.event === 'pod' && event.phase === 'created' ? [event.node] : []));
    expect(nodes).toEqual(['worker-1', 'worker-2']);
  });

  it('replaces a pod that is killed, and says so', async () => {
    await begin(SMALL);
    process.kill(driver.pids('worker-1')[0], 'SIGKILL');
    await eventually(() => problems.some(({ code }) => code === 'pod-killed'), 'the hole is told');
    await eventually(() => driver.replicas().ready === 1, 'another one is ready');
    const phases = events.flatMap((event) => (event.event === 'pod' ? [`${event.pod} ${event.phase}`] : []));
    expect(phases.slice(2)).toEqual(['sfu-1 killed', 'sfu-1 gone', 'sfu-2 created', 'sfu-2 ready']);
  });

  it('tells of a node that does not answer, and of its return', async () => {
    await begin(SMALL);
    const [pid] = driver.pids('worker-1');
    process.kill(pid, 'SIGSTOP');
    await eventually(() => problems.some(({ code }) => code === 'pod-silent'), 'silence is told');
    expect(driver.replicas().ready).toBe(0);
    process.kill(pid, 'SIGCONT');
    await eventually(() => driver.replicas().ready === 1, 'it is back');
  });

  it('scales out under load and in after it, by the algorithm', async () => {
    process.env['STAND_IN_BUSY'] = '60';
    const autoscaler =
      'autoscaler: { maxReplicas: 2, targetCpuPercent: 50, syncPeriodSeconds: 1, cpuInitializationPeriodSeconds: 0, behavior: { scaleDown: { stabilizationWindowSeconds: 2 } } }';
    await begin(`${SMALL}${autoscaler}\nmediaPod: { cpuRequest: 0.3, cpuLimit: 1 }\n`);
    await driver.setAutoscaler(true);
    await eventually(() => driver.replicas().ready === 2, 'a second pod is ready');
    const decision = events.find((event) => event.event === 'decision' && event.desired > event.current);
    expect(decision).toMatchObject({
      current: 1,
      desired: 2,
      reason: 'metric above target',
    });
    expect((decision as unknown as { inputs: { cpuPercent: number } }).inputs.cpuPercent).toBeGreaterThan(55);
    await driver.setAutoscaler(false);
    const decisions = events.filter(({ event }) => event === 'decision').length;
    await driver.setReplicas(1);
    await eventually(() => driver.replicas().current === 1, 'one is left');
    expect(events.filter(({ event }) => event === 'decision')).toHaveLength(decisions);
  });

  it('has a CPU limit in force, or says that none is', async () => {
    process.env['STAND_IN_BUSY'] = '100';
    await begin(`${SMALL}mediaPod: { cpuRequest: 0.1, cpuLimit: 0.2 }\n`);
    const unlimited = problems.some(({ code }) => code === 'no-cpu-limit');
    const used: number[] = [];
    await eventually(async () => {
      for (const { kind, cpuCores } of await driver.sample())
        if (kind === 'pod' && cpuCores !== null) used.push(cpuCores);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return used.length >= 6;
    }, 'CPU is measured');
    const typical = used.toSorted((a, b) => a - b)[used.length >> 1];
    if (unlimited) expect(typical).toBeGreaterThan(0);
    else expect(typical).toBeLessThan(0.3);
  });
});
