import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { inspectCapture } from '../../captures/index.ts';
import { applyObjects, deleteObjects, KubernetesDriver, shippedOverlay, shippedOverlays } from '../../cluster/index.ts';
import { scenarioOf } from '../cluster/drivers/driver-contract.ts';
import { findKubectl } from '../kubectl.mjs';
import { HAS_CLUSTER, MEDIA_PORT, openRealCluster, startProgram } from './real-cluster.ts';

const cluster = HAS_CLUSTER ? await openRealCluster() : null;
const kubectl = HAS_CLUSTER ? findKubectl() : null;
const NAMESPACE = 'rtcscope-up';
/** Kinds of the Prometheus operator, which a cluster need not have. */
const OPTIONAL = /no matches for kind "ServiceMonitor"/;

describe.skipIf(cluster === null)(
  'the conference on a real cluster (skipped: npm run test:kubernetes names one)',
  { timeout: 300_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-real-up-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const exists = async (namespace: string) =>
      (await cluster!.access.find(`/api/v1/namespaces/${namespace}`, { what: 'look' })) !== null;
    const rtcscope = async (...args: string[]) => {
      const { status, stdout, stderr } = await startProgram(args).ended;
      expect([status, stderr.replace(/^.*\r/gm, '')]).toEqual([0, expect.any(String)]);
      return stdout;
    };

    it('comes up, is called, captured, changed and taken down by commands', async () => {
      const here = ['--namespace', NAMESPACE];
      const url = (
        await rtcscope('cluster', 'up', '--overlay', 'kind', '--media-port', String(MEDIA_PORT), ...here)
      ).trim();
      expect(url).toMatch(/^http:\/\/[\d.]+:30080\/$/);
      const status = JSON.parse(await rtcscope('cluster', 'status', '--json', ...here));
      expect(status.deployments).toEqual(['gateway', 'sfu'].map((name) => ({ name, ready: 1, wanted: 1 })));
      expect(status.autoscaler).toMatchObject({ min: 1, max: 2 });
      const path = `/api/v1/namespaces/${NAMESPACE}/secrets/rtcscope`;
      const { data } = await cluster!.access.get<{ data: Record<string, string> }>(path);
      const secret = Buffer.from(data['token-secret'], 'base64').toString('utf8');
      const [{ name: pod, node }] = status.pods.filter(({ name }: { name: string }) => name.startsWith('sfu'));
      const args = ['load', '--url', url, '--rooms', '1', '--participants', '2', '--seconds', '12', '--json', '-'];
      const load = startProgram(args, { RTCSCOPE_TOKEN_SECRET: secret });
      const files = { pod: join(folder, 'pod.pcapng'), node: join(folder, 'node.pcapng') };
      await Promise.all([
        rtcscope('capture', '--pod', pod, '--out', files.pod, '--duration', '4', '--quiet', ...here),
        rtcscope(
          'capture',
          '--node',
          node,
          '--out',
          files.node,
          '--duration',
          '4',
          '--quiet',
          '--filter',
          `port ${MEDIA_PORT}`,
          ...here,
        ),
      ]);
      const { stdout } = await load.ended;
      expect(JSON.parse(stdout)).toMatchObject({ joined: 2, packetsLost: 0 });
      for (const [place, file] of Object.entries(files)) {
        const { packets, interfaces } = await inspectCapture(file);
        expect(packets).toBeGreaterThan(0);
        expect(JSON.stringify(interfaces)).toContain(place === 'pod' ? pod : node);
      }
      expect(await rtcscope('cluster', 'up', '--overlay', 'no-hpa', '--media-port', String(MEDIA_PORT), ...here)).toBe(
        '',
      );
      expect(JSON.parse(await rtcscope('cluster', 'status', '--json', ...here)).autoscaler).toBeNull();
      await rtcscope('cluster', 'down', '--yes', ...here);
      expect(await exists(NAMESPACE)).toBe(false);
    });

    it.skipIf(kubectl === null)(
      'is taken by kubectl apply -k, of each overlay, but for kinds that it does not serve',
      async (context) => {
        // That an overlay would be applied is only told where its namespace is.
        if (await exists('rtcscope')) return context.skip('there is a namespace rtcscope, which this would change');
        const created = spawnSync(kubectl!, ['create', 'namespace', 'rtcscope'], { encoding: 'utf8' });
        expect(created.status).toBe(0);
        try {
          for (const overlay of shippedOverlays()) {
            const args = ['apply', '--dry-run=server', '--kustomize', shippedOverlay(overlay)!];
            const { status, stderr, stdout } = spawnSync(kubectl!, args, { encoding: 'utf8' });
            const faults = stderr.split('\n').filter((line) => /^(error|Error)/.test(line) && !OPTIONAL.test(line));
            expect([overlay, faults, status === 0 || OPTIONAL.test(stderr)]).toEqual([overlay, [], true]);
            for (const kind of [
              'deployment.apps/sfu',
              'networkpolicy.networking.k8s.io/sfu',
              'poddisruptionbudget.policy/sfu',
            ])
              expect(stdout).toContain(kind);
          }
        } finally {
          await deleteObjects(cluster!.access, ['/api/v1/namespaces/rtcscope'], { timeoutMs: 120_000 });
        }
      },
    );

    it('keeps the restricted Pod Security Standard but for the port of the node', async () => {
      const scenario = scenarioOf('name: strict\ncapture: off\nphases: [{ name: one, seconds: 5 }]\n');
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      const metadata = { name: 'rtcscope-strict', labels };
      await applyObjects(cluster!.access, [{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
      try {
        const driver = await KubernetesDriver.connect(scenario, { mediaPort: MEDIA_PORT, namespace: metadata.name });
        let told = '';
        try {
          await driver.apply(scenario, 1, folder, { scaling: () => {}, problem: () => {} });
          await driver.waitReady(60_000, new AbortController().signal);
        } catch (error) {
          told = (error as Error).message;
        } finally {
          await driver.teardown();
        }
        const found = /violates PodSecurity "restricted:latest": (.*)/.exec(told)?.[1] ?? told;
        expect(found).toMatch(/^hostPort \(container "sfu" uses hostPorts? [\d, ]+\)$/);
      } finally {
        await deleteObjects(cluster!.access, [`/api/v1/namespaces/${metadata.name}`], { timeoutMs: 120_000 });
      }
    });
  },
);
