import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../cluster/index.ts';
import { eventually } from '../cluster/drivers/driver-contract.ts';
import { debianJmeter } from '../cluster/http-load/debian-jmeter.ts';
import { findKubectl } from '../kubectl.mjs';
import { HAS_CLUSTER, MEDIA_PORT, namespacesOfRuns, openRealCluster, startProgram } from './real-cluster.ts';

const cluster = HAS_CLUSTER ? await openRealCluster() : null;
const kubectl = HAS_CLUSTER ? findKubectl() : null;

const jmeter = debianJmeter();

/** The same packets at the card of a node and in its pods, and offers by WHIP where JMeter runs. */
const BOTH_POINTS = `
name: both-points
capture: { points: [nodes, pods] }
phases: [{ name: one, seconds: 25, replicas: 2, load: { rooms: 4, participants: 2, videoKbps: 60 }${jmeter.lacking === null ? ', http: { users: 2, pauseMs: 500, whipRoom: tea }' : ''} }]
`;
/** The metrics go while the autoscaler is on. */
const BLIND = `
name: blind
mediaPod: { cpuRequest: 0.1, cpuLimit: 0.4 }
autoscaler: { maxReplicas: 2, targetCpuPercent: 90 }
capture: off
phases: [{ name: one, seconds: 110, autoscaling: true, load: { rooms: 1, participants: 2, video: false } }]
`;
const KILLED = `
name: killed
capture: { points: [nodes] }
phases: [{ name: one, seconds: 300, load: { rooms: 1, participants: 2, video: false } }]
`;

/**
 * The autoscaler goes out under load, and in after it, within minutes: for the latter two pods have to come to 40 % of their request, which an
 * SFU with one call of two, and one with none, do on a machine that is not the quickest.
 */
const OUT_AND_IN = `
name: out-and-in
mediaPod: { cpuRequest: 0.07, cpuLimit: 0.4 }
autoscaler: { maxReplicas: 2, targetCpuPercent: 80, behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: Pods, value: 1, periodSeconds: 15 }] } } }
capture: { points: [nodes, pods] }
phases:
  - { name: load, seconds: 75, autoscaling: true, load: { rooms: 4, participants: 3, rampSeconds: 10, videoKbps: 250 } }
  - { name: after, seconds: 90, autoscaling: true, replicas: 2, load: { rooms: 1, participants: 2, video: false } }
`;

/** A load that ends and one that begins. */
const INSIDE = `
name: inside
capture: off
phases:
  - { name: one, seconds: 15, load: { rooms: 1, participants: 4, videoKbps: 100 } }
  - { name: two, seconds: 10, load: { rooms: 2, participants: 2, video: false } }
`;

interface Line {
  readonly event: string;
  readonly current?: number;
  readonly desired?: number;
  readonly ready?: number;
  readonly inputs?: { readonly cpuPercent: number | null };
  readonly pod?: string;
  readonly phase?: string;
}

async function analysisOf(paths: readonly string[]): Promise<{
  readonly streams: readonly { readonly packets: number; readonly lost: number }[];
  readonly traffic: { readonly translatedStreams: number };
}> {
  return JSON.parse((await startProgram(['analyze', ...paths, '--json', '-']).ended).stdout);
}

describe.skipIf(cluster === null)(
  'rtcscope lab run on a real cluster (skipped: npm run test:kubernetes names one)',
  { timeout: 600_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-real-lab-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const read = (out: string, name: string) => readFileSync(join(out, name), 'utf8');
    const linesOf = (out: string, name: string): Line[] =>
      read(out, name)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));

    const run = async (scenario: string, name: string, ...options: string[]) => {
      const out = join(folder, name);
      const { ended } = startProgram([
        'lab',
        'run',
        scenario,
        '--driver',
        'kubernetes',
        '--yes',
        '--out',
        out,
        '--media-port',
        String(MEDIA_PORT),
        ...options,
      ]);
      const { status, stderr } = await ended;
      expect(stderr).not.toContain('run-failed');
      expect(status).toBe(0);
      expect(await namespacesOfRuns(cluster!.access)).toEqual([]);
      return out;
    };

    it('runs the quick scenario, with and without autoscaler, to its report', async () => {
      const out = await run('quick.yaml', 'quick');
      const { phases, captures, problems, nodes } = JSON.parse(read(out, 'run.json'));
      expect(phases.map(({ name, completed }: { name: string; completed: boolean }) => [name, completed])).toEqual([
        ['idle', true],
        ['load-without-hpa', true],
        ['load-with-hpa', true],
      ]);
      expect(nodes).toHaveLength(cluster!.workers.length + cluster!.masters);
      expect(captures.length).toBeGreaterThanOrEqual(cluster!.workers.length);
      for (const { droppedByCapture, clockErrorSeconds } of captures) {
        expect(droppedByCapture).toBe(0);
        expect(clockErrorSeconds).toBeLessThan(0.1);
      }
      const codes = problems.map(({ code }: { code: string }) => code);
      for (const code of ['capture-died', 'capture-refused', 'pod-killed', 'load-died', 'left-behind'])
        expect(codes).not.toContain(code);
      const report = JSON.parse(read(out, 'report.json'));
      expect(report.phases).toHaveLength(3);
      for (const phase of report.phases) expect(phase.packets).toBeGreaterThan(1000);
      expect(linesOf(out, 'scaling.jsonl').some(({ event, ready }) => event === 'replicas' && ready === 2)).toBe(true);
    });

    it('sees the autoscaler scale out under media load and in after it, as kubectl get hpa -w shows it', async () => {
      const scenario = join(folder, 'out-and-in.yaml');
      writeFileSync(scenario, OUT_AND_IN);
      let shown = '';
      const watching =
        kubectl === null
          ? null
          : spawn(kubectl, ['get', 'hpa', '--all-namespaces', '--watch', '--no-headers'], {
              stdio: ['ignore', 'pipe', 'ignore'],
            });
      watching?.stdout.on('data', (bytes: Buffer) => (shown += bytes.toString('utf8')));
      let out: string;
      try {
        out = await run(scenario, 'out-and-in');
      } finally {
        watching?.kill();
      }
      const lines = linesOf(out, 'scaling.jsonl');
      const wanted = lines.flatMap(({ event, desired }) => (event === 'replicas' ? [desired] : []));
      expect(wanted[0]).toBe(1);
      expect(wanted).toContain(2);
      expect(wanted.at(-1)).toBe(1);
      const last = linesOf(out, 'load.jsonl').findLast(({ event }) => event === 'load') as unknown as {
        received: { lost: number };
      };
      expect(last.received.lost).toBe(0);
      // The pod that went has left its packets here, those of its last calls among them.
      const gone = lines.flatMap(({ event, phase, pod }) => (event === 'pod' && phase === 'gone' ? [pod] : []));
      expect(gone).toHaveLength(1);
      const { captures } = JSON.parse(read(out, 'run.json'));
      const entry = captures.find((capture: { pod: string | null }) => capture.pod === gone[0]);
      expect(entry).toMatchObject({ complete: true, droppedByCapture: 0 });
      const { streams } = await analysisOf([join(out, entry.file)]);
      expect(streams.length).toBeGreaterThan(0);
      expect(streams.filter(({ lost }) => lost > 0)).toEqual([]);
      if (kubectl === null) return;
      const ours = lines.flatMap(({ event, current, inputs }) =>
        event === 'decision' ? [`${inputs?.cpuPercent ?? null} ${current}`] : [],
      );
      // rtcscope-lab-… sfu Deployment/sfu cpu: 172%/80% 1 2 1 15s
      const theirs = [
        ...shown.matchAll(/^rtcscope-lab-\S+ +sfu +\S+ +cpu: (<unknown>|\d+%)\/\d+% +\d+ +\d+ +(\d+) /gm),
      ].map(([, cpu, replicas]) => `${cpu === '<unknown>' ? null : Number.parseInt(cpu, 10)} ${replicas}`);
      expect(ours.length).toBeGreaterThan(3);
      expect(distinct(ours)).toEqual(distinct(theirs.filter((line) => line !== 'null 0')));
    });

    const write = (name: string, text: string) => {
      const path = join(folder, `${name}.yaml`);
      writeFileSync(path, text);
      return path;
    };
    /** Begins a run, and waits for its first phase. */
    const begin = async (scenario: string, out: string) => {
      const where = ['--driver', 'kubernetes', '--yes', '--out', out, '--media-port', String(MEDIA_PORT)];
      const { child, ended } = startProgram(['lab', 'run', scenario, ...where]);
      let seen = '';
      await new Promise<void>((resolve) => {
        child.stderr!.on('data', (bytes: Buffer) => {
          seen += bytes.toString('utf8');
          if (/^(idle|one): /m.test(seen)) resolve();
        });
        child.on('close', () => resolve());
      });
      return { child, ended };
    };

    it('has its participants in the cluster, recorded as if they were here', async () => {
      const out = await run(write('inside', INSIDE), 'inside', '--load', 'cluster');
      const { phases, problems } = JSON.parse(read(out, 'run.json'));
      expect(phases.map(({ completed }: { completed: boolean }) => completed)).toEqual([true, true]);
      expect(problems.filter(({ code }: { code: string }) => /^(load-|run-failed|left-behind)/.test(code))).toEqual([]);
      const samples = linesOf(out, 'load.jsonl').filter(({ event }) => event === 'load') as unknown as readonly {
        readonly participants: number;
        readonly received: { readonly packets: number; readonly lost: number } | null;
      }[];
      expect(Math.max(...samples.map(({ participants }) => participants))).toBe(4);
      expect(samples.findLast(({ received }) => received !== null)!.received!.packets).toBeGreaterThan(100);
      expect(readdirSync(join(out, 'sdp')).filter((name) => name.endsWith('-answer.sdp'))).toHaveLength(8);
    });

    it('counts what is captured at a node and in its pods once, and lets WHIP in', async () => {
      const out = await run(write('both-points', BOTH_POINTS), 'both-points');
      const { captures } = JSON.parse(read(out, 'run.json'));
      const files = (kind: string): string[] =>
        captures
          .filter((capture: { kind: string; complete: boolean }) => capture.kind === kind && capture.complete)
          .map(({ file }: { file: string }) => join(out, file));
      const counts = async (paths: readonly string[]) => {
        const { streams, traffic } = await analysisOf(paths);
        const packets = streams.reduce((sum, stream) => sum + stream.packets, 0);
        return { streams: streams.length, packets, translated: traffic.translatedStreams };
      };
      expect([files('node').length, files('pod').length]).toEqual([cluster!.workers.length, 2]);
      const once = await counts(files('node'));
      expect(once.streams).toBeGreaterThan(0);
      expect(await counts(files('pod'))).toEqual(once);
      expect(await counts([...files('node'), ...files('pod')])).toEqual({ ...once, translated: once.streams });
      const [phase] = JSON.parse(read(out, 'report.json')).phases;
      expect(phase.packets).toBeLessThanOrEqual(once.packets);
      expect(phase.packets).toBeGreaterThan(once.packets / 2);
      if (jmeter.lacking !== null) return;
      const results = read(out, 'http.jtl').trim().split('\n').slice(1);
      expect(results.some((line) => line.includes('POST /whip/tea,201'))).toBe(true);
      expect(results.filter((line) => !/,20[01],/.test(line))).toEqual([]);
    });

    it('records a stretch in which the autoscaler had no metric, and tells it as a finding', async (context) => {
      const query = { labelSelector: 'k8s-app=metrics-server' };
      const deployments = await cluster!.access.get<{ items: readonly KubernetesObject[] }>(
        '/apis/apps/v1/deployments',
        {
          query,
        },
      );
      const [server] = deployments.items;
      if (server === undefined) return context.skip('the metrics server is no Deployment that can be stopped');
      const path = `/apis/apps/v1/namespaces/${server.metadata.namespace}/deployments/${server.metadata.name}/scale`;
      const scaleServer = (replicas: number) =>
        cluster!.access.request('PATCH', path, {
          contentType: 'application/merge-patch+json',
          body: { spec: { replicas } },
        });
      const out = join(folder, 'blind');
      const { ended } = await begin(write('blind', BLIND), out);
      const has = (text: string) => existsSync(join(out, 'scaling.jsonl')) && read(out, 'scaling.jsonl').includes(text);
      try {
        await eventually(() => has('"cpuPercent":'), 'the autoscaler is asked', 100_000);
        await scaleServer(0);
        await eventually(() => has('"active":false'), 'it is blind', 100_000);
      } finally {
        await scaleServer(1);
      }
      await ended;
      const { problems } = JSON.parse(read(out, 'run.json'));
      const codes = problems.map(({ code }: { code: string }) => code);
      expect(codes).toContain('autoscaler-blind');
      const blind = JSON.parse(read(out, 'report.json')).findings.find(
        ({ code }: { code: string }) => code === 'autoscaler-blind',
      );
      expect(blind.text).toMatch(/had no metric to decide by from .* of 110 s of phase one/);
      // For those that come after.
      await eventually(
        () =>
          cluster!.access.get('/apis/metrics.k8s.io/v1beta1/nodes').then(
            (found) => (found as { items: unknown[] }).items.length > 0,
            () => false,
          ),
        'there are metrics again',
        180_000,
      );
    });

    it('is told of by the next command where it was killed, and cleaned up', async () => {
      const { child, ended } = await begin(write('killed', KILLED), join(folder, 'killed'));
      child.kill('SIGKILL');
      await ended;
      const [namespace] = await namespacesOfRuns(cluster!.access);
      expect((await startProgram(['cluster', 'status']).ended).stdout).toContain(
        `namespace ${namespace}: left by an experiment that was killed (scenario killed, `,
      );
      const { status, stdout } = await startProgram(['lab', 'clean', '--yes']).ended;
      expect([status, stdout.includes(namespace)]).toEqual([0, true]);
      expect(await namespacesOfRuns(cluster!.access)).toEqual([]);
    });

    it('ends at Ctrl-C with nothing left on the cluster, and a run that can be read', async () => {
      const out = join(folder, 'interrupted');
      const { child, ended } = await begin('quick.yaml', out);
      child.kill('SIGINT');
      const { status } = await ended;
      expect(status).toBe(1);
      expect(await namespacesOfRuns(cluster!.access)).toEqual([]);
      const { complete, problems } = JSON.parse(read(out, 'run.json'));
      expect(complete).toBe(false);
      expect(problems.map(({ code }: { code: string }) => code)).toContain('interrupted');
    });
  },
);

/** Without those that are as the one before: kubectl shows a version again where something else of it changed. */
const distinct = (lines: readonly string[]): string[] => lines.filter((line, index) => line !== lines[index - 1]);
