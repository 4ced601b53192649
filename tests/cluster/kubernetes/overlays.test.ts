import { describe, expect, it } from 'vitest';
import { type KubernetesObject, kubectl, overlays, renderOverlay } from './rendered-overlay.ts';

const find = (objects: readonly KubernetesObject[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

describe.skipIf(kubectl === null)('overlays (skipped where no kubectl 1.27 or later is found)', () => {
  it('are those that the documentation names', () => {
    expect(overlays).toEqual(['capacity', 'capture', 'digitalocean', 'hpa', 'kind', 'linode', 'no-hpa']);
  });

  describe.each(overlays)('%s', (overlay) => {
    const objects = kubectl === null ? [] : renderOverlay(overlay);
    const pods = objects.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => spec.template.spec);
    const containers = pods.flatMap(({ containers }) => containers);

    it('holds a gateway and an SFU, in one namespace', () => {
      for (const name of ['gateway', 'sfu']) {
        expect(find(objects, 'Deployment', name)).toBeDefined();
        expect(find(objects, 'Service', name)).toBeDefined();
        expect(find(objects, 'NetworkPolicy', name)).toBeDefined();
      }
      const namespaces = objects
        .filter(({ kind }) => !/^(Namespace|ClusterRole.*)$/.test(kind))
        .map(({ metadata }) => metadata.namespace);
      expect(new Set(namespaces)).toEqual(new Set(['rtcscope']));
    });

    it('probes what serves, patiently', () => {
      for (const { name, readinessProbe, livenessProbe } of containers) {
        if (name === 'capture') continue;
        expect(readinessProbe.timeoutSeconds).toBeGreaterThanOrEqual(5);
        expect(livenessProbe.timeoutSeconds * livenessProbe.failureThreshold).toBeGreaterThanOrEqual(60);
      }
    });

    it('asks the API server for EndpointSlices, for nodes where their addresses are private, and for nothing else', () => {
      const rules = objects.filter(({ kind }) => /Role$/.test(kind)).flatMap((role) => role.rules);
      const nodes = { apiGroups: [''], resources: ['nodes'], verbs: ['get'] };
      expect(rules).toEqual(
        expect.arrayContaining([
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        ]),
      );
      const provider = overlay === 'linode' || overlay === 'digitalocean';
      expect(rules).toHaveLength(provider ? 2 : 1);
      if (provider) expect(rules).toContainEqual(nodes);
      const { serviceAccountName, automountServiceAccountToken, containers } = find(objects, 'Deployment', 'sfu').spec
        .template.spec;
      expect(automountServiceAccountToken).toBe(provider);
      expect(serviceAccountName).toBe(provider ? 'sfu' : undefined);
      expect(containers[0].args.includes('--node=$(NODE_NAME)')).toBe(provider);
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
      const [metric] = autoscaler.spec.metrics;
      if (overlay === 'capacity') expect(metric.pods.metric.name).toBe('rtcscope_sfu_capacity_used');
      else expect(metric.containerResource).toMatchObject({ container: 'sfu', name: 'cpu' });
    });
  });
});
