import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClusterDriver,
  type MetricSample,
  parseScenario,
  type RunProblem,
  type ScalingEvent,
  type Scenario,
} from '../../../cluster/index.ts';

/** What the contract needs of a driver to try it out. */
export interface DriverUnderTest {
  readonly driver: ClusterDriver;
  /** A managed control plane is no node that could be seen; one where not given. */
  readonly masters?: number;
  /** Whether anything that it made is left. */
  leftovers(): Promise<readonly string[]>;
}

export const scenarioOf = (text: string): Scenario => {
  const { scenario, problems } = parseScenario(text);
  if (scenario === null) throw new Error(JSON.stringify(problems));
  return scenario;
};

const WITHIN_MS = 60_000;

/** Waits for a condition, never for a time. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs = WITHIN_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What every driver does: the local one and the one for Kubernetes pass the same tests. */
export function driverContract(name: string, open: () => Promise<DriverUnderTest>, scenarioText: string): void {
  describe(`the contract of drivers: ${name}`, { timeout: 120_000 }, () => {
    const scenario = scenarioOf(scenarioText);
    const events: ScalingEvent[] = [];
    const problems: RunProblem[] = [];
    let folder: string;
    let tested: DriverUnderTest;

    beforeEach(async () => {
      events.length = 0;
      problems.length = 0;
      folder = mkdtempSync(join(tmpdir(), 'rtcscope-driver-'));
      tested = await open();
      const listener = {
        scaling: (event: ScalingEvent) => events.push(event),
        problem: (found: RunProblem) => problems.push(found),
      };
      await tested.driver.apply(scenario, 1, folder, listener);
      await tested.driver.waitReady(WITHIN_MS, new AbortController().signal);
    });

    afterEach(async () => {
      await tested.driver.teardown();
      rmSync(folder, { recursive: true, force: true });
    });

    const phases = (pod: string) =>
      events.flatMap((event) => (event.event === 'pod' && event.pod === pod ? [event.phase] : []));

    it('has a master and the workers that were asked for, and a gateway that answers', async () => {
      const { nodes, gatewayUrl } = tested.driver;
      expect(nodes.filter(({ role }) => role === 'master')).toHaveLength(tested.masters ?? 1);
      expect(nodes.filter(({ role }) => role === 'worker')).toHaveLength(scenario.nodes.workers);
      expect((await fetch(gatewayUrl)).status).toBeLessThan(500);
    });

    it('tells of pods that are made, become ready, and go, with the replicas', async () => {
      const { driver } = tested;
      expect(driver.replicas()).toEqual({ desired: 1, current: 1, ready: 1 });
      await driver.setReplicas(2);
      await driver.waitReady(WITHIN_MS, new AbortController().signal);
      expect(driver.replicas()).toEqual({ desired: 2, current: 2, ready: 2 });
      const pods = [...new Set(events.flatMap((event) => (event.event === 'pod' ? [event.pod] : [])))];
      expect(pods).toHaveLength(2);
      for (const pod of pods) expect(phases(pod)).toEqual(['created', 'ready']);
      await driver.setReplicas(1);
      await eventually(() => events.some((event) => event.event === 'pod' && event.phase === 'gone'), 'a pod is gone');
      const gone = pods.find((pod) => phases(pod).includes('gone'))!;
      expect(phases(gone)).toEqual(['created', 'ready', 'terminating', 'gone']);
      await eventually(() => driver.replicas().current === 1, 'one is left');
      const told = events.flatMap((event) => (event.event === 'replicas' ? [`${event.desired}/${event.ready}`] : []));
      expect(told).toEqual(expect.arrayContaining(['1/1', '2/2']));
      expect(told.at(-1)).toBe('1/1');
      expect(problems.filter(({ code }) => code === 'pod-killed')).toEqual([]);
      for (const { time } of events) expect(new Date(time).toISOString()).toBe(time);
    });

    it('measures each node and each pod', async () => {
      const { driver } = tested;
      const samples: MetricSample[] = [];
      const measured = (kind: 'node' | 'pod') => samples.filter((sample) => sample.kind === kind);
      await eventually(async () => {
        // A measurement is told once, when it is new.
        samples.push(...(await driver.sample()));
        const nodes = new Set(measured('node').map(({ name: node }) => node));
        return nodes.size >= driver.nodes.length && measured('pod').some(({ cpuCores }) => cpuCores !== null);
      }, 'CPU of a pod and of every node is known');
      const names = [...new Set(measured('node').map(({ name: node }) => node))];
      expect(names.toSorted()).toEqual(driver.nodes.map(({ name: node }) => node).toSorted());
      const pod = samples.find(({ kind }) => kind === 'pod')!;
      expect(pod.memoryBytes).toBeGreaterThan(1e6);
      expect(names).toContain(pod.node);
    });

    it('leaves nothing behind, however often it is torn down', async () => {
      await tested.driver.setReplicas(2);
      await tested.driver.teardown();
      await tested.driver.teardown();
      expect(await tested.leftovers()).toEqual([]);
    });
  });
}
