import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY, S3Server } from '../captures/storage/s3-server.ts';
import { ApiServer } from '../cluster/deployment/api-server.ts';
import { policyFaults } from '../cluster/kubernetes/policy.ts';
import { builtProgram, samples } from './program.ts';

const program = builtProgram();
const POD_LABEL = 'job-name';
const INDEX = 'batch.kubernetes.io/job-completion-index';

let folder: string;
let server: ApiServer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtcscope-volume-'));
  mkdirSync(join(folder, 'run'));
  copyFileSync(join(samples, 'call.pcapng'), join(folder, 'run', 'a.pcapng'));
  copyFileSync(join(samples, 'voip.pcap'), join(folder, 'run', 'b.pcap'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  server = new ApiServer();
  (await server.listen()).close();
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
    clusters: [{ name: 'here', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: {} }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config));
  server.put('/api/v1/namespaces/default/persistentvolumeclaims/calls', { metadata: { name: 'calls' } });
});
afterEach(() => server.close());

/** Does what the controller and the kubelets do: runs the program of each pod, with the folder for its volume. */
function runJobs(failing: readonly number[] = [], change = (log: string) => log): void {
  server.onJob = (job, path) => {
    const { completions, template } = job.spec;
    const [{ args, env = [] }] = template.spec.containers;
    const own = args.map((argument: string) => argument.replace(/^\/captures\//, `${folder}/`));
    const pods = Array.from({ length: completions }, (_, index) =>
      runPod(job.metadata.name, index, own, environmentOf(env)),
    );
    void Promise.all(pods).then(() => {
      const type = failing.length > 0 ? 'Failed' : 'Complete';
      const status = {
        succeeded: completions - failing.length,
        failed: failing.length,
        conditions: [{ type, status: 'True' }],
      };
      server.put(path, { ...server.objects.get(path), status });
    });
  };
  const runPod = async (job: string, index: number, args: readonly string[], env: NodeJS.ProcessEnv) => {
    const name = `${job}-${index}`;
    const path = `/api/v1/namespaces/default/pods/${name}`;
    const metadata = { name, labels: { [POD_LABEL]: job }, annotations: { [INDEX]: String(index) } };
    const { log, code } = failing.includes(index)
      ? { log: 'oops\nrtcscope: b.pcap: damaged. See it.\n', code: 137 }
      : await output(args, { ...env, JOB_COMPLETION_INDEX: String(index) });
    server.logs.set(path, change(log));
    server.put(path, { kind: 'Pod', metadata, status: { phase: code === 0 ? 'Succeeded' : 'Failed' } });
  };
}

/** As the kubelet has it: values, and keys of the Secret `bucket-key`. */
function environmentOf(env: readonly { name: string; value?: string; valueFrom?: never }[]): NodeJS.ProcessEnv {
  const kept: Record<string, string> = KEY;
  const keptAt = (from: { secretKeyRef: { name: string; key: string } } | undefined) =>
    from?.secretKeyRef.name === 'bucket-key' ? kept[from.secretKeyRef.key] : undefined;
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? keptAt(valueFrom)]));
}

function output(args: readonly string[], own: NodeJS.ProcessEnv): Promise<{ log: string; code: number | null }> {
  const env = { ...process.env, ...own };
  const child = spawn(process.execPath, [program.path, ...args], { env });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ log, code })));
}

async function run(...args: string[]) {
  const child = program.start(['analyze', '--on', 'kubernetes', ...args, '--kubeconfig', join(folder, 'kubeconfig')]);
  const out = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (out.stdout += chunk));
  child.stderr?.on('data', (chunk) => (out.stderr += chunk));
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, ...out };
}

describe('analyze --on kubernetes', { timeout: 120_000 }, () => {
  it('gives what one analysis of all captures gives, and deletes the Job', async () => {
    runJobs();
    const { status, stdout, stderr } = await run('calls/run/*.pcap*', '--shards', '3', '--json', '-');
    expect(stderr).toMatch(/3 of 3 shards done/);
    expect(status).toBe(0);
    const merged = JSON.parse(stdout);
    const here = program.run(['analyze', join(folder, 'run', '*.pcap*'), '--json', '-']);
    const whole = JSON.parse(here.stdout);
    const figures = ({ streams }: typeof whole) =>
      streams.map(({ id, packets, bytes, lost, jitterMs, mos }: Record<string, unknown>) => ({
        id,
        packets,
        bytes,
        lost,
        jitterMs,
        mos,
      }));
    expect(figures(merged)).toEqual(figures(whole));
    expect(merged.traffic).toEqual(whole.traffic);
    expect(merged.captures).toEqual(whole.captures);
    expect([...server.objects.keys()].filter((path) => path.includes('/jobs/'))).toEqual([]);
  });

  it('reads from a bucket with the key of a Secret, to the same figures, over broken connections', async () => {
    const bucket = mkdtempSync(join(tmpdir(), 'rtcscope-bucket-'));
    const s3 = new S3Server(bucket);
    try {
      await s3.start();
      for (const name of ['a.pcapng', 'b.pcap']) await s3.put(`runs/7/${name}`, join(folder, 'run', name));
      const jobs: Record<string, unknown>[] = [];
      runJobs();
      const { onJob } = server;
      server.onJob = (job, path) => {
        jobs.push(job);
        // Lists of two pods, then what they read.
        s3.cuts.push(10_000, 10_000, 50, 10_000, 10_000, 10_000);
        onJob?.(job, path);
      };
      const key = ['--s3-secret', 'bucket-key', '--s3-endpoint', s3.url];
      const { status, stdout, stderr } = await run('s3://calls/runs/7/*', '--shards', '2', ...key, '--json', '-');
      expect(stderr).not.toMatch(/left out|S3RVER/);
      expect(status).toBe(0);
      const env = { ...process.env, ...KEY };
      const here = await output(['analyze', 's3://calls/runs/7/', '--s3-endpoint', s3.url, '--json', '-', '-q'], env);
      const merged = JSON.parse(stdout);
      const whole = JSON.parse(here.log);
      expect(merged.traffic).toEqual(whole.traffic);
      expect(merged.captures).toEqual(whole.captures);
      expect(merged.captures.map(({ path }: { path: string }) => path)).toEqual([
        's3://calls/runs/7/a.pcapng',
        's3://calls/runs/7/b.pcap',
      ]);
      expect(s3.asked.filter((line) => line.includes('bytes=')).length).toBeGreaterThan(1);
      expect(policyFaults(jobs)).toEqual([]);
      expect(JSON.stringify(jobs)).not.toContain(KEY.AWS_SECRET_ACCESS_KEY);
      expect(JSON.stringify(jobs)).not.toContain('/captures');
    } finally {
      await s3.close();
      rmSync(bucket, { recursive: true });
    }
  });

  it('says what the pods said where none comes to a result, as with a key that opens nothing', async () => {
    const bucket = mkdtempSync(join(tmpdir(), 'rtcscope-bucket-'));
    const s3 = new S3Server(bucket);
    try {
      await s3.start();
      runJobs();
      const key = ['--s3-secret', 'another-key', '--s3-endpoint', s3.url];
      const { status, stderr } = await run('s3://calls/runs/7/*', '--shards', '1', ...key);
      expect(stderr).toMatch(/no shard came to a result \(s3:\/\/calls\/runs\/7\/\*: may not be read without a key/);
      expect(status).toBe(2);
    } finally {
      await s3.close();
      rmSync(bucket, { recursive: true });
    }
  });

  it('says at once that a Secret is missing, and deletes the Job', async () => {
    server.onJob = (job) => {
      const { name } = job.metadata;
      const waiting = { reason: 'CreateContainerConfigError', message: 'secret "bucket-key" not found' };
      const status = { phase: 'Pending', containerStatuses: [{ name: 'analysis', state: { waiting } }] };
      server.put(`/api/v1/namespaces/default/pods/${name}-0`, {
        metadata: { name, labels: { [POD_LABEL]: name } },
        status,
      });
    };
    const { status, stderr } = await run('s3://calls/runs/7/*', '--s3-secret', 'bucket-key');
    expect(stderr).toMatch(
      /cannot be started: secret "bucket-key" not found\. Make what it asks for, such as its secret/,
    );
    expect(status).toBe(2);
    expect([...server.objects.keys()].filter((path) => path.includes('/jobs/'))).toEqual([]);
  });

  it('asks for a pod that keeps the policy, a shard each, with failures counted by shard', async () => {
    const jobs: unknown[] = [];
    runJobs();
    const { onJob } = server;
    server.onJob = (job, path) => {
      jobs.push(job);
      onJob?.(job, path);
    };
    await run('calls/run/*.pcap*', '--shards', '2', '--filter', 'rtp', '--image', 'registry.example/rtcscope:1.2.3');
    expect(policyFaults(jobs)).toEqual([]);
    expect(jobs[0]).toMatchObject({
      spec: { completionMode: 'Indexed', completions: 2, backoffLimitPerIndex: 2, maxFailedIndexes: 2 },
    });
  });

  it('names the captures that a shard which failed leaves out, with exit status 1', async () => {
    runJobs([1]);
    const { status, stderr, stdout } = await run('calls/run/*.pcap*', '--shards', '2', '--csv', '-');
    expect(stderr).toContain('b.pcap is left out: its shard failed (b.pcap: damaged. See it.)');
    expect(stderr).not.toContain('a.pcapng is left out');
    expect(stdout.split('\r\n').length).toBeGreaterThan(2);
    expect(status).toBe(1);
  });

  it('says at once that no capture matches: a Job that fails would be tried again', async () => {
    runJobs();
    const { status, stderr } = await run('calls/none/*.pcap', '--shards', '2');
    expect(stderr).toContain('2 of 2 shards done\n');
    expect(stderr).toMatch(/^rtcscope: calls\/none\/\*\.pcap: no capture in the cluster matches\. Patterns begin/m);
    expect(status).toBe(2);
  });

  it('takes a log that was cut for a shard that failed', async () => {
    runJobs([], (log) => log.slice(0, log.length / 2));
    const { status, stderr } = await run('calls/run/*.pcap*', '--shards', '1');
    expect(stderr).toContain('no shard came to a result');
    expect(status).toBe(2);
  });

  it('tells bad input on one line, and makes no Job', async () => {
    for (const [args, words] of [
      [['nothing/x.pcap'], /there is no PersistentVolumeClaim nothing in namespace default/],
      [['s3:/bucket/x.pcap'], /names no captures in a cluster\. Give one CLAIM\/PATTERN/],
      [['s3://bucket'.toUpperCase()], /names no captures in a cluster/],
      [['s3://B/x.pcap'], /names nothing in a bucket/],
      [['s3://bucket/x', '--s3-endpoint', 'minio:9000'], /--s3-endpoint: no address/],
      [['s3://bucket/x', '--s3-secret', 'AKIA/secret'], /--s3-secret: no name of a Secret/],
      [['calls/x.pcap', '--s3-region', 'x'], /--s3-region: the captures are in no bucket/],
      [['calls/../x.pcap'], /names no captures in a cluster/],
      [['calls/x.pcap', '--shards', '0'], /--shards: not a number of pods/],
      [['calls/x.pcap', '--states', 'y'], /--states does not go with --on kubernetes/],
    ] as const) {
      const { status, stderr } = await run(...args);
      expect(stderr).toMatch(words);
      expect(status).toBe(2);
    }
    expect(server.asked.some((line) => line.startsWith('PATCH'))).toBe(false);
  });
});
