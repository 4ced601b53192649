import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findKubectl } from '../kubectl.mjs';
import { HAS_CLUSTER, MEDIA_PORT, namespacesOfRuns, openRealCluster, startProgram } from './real-cluster.ts';

const cluster = HAS_CLUSTER ? await openRealCluster() : null;
const kubectl = HAS_CLUSTER ? findKubectl() : null;

/** The autoscaler goes out under load, and in after it, within minutes. */
const OUT_AND_IN = `
name: out-and-in
mediaPod: { cpuRequest: 0.05, cpuLimit: 0.4 }
autoscaler: { maxReplicas: 2, targetCpuPercent: 80, behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: Pods, value: 1, periodSeconds: 15 }] } } }
capture: off
phases:
  - { name: load, seconds: 75, autoscaling: true, load: { rooms: 4, participants: 3, rampSeconds: 10, videoKbps: 150 } }
  - { name: after, seconds: 90, autoscaling: true, replicas: 2, load: { rooms: 1, participants: 2, video: false } }
`;

interface Line {
  readonly event: string;
  readonly current?: number;
  readonly desired?: number;
  readonly ready?: number;
  readonly inputs?: { readonly cpuPercent: number | null };
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

    const run = async (scenario: string, name: string) => {
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

    it('ends at Ctrl-C with nothing left on the cluster, and a run that can be read', async () => {
      const out = join(folder, 'interrupted');
      const { child, ended } = startProgram([
        'lab',
        'run',
        'quick.yaml',
        '--driver',
        'kubernetes',
        '--yes',
        '--out',
        out,
        '--media-port',
        String(MEDIA_PORT),
      ]);
      let seen = '';
      await new Promise<void>((resolve) => {
        child.stderr!.on('data', (bytes: Buffer) => {
          seen += bytes.toString('utf8');
          if (/^idle: /m.test(seen)) resolve();
        });
        child.on('close', () => resolve());
      });
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
