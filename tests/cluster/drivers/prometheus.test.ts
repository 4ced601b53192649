import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createPort } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PrometheusApi } from '../../../cluster/drivers/kubernetes/prometheus-api.ts';
import { PrometheusMetrics, requirePrometheus } from '../../../cluster/drivers/kubernetes/prometheus-metrics.ts';
import { eventually } from './driver-contract.ts';

const program = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'prometheus'))
  .find((path) => existsSync(path));
const CORES = { 'worker-1': 0.25, 'worker-2': 1.5 };
const nodes = new Map([
  ['worker-1', 'worker-1'],
  ['10.0.0.2', 'worker-2'],
]);
const options = (windowsSeconds?: readonly number[]) => ({
  ...{ namespace: 'lab', deployment: 'sfu', nodes, nodeOfPod: () => null },
  ...(windowsSeconds === undefined ? {} : { windowsSeconds }),
});
const open: Server[] = [];
const listening = async (answer: (response: ServerResponse) => void): Promise<string> => {
  const server = createServer((_, response) => answer(response));
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  for (const server of open) server.close();
  for (const server of open) server.closeAllConnections();
});

/** What a kubelet's cAdvisor says: counters with the time of their measurement, of nodes, containers, sandboxes. */
function cadvisor(): string {
  const nowMs = Date.now();
  const seconds = nowMs / 1000 - 1_700_000_000;
  const lines = ['# TYPE container_cpu_usage_seconds_total counter', '# TYPE container_memory_working_set_bytes gauge'];
  const tell = (labels: string, cores: number, bytes: number) => {
    lines.push(`container_cpu_usage_seconds_total{${labels}} ${seconds * cores} ${nowMs}`);
    lines.push(`container_memory_working_set_bytes{${labels}} ${bytes} ${nowMs}`);
  };
  tell('id="/",node="worker-1"', CORES['worker-1'], 1e9);
  tell('id="/",kubernetes_io_hostname="10.0.0.2"', CORES['worker-2'], 2e9);
  tell('id="/",node="of-another-cluster"', 3, 3e9);
  const pod = (name: string, container: string, namespace = 'lab') =>
    `id="/kubepods/x",node="worker-1",namespace="${namespace}",pod="${name}",container="${container}"`;
  tell(pod('sfu-1', 'sfu'), 0.2, 100e6);
  tell(pod('sfu-1', 'side'), 0.1, 50e6);
  for (const none of ['', 'POD', 'capture-x']) tell(pod('sfu-1', none), 7, 7e9);
  tell(pod('gateway-1', 'gateway'), 7, 7e9);
  tell(pod('sfu-2', 'sfu', 'other'), 7, 7e9);
  return `${lines.join('\n')}\n`;
}

describe.skipIf(program === undefined)(
  'CPU and memory from a Prometheus (skipped where it is not installed: apt-get install prometheus)',
  { timeout: 120_000 },
  () => {
    let child: ChildProcess;
    let folder: string;
    let url: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'rtcscope-prometheus-'));
      const target = await listening((response) => {
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
        response.end(cadvisor());
      });
      const scraped = `global: { scrape_interval: 500ms, scrape_timeout: 500ms }
scrape_configs: [{ job_name: kubelets, static_configs: [{ targets: ['${new URL(target).host}'] }] }]\n`;
      writeFileSync(join(folder, 'prometheus.yml'), scraped);
      const spare = createPort().listen(0, '127.0.0.1');
      await new Promise((resolve) => spare.once('listening', resolve));
      const { port } = spare.address() as AddressInfo;
      await new Promise((resolve) => spare.close(resolve));
      url = `http://127.0.0.1:${port}`;
      child = spawn(
        program!,
        [
          `--config.file=${join(folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: 'ignore' },
      );
    });
    afterAll(async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });

    it('are those of the nodes and media pods of this cluster, of the time that was asked for', async () => {
      const api = new PrometheusApi(`${url}/`);
      await eventually(
        () =>
          requirePrometheus(api).then(
            () => true,
            () => false,
          ),
        'it has scraped',
      );
      const metrics = new PrometheusMetrics(api, options([1, 10]));
      // Enough that the longest window is full: its rate is then that of the counters.
      const startMs = Date.now() + 10_000;
      await eventually(() => Date.now() > startMs + 6000, 'time goes on');
      const samples = await metrics.between(startMs, Date.now());
      const last = (name: string) => samples.findLast((sample) => sample.name === name && sample.cpuCores !== null);
      expect([...new Set(samples.map(({ kind, name, node }) => `${kind} ${name} ${node}`))].toSorted()).toEqual([
        'node worker-1 worker-1',
        'node worker-2 worker-2',
        'pod sfu-1 worker-1',
      ]);
      expect(last('worker-1')).toMatchObject({ memoryBytes: 1e9, source: 'prometheus' });
      // A scrape that a busy machine put off takes from it, or adds to it.
      const near = (measured: number | null, cores: number) => {
        expect(measured).toBeGreaterThan(cores * 0.6);
        expect(measured).toBeLessThan(cores * 1.5);
      };
      near(last('worker-1')!.cpuCores, CORES['worker-1']);
      near(last('worker-2')!.cpuCores, CORES['worker-2']);
      expect(last('sfu-1')).toMatchObject({ kind: 'pod', memoryBytes: 150e6 });
      near(last('sfu-1')!.cpuCores, 0.3);
      const times = samples.map(({ time }) => Date.parse(time));
      expect(Math.min(...times)).toBeGreaterThanOrEqual(startMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    it('are refused with the reason where a query is none', async () => {
      await expect(new PrometheusApi(url).now('rate(')).rejects.toThrow(/refuses a query: .*parse error/);
    });
  },
);

describe('a Prometheus that cannot be used', () => {
  const fault = async (address: string) => {
    try {
      await requirePrometheus(new PrometheusApi(address));
    } catch (error) {
      return `${(error as Error).message} ${(error as { hint?: string }).hint}`;
    }
    throw new Error('it can');
  };

  it('is told on one line, without what may be secret', async () => {
    vi.stubEnv('RTCSCOPE_PROMETHEUS_TOKEN', 'sesame');
    const json = (status: number, body: string) => listening((response) => response.writeHead(status).end(body));
    const told: [string, RegExp][] = [
      ['prometheus:9090', /no address of a Prometheus/],
      ['ftp://host', /no address of a Prometheus/],
      ['http://me:sesame@host:9090', /no address of a Prometheus/],
      ['http://127.0.0.1:2', /127.0.0.1:2 gives no answer \(ECONNREFUSED\)/],
      [await json(200, '<html>Grafana</html>'), /is none: status 200, and no answer of its API/],
      [await json(401, 'no'), /lets nobody in \(status 401\).*RTCSCOPE_PROMETHEUS_TOKEN/],
      [await json(503, '{"status":"error","error":"too\\nbusy"}'), /refuses a query: too/],
      [
        await json(200, '{"status":"success","data":{"resultType":"vector","result":[]}}'),
        /no container_cpu_usage_seconds_total/,
      ],
    ];
    for (const [address, words] of told) {
      const line = await fault(address);
      expect(line).toMatch(words);
      expect(line).not.toMatch(/sesame|\n/);
    }
  });

  it('is asked with the token', async () => {
    vi.stubEnv('RTCSCOPE_PROMETHEUS_TOKEN', 'sesame');
    let seen: unknown;
    const server = createServer((request, response) => {
      seen = request.headers.authorization;
      response.end('{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}}');
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await requirePrometheus(new PrometheusApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    expect(seen).toBe('Bearer sesame');
  });
});
