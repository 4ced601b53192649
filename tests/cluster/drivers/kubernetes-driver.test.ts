import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectCapture } from '../../../captures/index.ts';
import { KubernetesDriver, type RunProblem, type ScalingEvent } from '../../../cluster/index.ts';
import { driverContract, eventually, scenarioOf } from './driver-contract.ts';
import { FakeCluster, type Faults } from './fake-cluster/fake-cluster.ts';

const SMALL = 'name: contract\ncapture: off\nphases: [{ name: one, seconds: 5, replicas: 2 }]\n';
const SCALED =
  'name: scaled\ncapture: off\nautoscaler: { maxReplicas: 4, targetCpuPercent: 50 }\nphases: [{ name: one, seconds: 5, autoscaling: true }]\n';

const folder = mkdtempSync(join(tmpdir(), 'rtcscope-kubernetes-'));
let cluster: FakeCluster;
let number = 0;
const kubeconfig = () => cluster.writeKubeconfig(join(folder, `kubeconfig-${++number}`));
const openCluster = async (faults: Partial<Faults> = {}) => {
  cluster = await FakeCluster.open();
  Object.assign(cluster.faults, faults);
  return cluster;
};
/** What is there beside the nodes and the namespace that was there before. */
const leftovers = () =>
  cluster.store
    .collections('')
    .flatMap((collection) => cluster.store.list(collection).map(({ metadata }) => `${collection}/${metadata.name}`))
    .filter((name) => !/\/nodes\/|namespaces\/default$/.test(name));

const PACKETS = 50;
const packetsIn = async (file: string): Promise<number> => (await inspectCapture(file)).packets;

describe.each<[string, Partial<Faults>]>([
  ['a quiet API server', {}],
  [
    'one that breaks watches off, forgets versions, refuses writes, is slow and puts off',
    { conflictEvery: 3, watchBreaksAfter: 2, goneEvery: 3, watchDelayMs: 40, throttleEvery: 11 },
  ],
])('with %s', (what, faults) => {
  afterEach(() => cluster.close());
  driverContract(
    `kubernetes, ${what}`,
    async () => {
      await openCluster(faults);
      const driver = await KubernetesDriver.connect(scenarioOf(SMALL), { kubeconfig: kubeconfig() });
      return { driver, leftovers: async () => leftovers() };
    },
    SMALL,
  );
});

describe('the driver for Kubernetes', { timeout: 120_000 }, () => {
  let driver: KubernetesDriver | null = null;
  const events: ScalingEvent[] = [];
  const problems: RunProblem[] = [];
  const listener = {
    scaling: (event: ScalingEvent) => events.push(event),
    problem: (found: RunProblem) => problems.push(found),
  };
  const codes = () => problems.map(({ code }) => code);
  const begin = async (text: string, options: object = {}) => {
    const scenario = scenarioOf(text);
    driver = await KubernetesDriver.connect(scenario, { kubeconfig: kubeconfig(), ...options });
    await driver.apply(scenario, 1, folder, listener);
    await driver.waitReady(60_000, new AbortController().signal);
    return driver;
  };
  beforeEach(async () => {
    events.length = 0;
    problems.length = 0;
    await openCluster();
  });
  afterEach(async () => {
    await driver?.teardown();
    expect(driver === null ? [] : leftovers()).toEqual([]);
    driver = null;
    cluster.close();
  });
  const lastDecision = () => events.findLast((event) => event.event === 'decision');

  it('scales by the autoscaler, and tells what it saw', async () => {
    const { setAutoscaler } = await begin(SCALED).then((begun) => ({
      setAutoscaler: (on: boolean) => begun.setAutoscaler(on),
    }));
    expect(codes()).toContain('fewer-replicas');
    await setAutoscaler(true);
    cluster.controllers.cpuPercent = 90;
    await eventually(() => driver!.replicas().ready === 2, 'a second pod is ready');
    const scaled = events.find((event) => event.event === 'decision' && event.desired > event.current);
    expect(scaled).toMatchObject({
      current: 1,
      desired: 2,
      inputs: { cpuPercent: 90, targetCpuPercent: 50, maxReplicas: 2 },
    });
    await eventually(
      () => (lastDecision() as { limitedBy?: string })?.limitedBy === 'TooManyReplicas',
      'its limit is told',
    );
    // The same again is no decision anew.
    const count = events.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(events.length).toBe(count);
    cluster.controllers.cpuPercent = 10;
    await eventually(() => driver!.replicas().current === 1 && driver!.replicas().desired === 1, 'one is left');
    await eventually(
      () => events.some((event) => event.event === 'pod' && event.phase === 'gone'),
      'the other is gone',
    );
    await setAutoscaler(false);
    cluster.controllers.cpuPercent = 200;
    expect(driver!.replicas().desired).toBe(1);
    expect(codes()).not.toContain('pod-taken');
  });

  it('tells when the autoscaler is blind, and when it sees again', async () => {
    await (await begin(SCALED)).setAutoscaler(true);
    await eventually(() => lastDecision() !== undefined, 'it decides');
    cluster.controllers.cpuPercent = null;
    await eventually(() => codes().includes('autoscaler-blind'), 'it is blind');
    cluster.controllers.cpuPercent = 40;
    await eventually(() => events.some((event) => event.event === 'autoscaler' && event.active), 'it sees');
    const activity = events.flatMap((event) => (event.event === 'autoscaler' ? [event] : []));
    expect(activity.map(({ active }) => active)).toEqual([false, true]);
    expect(activity[0].reason).toBe('FailedGetContainerResourceMetric: no metrics returned');
  });

  it('tells of a media pod that ended by itself, and of one that somebody took', async () => {
    await begin(SMALL);
    const podName = () =>
      cluster.store
        .list(`/api/v1/namespaces/${driver!.namespace}/pods`)
        .find(({ metadata }) => metadata.name.startsWith('sfu'))!.metadata.name;
    const first = podName();
    cluster.controllers.killContainer(driver!.namespace, first);
    await eventually(() => codes().includes('pod-killed'), 'it is told');
    await eventually(() => driver!.replicas().ready === 1, 'it is back');
    const phases = events.flatMap((event) => (event.event === 'pod' ? [event.phase] : []));
    expect(phases).toEqual(['created', 'ready', 'killed', 'ready']);
    expect(problems.find(({ code }) => code === 'pod-killed')!.text).toContain('OOMKilled, status 137');
    cluster.store.delete(`/api/v1/namespaces/${driver!.namespace}/pods`, first);
    await eventually(() => codes().includes('pod-taken'), 'somebody took it');
    await eventually(() => driver!.replicas().ready === 1, 'another one is there');
  });

  it('tells of a gateway that is not ready any more', async () => {
    await begin(SMALL);
    expect(driver!.running).toBe(true);
    const pods = `/api/v1/namespaces/${driver!.namespace}/pods`;
    const gateway = cluster.store.list(pods).find(({ metadata }) => metadata.name.startsWith('gateway'))!;
    cluster.store.delete(pods, gateway.metadata.name);
    await eventually(() => codes().includes('gateway-died'), 'it is told');
    await eventually(() => driver!.running, 'it is back');
  });

  it('goes on where the API server was restarted', async () => {
    const { namespace } = await begin(SMALL);
    await eventually(() => cluster.openWatches >= 3, 'watches are open');
    cluster.breakWatches();
    cluster.store.compact();
    await driver!.setReplicas(2);
    await eventually(() => driver!.replicas().ready === 2, 'the second pod is seen');
    expect(namespace).toMatch(/^rtcscope-lab-[0-9a-f]{6}$/);
  });

  it('uses a namespace that is there, and takes away only what it made', async () => {
    cluster.store.put('/api/v1/namespaces', { metadata: { name: 'mine' } });
    cluster.store.put('/api/v1/namespaces/mine/secrets', { metadata: { name: 'other' } });
    await begin(SMALL, { namespace: 'mine' });
    await driver!.teardown();
    expect(leftovers().toSorted()).toEqual(['/api/v1/namespaces/mine', '/api/v1/namespaces/mine/secrets/other']);
    cluster.store.delete('/api/v1/namespaces/mine/secrets', 'other');
    cluster.store.delete('/api/v1/namespaces', 'mine');
  });

  it.each<[string, string, () => void, object]>([
    [
      'the user may not',
      'may not watch pods in namespace x, create namespaces',
      () => cluster.denied.add('watch pods').add('create namespaces'),
      {},
    ],
    ['there is no metrics API', 'the cluster has no metrics API', () => (cluster.hasMetrics = false), {}],
    [
      'no node takes pods',
      'no node that takes pods',
      () => {
        for (const name of ['worker-1', 'worker-2']) cluster.store.delete('/api/v1/nodes', name);
      },
      {},
    ],
    [
      'the namespace holds a conference',
      'namespace default has a Deployment sfu already',
      () =>
        cluster.store.put('/apis/apps/v1/namespaces/default/deployments', {
          metadata: { name: 'sfu', labels: {} },
          spec: { replicas: 0 },
        }),
      { namespace: 'default' },
    ],
    ['nothing answers', 'does not answer', () => cluster.close(), {}],
    ['the namespace has no name', '"Bad_Name" is no name of a namespace', () => {}, { namespace: 'Bad_Name' }],
    ['the context is none', 'the kubeconfig has no context "other"', () => {}, { context: 'other' }],
  ])('makes nothing where %s', async (_what, text, prepare, options) => {
    const config = kubeconfig();
    prepare();
    const before = cluster.requests.length;
    const connecting = KubernetesDriver.connect(scenarioOf(SCALED), {
      kubeconfig: config,
      namespace: 'x',
      ...options,
    });
    await expect(connecting).rejects.toMatchObject({
      name: 'KubernetesError',
      message: expect.stringContaining(text),
      hint: expect.stringMatching(/\.$/),
    });
    const writes = cluster.requests.slice(before).filter((request) => !/^GET|accessreviews$/.test(request));
    expect(writes).toEqual([]);
  });

  it('says that no cluster is named where there is no configuration', async () => {
    const { KUBECONFIG, HOME } = process.env;
    delete process.env['KUBECONFIG'];
    process.env['HOME'] = folder;
    try {
      await expect(KubernetesDriver.connect(scenarioOf(SMALL))).rejects.toMatchObject({
        code: 'no-kubeconfig',
        message: 'no cluster is named: there is neither KUBECONFIG nor ~/.kube/config',
      });
    } finally {
      process.env['HOME'] = HOME;
      if (KUBECONFIG !== undefined) process.env['KUBECONFIG'] = KUBECONFIG;
    }
  });

  it('says that metrics are missing where no phase needs them', async () => {
    cluster.hasMetrics = false;
    await begin(SMALL);
    expect(codes()).toContain('no-metrics');
    expect(await driver!.sample()).toEqual([]);
  });

  it.each<[string, string, string, () => void]>([
    [
      'the image is missing',
      'image-missing',
      'localhost/rtcscope:0.1.0',
      () => (cluster.controllers.imageFault = 'ImagePullBackOff'),
    ],
    [
      'the quota is used up',
      'quota-exceeded',
      'exceeded quota: small',
      () =>
        (cluster.controllers.quotaFault =
          'pods "sfu-1" is forbidden: exceeded quota: small, used: cpu=1, limited: cpu=1'),
    ],
  ])('says so where %s, and leaves nothing behind', async (_what, code, text, prepare) => {
    prepare();
    await expect(begin(SMALL)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('says so where the media port is taken, once the time is over', async () => {
    await begin(SMALL);
    await driver!.setReplicas(3);
    const waiting = driver!.waitReady(2000, new AbortController().signal);
    await expect(waiting).rejects.toMatchObject({ code: 'port-taken', message: expect.stringContaining('free ports') });
  });

  it('stops waiting when told to', async () => {
    cluster.controllers.quotaFault = null;
    await begin(SMALL);
    await driver!.setReplicas(3);
    const abort = new AbortController();
    const waiting = driver!.waitReady(60_000, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'records packets at nodes and in pods, with the offset of their clocks (skipped where not root)',
    async () => {
      const text = SMALL.replace('capture: off', 'capture: { points: [nodes, pods] }');
      mkdirSync(join(folder, 'captures'), { recursive: true });
      const sink = createSocket('udp4');
      await new Promise<void>((resolve) => sink.bind(0, '127.0.0.1', resolve));
      const { port } = sink.address();
      await begin(text, { mediaPort: port });
      await driver!.startCaptures();
      driver!.addKeys(Buffer.from('CLIENT_RANDOM 00 11\n'));
      driver!.remark('a phase begins');
      for (let count = 0; count < PACKETS; count++) sink.send('media', port, '127.0.0.1');
      const podFile = () => readdirSync(join(folder, 'captures')).find((name) => name.startsWith('sfu'));
      for (const name of [() => 'worker-1.pcapng', () => 'worker-2.pcapng', podFile]) {
        // Written as it comes, while the capture runs.
        await eventually(async () => {
          const file = name();
          return file !== undefined && (await packetsIn(join(folder, 'captures', file))) === PACKETS;
        }, 'all packets are here');
      }
      const entries = await driver!.stopCaptures();
      sink.close();
      expect(problems.filter(({ code }) => code.startsWith('capture'))).toEqual([]);
      expect(entries.map(({ kind, node }) => `${kind} ${node}`).toSorted()).toEqual([
        'node worker-1',
        'node worker-2',
        'pod worker-1',
      ]);
      for (const { file, clockOffsetSeconds, clockErrorSeconds, droppedByCapture } of entries) {
        const bytes = readFileSync(join(folder, file)).toString('latin1');
        for (const words of ['CLIENT_RANDOM 00 11', 'a phase begins']) expect(bytes).toContain(words);
        expect(Math.abs(clockOffsetSeconds)).toBeLessThanOrEqual(clockErrorSeconds);
        expect(droppedByCapture).toBe(0);
      }
    },
  );
});

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
