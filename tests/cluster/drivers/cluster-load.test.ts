import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoadRun } from '../../../cluster/drivers/cluster-driver.ts';
import { ClusterLoad, type ClusterLoadOptions } from '../../../cluster/drivers/kubernetes/cluster-load.ts';
import type { ClusterAccess } from '../../../cluster/index.ts';
import { builtProgram } from '../../cli/program.ts';
import { ApiServer } from '../deployment/api-server.ts';
import { LiveLog } from '../deployment/live-log.ts';
import { policyFaults } from '../kubernetes/policy.ts';
import { type Conference, startUp } from '../load/running-conference.ts';
import { eventually } from './driver-contract.ts';

const program = builtProgram();
const POD = '/api/v1/namespaces/lab/pods/load-one-1-x';

let conference: Conference;
let folder: string;
let server: ApiServer;
let access: ClusterAccess;
let jobs: unknown[];
let problems: string[];
let child: ChildProcess | null = null;
let log: LiveLog;
beforeAll(async () => {
  conference = await startUp(program);
}, 60_000);
afterAll(() => conference.close());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rtcscope-cluster-load-'));
  server = new ApiServer();
  access = await server.listen();
  jobs = [];
  problems = [];
  log = new LiveLog();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = null;
  access.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** What controller and kubelet do: the pod's program runs, its output is its log, and SIGTERM comes with its deletion. */
function runJobs(): void {
  const metadata = { name: 'load-one-1-x', labels: { 'job-name': 'load-one-1' } };
  const put = (phase: string, state: object) =>
    server.put(POD, { metadata, status: { phase, containerStatuses: [{ name: 'load', state }] } });
  server.live.set(POD, log);
  server.onJob = (job) => {
    jobs.push(job);
    put('Pending', { waiting: { reason: 'ContainerCreating' } });
    const { args } = job.spec.template.spec.containers[0];
    const own = args.map((argument: string) => (argument === 'http://10.96.0.7:80' ? conference.url : argument));
    child = program.start(own);
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => log.add(text));
    }
    child.on('close', (exitCode) => {
      if (server.objects.has(POD)) put(exitCode === 0 ? 'Succeeded' : 'Failed', { terminated: { exitCode } });
      log.end();
    });
    const begun = child;
    setTimeout(() => {
      if (begun.exitCode === null) put('Running', { running: {} });
    }, 300);
  };
  server.onDelete = (path) => {
    if (!path.includes('/jobs/')) return;
    child?.kill('SIGTERM');
    log.add('');
    child?.once('close', () => server.objects.delete(POD));
  };
}

const runOf = (...args: string[]): LoadRun => ({
  ...{ name: 'one-1', args: ['--rooms', '1', '--participants', '2', '--video-kbps', '60', ...args], seconds: 60 },
  files: {
    ...{ record: join(folder, 'load.jsonl'), keyLog: join(folder, 'keys') },
    ...{ sdp: join(folder, 'sdp-'), log: join(folder, 'load.log') },
  },
});
const options = (): ClusterLoadOptions => ({
  ...{
    name: 'load-one-1',
    namespace: 'lab',
    image: 'rtcscope:1.2.3',
    gateway: 'http://10.96.0.7:80',
    signal: new AbortController().signal,
  },
  problem: (code, text) => problems.push(`${code}: ${text}`),
  made: () => {},
});
const recorded = () =>
  existsSync(join(folder, 'load.jsonl'))
    ? readFileSync(join(folder, 'load.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
const jobsLeft = () => [...server.objects.keys()].filter((path) => path.includes('/jobs/'));

describe('a load in the cluster', { timeout: 120_000 }, () => {
  it('is recorded here as one that runs here, over broken connections, until it is ended', async () => {
    runJobs();
    log.cuts.push(200, 3000, 9000);
    const load = await ClusterLoad.start(access, runOf('--seconds', '60'), options());
    await eventually(
      () => recorded().filter(({ event }) => event === 'load').length >= 3,
      'three seconds are recorded',
    );
    await load.stop(30_000);
    expect(await load.ended).toEqual({ status: null, signal: null });
    expect(problems).toEqual([]);
    expect(jobsLeft()).toEqual([]);
    expect(log.followed).toBeGreaterThanOrEqual(4);
    const samples = recorded().filter(({ event }) => event === 'load');
    expect(samples.some(({ participants }) => participants === 2)).toBe(true);
    expect(samples.findLast(({ received }) => received !== null).received.packets).toBeGreaterThan(50);
    // Each line once, in its order.
    const times = samples.map(({ time }) => time);
    expect(times).toEqual([...new Set(times)].toSorted());
    const kept = readdirSync(folder).filter((name) => name.endsWith('.sdp'));
    expect(kept.map((name) => name.replace(/^.*-/, '')).toSorted()).toEqual([
      'answer.sdp',
      'answer.sdp',
      'offer.sdp',
      'offer.sdp',
    ]);
    expect(readFileSync(join(folder, 'keys'), 'utf8')).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/m);
    // What it counted in all: participants had left in order.
    const result = JSON.parse(readFileSync(join(folder, 'load.log'), 'utf8').trim().split('\n').at(-1)!);
    expect(result).toMatchObject({ joined: 2, failed: 0 });
    expect(policyFaults(jobs)).toEqual([]);
  });

  it('tells what it ended by, by itself', async () => {
    runJobs();
    const load = await ClusterLoad.start(access, runOf('--seconds', '2'), options());
    expect(await load.ended).toEqual({ status: 0, signal: null });
    await load.stop(1000);
    expect(jobsLeft()).toEqual([]);
  });

  it('tells what it died of', async () => {
    runJobs();
    const load = await ClusterLoad.start(access, runOf('--seconds', '0'), options());
    expect(await load.ended).toEqual({ status: 2, signal: null });
    expect(readFileSync(join(folder, 'load.log'), 'utf8')).toContain('--seconds: not a number');
    await load.stop(1000);
  });

  it('is refused with the reason, and taken away, where its image is missing', async () => {
    server.onJob = () => {
      const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' };
      const status = {
        phase: 'Pending',
        containerStatuses: [{ name: 'load', image: 'rtcscope:1.2.3', state: { waiting } }],
      };
      server.put(POD, { metadata: { name: 'load-one-1-x', labels: { 'job-name': 'load-one-1' } }, status });
    };
    await expect(ClusterLoad.start(access, runOf(), options())).rejects.toThrow(
      /the image rtcscope:1.2.3 of pod .* cannot be had/,
    );
    expect(jobsLeft()).toEqual([]);
  });
});
