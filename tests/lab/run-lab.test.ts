import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJtl } from '../../analyzers/index.ts';
import { type LabOutcome, type LabProgress, LocalDriver, runLab } from '../../cluster/index.ts';
import { eventually, scenarioOf } from '../cluster/drivers/driver-contract.ts';
import { debianJmeter } from '../cluster/http-load/debian-jmeter.ts';
import { processOf } from './process-of.ts';

const program = [process.execPath, fileURLToPath(new URL('./stand-in.mjs', import.meta.url))];

const jmeter = debianJmeter();
const skipped = jmeter.lacking === null ? '' : ` (SKIPPED: ${jmeter.lacking})`;

const TWO_PHASES = `
name: small
capture: off
autoscaler: { maxReplicas: 2, targetCpuPercent: 50, syncPeriodSeconds: 1 }
knee: { lossPercent: 50 }
phases:
  - { name: off, seconds: 3, load: { rooms: 1, participants: 4 }, http: { users: 2, pauseMs: 50 } }
  - { name: on, seconds: 3, autoscaling: true, load: { rooms: 1, participants: 4 } }
`;
const ONE_PHASE = TWO_PHASES.replace(/\n {2}- \{ name: on,.*/, '');
const LONG = 'name: long\ncapture: off\nphases: [{ name: only, seconds: 600, load: { rooms: 1, participants: 1 } }]\n';

describe('running a scenario', { timeout: 120_000 }, () => {
  let folder: string;
  let driver: LocalDriver;
  let abort: AbortController;
  const seen: LabProgress[] = [];
  const told: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rtcscope-lab-'));
    driver = new LocalDriver({ program });
    abort = new AbortController();
    seen.length = 0;
    told.length = 0;
  });
  afterEach(async () => {
    await driver.teardown();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (text: string, path = folder, jmeterPath: string | null = null): Promise<LabOutcome> =>
    runLab(scenarioOf(text), {
      ...{ folder: path, driver, program, version: 'test', jmeter: jmeterPath, signal: abort.signal },
      onProgress: (progress) => seen.push(progress),
      onProblem: ({ code }) => told.push(code),
    });
  const lines = (name: string): Record<string, unknown>[] =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  const written = () => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  // A busy machine that is told to have stood still is no fault of what is tested.
  const problems = ({ description }: LabOutcome) =>
    description.problems.filter(({ code }) => code !== 'machine-stalled');
  const codes = (outcome: LabOutcome) => problems(outcome).map(({ code }) => code);

  it('leaves the run directory', async () => {
    const outcome = await run(TWO_PHASES.replaceAll('seconds: 3', 'seconds: 5'));
    expect(outcome.complete).toBe(true);
    const description = written();
    expect(description).toMatchObject({
      schema: 'rtcscope.run/1',
      ...{ name: 'small', driver: 'local', complete: true },
      nodes: [{ name: 'master', role: 'master' }, { name: 'worker-1' }, { name: 'worker-2' }],
      phases: [
        { name: 'off', repetition: 1, autoscaling: false, completed: true },
        { name: 'on', repetition: 1, autoscaling: true, completed: true },
      ],
    });
    expect(Date.parse(description.phases[0].end)).toBeLessThanOrEqual(Date.parse(description.phases[1].start));
    expect(
      lines('metrics.jsonl').filter(({ kind, name }) => kind === 'node' && name === 'worker-1').length,
    ).toBeGreaterThanOrEqual(5);
    expect(lines('load.jsonl').filter(({ event }) => event === 'join')).toHaveLength(2);
    expect(lines('load.jsonl').filter(({ event }) => event === 'leave')).toHaveLength(2);
    expect(lines('scaling.jsonl').some(({ event }) => event === 'decision')).toBe(true);
    const [header, first] = readFileSync(join(folder, 'http.jtl'), 'utf8').split('\n');
    expect(header).toBe('timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,Latency');
    expect(first).toMatch(/^\d{13},\d+,GET \/,200,OK,autocannon,true,\d+,\d+$/);
    expect(description.phases[0].http).toMatchObject({ generator: 'autocannon', plan: 'http-off-1.jmx' });
    expect(description.phases[1].http).toBeNull();
    expect(problems(outcome).map(({ text }) => text)).toEqual([
      'HTTP load by autocannon: JMeter is not installed, or not wanted',
    ]);
    expect(description.problems).toEqual(outcome.description.problems);
    expect(existsSync(join(folder, '.reserve'))).toBe(false);

    // The phase, the time left, replicas, participants, loss and jitter were shown.
    const late = seen.filter(
      ({ phase, leftSeconds, participants }) => phase === 'off' && leftSeconds < 2 && participants > 0,
    );
    expect(late.length).toBeGreaterThan(0);
    expect(late[0]).toMatchObject({ repetition: 1, desired: 1, ready: 1, participants: 4, jitterP95Ms: 4 });
    expect(late[0].lossPercent).toBeCloseTo(5, 1);
    expect(late[0].totalLeftSeconds).toBeGreaterThan(3);
  });

  it('a load that dies leaves its phase incomplete, and the next one runs', async () => {
    const running = run(TWO_PHASES.replace('seconds: 3', 'seconds: 6'));
    await eventually(() => seen.some(({ participants }) => participants > 0), 'participants have joined');
    process.kill(processOf(`${folder}/logs/load-off-1.jsonl`), 'SIGKILL');
    const outcome = await running;
    expect(outcome.complete).toBe(false);
    expect(codes(outcome)).toContain('load-died');
    expect(written().phases.map(({ completed }: { completed: boolean }) => completed)).toEqual([false, true]);
    expect(seen.filter(({ phase }) => phase === 'off').at(-1)?.participants).toBe(0);
  });

  it('a gateway that dies leaves its phase incomplete, and ends the run', async () => {
    const running = run(TWO_PHASES);
    await eventually(() => seen.length > 0, 'the first phase runs');
    process.kill(driver.pids('master')[0], 'SIGKILL');
    const outcome = await running;
    expect(outcome.complete).toBe(false);
    expect(codes(outcome)).toEqual(expect.arrayContaining(['gateway-died', 'run-failed']));
    expect(written().phases).toMatchObject([{ name: 'off', completed: false }]);
  });

  it('a node that stops answering: its pods are told of and replaced, the run goes on', async () => {
    driver = new LocalDriver({ program, silentMs: 3000 });
    const running = run(ONE_PHASE.replace('seconds: 3', 'seconds: 12'));
    await eventually(() => seen.length > 0, 'the first phase runs');
    const silent = driver.pids('worker-1')[0];
    process.kill(silent, 'SIGSTOP');
    const outcome = await running;
    expect(codes(outcome)).toEqual(expect.arrayContaining(['pod-silent', 'pod-killed']));
    expect(outcome.complete).toBe(true);
    expect(lines('scaling.jsonl')).toContainEqual(expect.objectContaining({ event: 'pod', phase: 'unready' }));
    expect(() => process.kill(silent, 0)).toThrow(/ESRCH/);
  });

  it.skipIf(jmeter.lacking !== null)(`HTTP load by JMeter itself${skipped}`, async () => {
    const text = 'name: http\ncapture: off\nphases: [{ name: only, seconds: 8, http: { users: 2, pauseMs: 50 } }]\n';
    const outcome = await run(text, folder, jmeter.path);
    expect(outcome.complete).toBe(true);
    expect(written()).toMatchObject({
      versions: { jmeter: '2.13' },
      phases: [{ http: { generator: 'jmeter', version: '2.13', plan: 'http-only-1.jmx' } }],
    });
    expect(codes(outcome)).toEqual([]);
    const { samples, refused } = readJtl(readFileSync(join(folder, 'http.jtl'), 'utf8'));
    expect([refused, samples.length > 10]).toEqual([0, true]);
    expect(new Set(samples.map(({ label, success }) => `${label} ${success}`))).toEqual(new Set(['GET / true']));
  });

  it('where a JMeter runs no plan, autocannon does all of it, and that is said', async () => {
    const broken = join(folder, 'jmeter');
    writeFileSync(broken, '#!/bin/sh\necho "Error in NonGUIDriver no plan for you"\n', { mode: 0o755 });
    const outcome = await run(ONE_PHASE, folder, broken);
    expect(problems(outcome).map(({ code, text }) => [code, text])).toEqual([
      ['no-jmeter', `HTTP load by autocannon: ${broken} did not run the plan (Error in NonGUIDriver no plan for you)`],
    ]);
    expect(written().phases[0].http.generator).toBe('autocannon');
  });

  it('where a JMeter ends in the middle, there is a hole, and autocannon does the rest', async () => {
    const dying = join(folder, 'jmeter');
    const row = '1700000000000,5,GET /,200,OK,users 1-1,true,10,5';
    const script = `#!/bin/sh\nprintf '${row}\\n17000' > "$5"\necho 'out of memory' >&2\nexit 1\n`;
    writeFileSync(dying, script, { mode: 0o755 });
    const outcome = await run(ONE_PHASE, folder, dying);
    expect(codes(outcome)).toEqual(['jmeter-failed', 'no-jmeter']);
    const { samples, refused } = readJtl(readFileSync(join(folder, 'http.jtl'), 'utf8'));
    expect(refused).toBe(0);
    expect(new Set(samples.map(({ thread }) => thread))).toEqual(new Set(['users 1-1', 'autocannon']));
  });

  it('ends early when it is told to, keeps what there is, and leaves no process', async () => {
    const running = run(LONG);
    await eventually(() => seen.some(({ participants }) => participants > 0), 'participants have joined');
    abort.abort();
    const outcome = await running;
    expect(outcome.complete).toBe(false);
    expect(codes(outcome)).toContain('interrupted');
    expect(written()).toMatchObject({ complete: false, phases: [{ name: 'only', completed: false }] });
    expect(lines('load.jsonl').at(-1)).toMatchObject({ event: 'leave' });
    expect(driver.pids('worker-1')).toEqual([]);
  });

  it('a media pod that is killed in the middle is a problem of the run, not its end', async () => {
    const running = run(ONE_PHASE);
    await eventually(() => seen.length > 0, 'the first phase runs');
    process.kill(driver.pids('worker-1')[0], 'SIGKILL');
    const outcome = await running;
    expect(outcome.complete).toBe(true);
    expect(codes(outcome)).toContain('pod-killed');
    expect(written().problems.find(({ code }: { code: string }) => code === 'pod-killed').text).toMatch(
      /sfu-1 on worker-1/,
    );
  });

  it('a gateway that does not come up ends the run with a reason', async () => {
    const broken = new LocalDriver({ program: [process.execPath, '-e', 'process.exit(3)'] });
    driver = broken;
    const outcome = await run(LONG);
    expect(outcome.complete).toBe(false);
    expect(outcome.description.problems.find(({ code }) => code === 'run-failed')?.text).toMatch(/gateway ended/);
    expect(written().complete).toBe(false);
  });

  const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
  it.skipIf(!mayMount)('a full disk: what was written stays, and run.json says so (as root only)', async () => {
    const small = join(folder, 'small-disk');
    mkdirSync(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=640k', 'tmpfs', small]).status !== 0) return;
    try {
      const running = run(LONG, small);
      await eventually(() => seen.length > 0, 'the phase runs');
      const filled = spawnSync('dd', ['if=/dev/zero', `of=${join(small, 'captures', 'fill')}`, 'bs=1k', 'count=640']);
      expect(filled.status).not.toBe(0);
      // What is left of the last page of a file is still written.
      await eventually(() => told.includes('disk-full'), 'it is told');
      abort.abort();
      const outcome = await running;
      expect(codes(outcome)).toContain('disk-full');
      const description = JSON.parse(readFileSync(join(small, 'run.json'), 'utf8'));
      expect(description.problems.map(({ code }: { code: string }) => code)).toEqual(
        expect.arrayContaining(['disk-full', 'interrupted']),
      );
    } finally {
      await driver.teardown();
      // Somebody who looks at it for a moment longer does not keep it.
      spawnSync('umount', ['--lazy', small]);
    }
  });
});
