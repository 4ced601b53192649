import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findKubectl } from '../../kubectl.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = 'cluster/kubernetes/overlays';
const overlays = readdirSync(join(root, folder));
const kubectl = findKubectl();

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of any kind
type KubernetesObject = any;

function rendered(overlay: string): readonly KubernetesObject[] {
  const { status, stdout, stderr } = spawnSync(kubectl ?? '', ['kustomize', join(folder, overlay)], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return parseAllDocuments(stdout).map((document) => document.toJS());
}

const find = (objects: readonly KubernetesObject[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

describe.skipIf(kubectl === null)('overlays (skipped where no kubectl 1.27 or later is found)', () => {
  it('are those that the documentation names', () => {
    expect(overlays.sort()).toEqual(['capture', 'digitalocean', 'hpa', 'kind', 'linode', 'no-hpa']);
  });

  describe.each(overlays)('%s', (overlay) => {
    const objects = kubectl === null ? [] : rendered(overlay);
    const pods = objects.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => spec.template.spec);
    const containers = pods.flatMap(({ containers }) => containers);

    it('holds a gateway and an SFU, in one namespace', () => {
      for (const name of ['gateway', 'sfu']) {
        expect(find(objects, 'Deployment', name)).toBeDefined();
        expect(find(objects, 'Service', name)).toBeDefined();
        expect(find(objects, 'NetworkPolicy', name)).toBeDefined();
      }
      const namespaces = objects.filter(({ kind }) => kind !== 'Namespace').map(({ metadata }) => metadata.namespace);
      expect(new Set(namespaces)).toEqual(new Set(['rtcscope']));
    });

    it('names images by version, and limits what every container uses', () => {
      for (const { image, resources } of containers) {
        expect(image).toMatch(/:\d+\.\d+\.\d+$/);
        for (const bound of ['requests', 'limits']) {
          expect(resources[bound].cpu, bound).toBeDefined();
          expect(resources[bound].memory, bound).toBeDefined();
        }
      }
    });

    it('keeps the restricted profile, but for the media port and a capture', () => {
      for (const pod of pods) {
        expect(pod.hostNetwork ?? false).toBe(false);
        expect(pod.hostPID ?? false).toBe(false);
        expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      }
      for (const { name, securityContext, ports = [] } of containers) {
        expect(securityContext.privileged ?? false).toBe(false);
        expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
        expect(securityContext.capabilities.drop).toEqual(['ALL']);
        expect(securityContext.capabilities.add ?? []).toEqual(name === 'capture' ? ['NET_RAW'] : []);
        if (name !== 'capture') expect(securityContext.runAsNonRoot ?? true).toBe(true);
        const hostPorts = ports.filter(({ hostPort }: KubernetesObject) => hostPort !== undefined);
        expect(hostPorts.map(({ name: port }: KubernetesObject) => port)).toEqual(
          name === 'sfu' ? ['media-udp', 'media-tcp'] : [],
        );
      }
    });

    it('probes what serves, patiently', () => {
      for (const { name, readinessProbe, livenessProbe } of containers) {
        if (name === 'capture') continue;
        expect(readinessProbe.timeoutSeconds).toBeGreaterThanOrEqual(5);
        expect(livenessProbe.timeoutSeconds * livenessProbe.failureThreshold).toBeGreaterThanOrEqual(60);
      }
    });

    it('asks the API server for EndpointSlices and nothing else', () => {
      const rules = objects.filter(({ kind }) => /Role$/.test(kind)).flatMap((role) => role.rules);
      expect(rules).toEqual([
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ]);
    });

    it(overlay === 'no-hpa' ? 'keeps the number of SFUs' : 'leaves the number of SFUs to the autoscaler', () => {
      const autoscaler = find(objects, 'HorizontalPodAutoscaler', 'sfu');
      const { replicas } = find(objects, 'Deployment', 'sfu').spec;
      if (overlay === 'no-hpa') {
        expect(autoscaler).toBeUndefined();
        expect(replicas).toBe(1);
        return;
      }
      expect(replicas).toBeUndefined();
      expect(autoscaler.spec.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'sfu' });
      expect(autoscaler.spec.metrics[0].containerResource).toMatchObject({ container: 'sfu', name: 'cpu' });
    });
  });
});
