import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  applyObjects,
  deleteObjects,
  KubernetesDriver,
  type LoadResult,
  type RunProblem,
  type ScalingEvent,
} from '../../cluster/index.ts';
import { driverContract, eventually, scenarioOf } from '../cluster/drivers/driver-contract.ts';
import {
  HAS_CLUSTER,
  MEDIA_PORT,
  namespacesOfRuns,
  openRealCluster,
  type RealCluster,
  startProgram,
} from './real-cluster.ts';

const cluster: RealCluster | null = HAS_CLUSTER ? await openRealCluster() : null;
const SMALL = `name: contract\nnodes: { workers: ${cluster?.workers.length ?? 2} }\ncapture: off\nphases: [{ name: one, seconds: 5, replicas: 2 }]\n`;

describe.skipIf(cluster === null)(
  'a real cluster (skipped: npm run test:kubernetes names one)',
  { timeout: 300_000 },
  () => {
    driverContract(
      'kubernetes, a real cluster',
      async () => {
        const driver = await KubernetesDriver.connect(scenarioOf(SMALL), { mediaPort: MEDIA_PORT });
        const leftovers = async () =>
          (await namespacesOfRuns(cluster!.access)).filter((name) => name === driver.namespace);
        return { driver, leftovers, masters: cluster!.masters };
      },
      SMALL,
    );

    describe('under load', () => {
      const folder = mkdtempSync(join(tmpdir(), 'rtcscope-real-'));
      const events: ScalingEvent[] = [];
      const problems: RunProblem[] = [];
      const listener = {
        scaling: (event: ScalingEvent) => events.push(event),
        problem: (found: RunProblem) => problems.push(found),
      };
      let driver: KubernetesDriver;
      beforeEach(async () => {
        events.length = 0;
        problems.length = 0;
        driver = await KubernetesDriver.connect(scenarioOf(SMALL), { mediaPort: MEDIA_PORT });
        await driver.apply(scenarioOf(SMALL), 2, folder, listener);
        await driver.waitReady(120_000, new AbortController().signal);
      }, 200_000);
      afterEach(async () => {
        await driver.teardown();
        expect(problems.filter(({ code }) => code === 'left-behind')).toEqual([]);
      }, 200_000);
      afterAll(() => rmSync(folder, { recursive: true, force: true }));

      const pods = (phase: string) =>
        events.flatMap((event) => (event.event === 'pod' && event.phase === phase ? [event] : []));
      const startLoad = (seconds: number) => {
        const args = ['--url', driver.gatewayUrl, '--rooms', '4', '--participants', '2', '--video-kbps', '60'];
        return startProgram(['load', ...args, '--seconds', String(seconds), '--json', '-'], driver.loadEnvironment);
      };
      const resultOf = (stdout: string): LoadResult => JSON.parse(stdout);

      it('loses no packet of a call to a scale-in within the grace period', async () => {
        const { ended } = startLoad(45);
        await new Promise((resolve) => setTimeout(resolve, 12_000));
        await driver.setReplicas(1);
        await eventually(() => pods('terminating').length === 1, 'a pod is on its way out');
        await eventually(() => pods('gone').length === 1, 'it is gone');
        const { stdout, status } = await ended;
        expect(status).toBe(0);
        const { joined, rejoins, packetsReceived, packetsLost } = resultOf(stdout);
        expect(joined).toBe(8);
        // Those of the pod that went are on the other one by now.
        expect(rejoins).toBeGreaterThan(0);
        expect(packetsReceived).toBeGreaterThan(10_000);
        expect(packetsLost).toBe(0);
      });

      it('replaces a media pod that is taken, and says so', async () => {
        const [{ pod, node }] = pods('ready');
        await deleteObjects(cluster!.access, [`/api/v1/namespaces/${driver.namespace}/pods/${pod}`], {
          timeoutMs: 0,
          graceSeconds: 0,
        });
        await eventually(() => problems.some(({ code }) => code === 'pod-taken'), 'it is told');
        await eventually(() => driver.replicas().ready === 2, 'another one is ready');
        expect(pods('ready').at(-1)!.node).toBe(node);
      });

      it('moves what is on a node that is drained', async () => {
        const [{ pod, node }] = pods('ready');
        const path = `/api/v1/nodes/${node}`;
        const cordon = (unschedulable: boolean) =>
          cluster!.access.request('PATCH', path, {
            contentType: 'application/merge-patch+json',
            body: { spec: { unschedulable } },
          });
        await cordon(true);
        try {
          const { ended } = startLoad(30);
          await new Promise((resolve) => setTimeout(resolve, 8000));
          const eviction = {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name: pod, namespace: driver.namespace },
          };
          await cluster!.access.request('POST', `/api/v1/namespaces/${driver.namespace}/pods/${pod}/eviction`, {
            body: eviction,
          });
          await eventually(() => pods('gone').some((event) => event.pod === pod), 'its pod is gone');
          await eventually(() => problems.some(({ code }) => code === 'pod-taken'), 'it is told');
          const { stdout } = await ended;
          expect(resultOf(stdout)).toMatchObject({ joined: 8, packetsLost: 0 });
        } finally {
          await cordon(false);
        }
        await eventually(() => driver.replicas().ready === 2, 'all pods are ready again');
      });
    });

    describe('what it does not take', () => {
      const made: string[] = [];
      const connect = (options: object = {}) =>
        KubernetesDriver.connect(scenarioOf(SMALL), { mediaPort: MEDIA_PORT, ...options });
      const listener = { scaling: () => {}, problem: () => {} };
      const begin = async (driver: KubernetesDriver, waitMs: number) => {
        try {
          await driver.apply(scenarioOf(SMALL), 2, tmpdir(), listener);
          await driver.waitReady(waitMs, new AbortController().signal);
        } finally {
          await driver.teardown();
        }
      };
      const make = async (
        ...objects: {
          apiVersion: string;
          kind: string;
          metadata: { name: string; namespace?: string };
          spec?: object;
        }[]
      ) => {
        await applyObjects(cluster!.access, objects, { applied: ({ path, isNew }) => void (isNew && made.push(path)) });
      };
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rtcscope-test' } };
      beforeAll(() => make(namespace));
      afterAll(async () => {
        await deleteObjects(cluster!.access, made, { timeoutMs: 120_000 });
      }, 200_000);

      it('is told where the image is missing', async () => {
        const driver = await connect({ image: 'localhost/rtcscope:none-such' });
        await expect(begin(driver, 120_000)).rejects.toMatchObject({
          code: 'image-missing',
          message: expect.stringContaining('none-such'),
        });
        expect(await namespacesOfRuns(cluster!.access)).not.toContain(driver.namespace);
      });

      it('is told where the media port is taken', async () => {
        const first = await connect();
        try {
          await first.apply(scenarioOf(SMALL), cluster!.workers.length, tmpdir(), listener);
          await first.waitReady(120_000, new AbortController().signal);
          await expect(begin(await connect(), 5000)).rejects.toMatchObject({ code: 'port-taken' });
        } finally {
          await first.teardown();
        }
      });

      it('is told where a quota is used up, and what was made is taken away', async () => {
        await make({
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'one-pod', namespace: 'rtcscope-test' },
          spec: { hard: { pods: '1' } },
        });
        await expect(begin(await connect({ namespace: 'rtcscope-test' }), 120_000)).rejects.toMatchObject({
          code: 'quota-exceeded',
        });
        const path = '/apis/apps/v1/namespaces/rtcscope-test/deployments';
        expect((await cluster!.access.get<{ items: unknown[] }>(path)).items).toEqual([]);
      });

      it('is told by name what the user may not do', async () => {
        await make({
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'nobody', namespace: 'rtcscope-test' },
        });
        const token = await cluster!.access.request(
          'POST',
          '/api/v1/namespaces/rtcscope-test/serviceaccounts/nobody/token',
          {
            body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } },
          },
        );
        const [{ server, caData }] = cluster!.access.config.getClusters();
        const folder = mkdtempSync(join(tmpdir(), 'rtcscope-nobody-'));
        const file = join(folder, 'kubeconfig');
        const { writeFileSync } = await import('node:fs');
        const config = {
          ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x' },
          clusters: [{ name: 'x', cluster: { server, 'certificate-authority-data': caData } }],
          users: [{ name: 'x', user: { token: (token.body as { status: { token: string } }).status.token } }],
          contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
        };
        writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
        try {
          const { ended } = startProgram([
            'lab',
            'run',
            'quick.yaml',
            '--driver',
            'kubernetes',
            '--kubeconfig',
            file,
            '--namespace',
            'rtcscope-test',
            '--out',
            join(folder, 'run'),
            '--yes',
          ]);
          const { status, stderr } = await ended;
          expect(status).toBe(2);
          expect(stderr.trim().split('\n')).toHaveLength(1);
          expect(stderr).toMatch(/^rtcscope: /);
          expect(stderr).toContain('cannot look for the namespace');
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      });
    });
  },
);
