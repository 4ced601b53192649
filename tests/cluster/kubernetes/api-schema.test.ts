import { describe, expect, it } from 'vitest';
import { API_PACKAGES, type ApiRelease, schemaFaults } from './api-schema.ts';
import { type KubernetesObject, kubectl, overlays, renderOverlay } from './rendered-overlay.ts';

const releases = Object.keys(API_PACKAGES) as ApiRelease[];

describe.skipIf(kubectl === null)(
  'overlays and the API schemas (skipped where no kubectl is found)',
  { timeout: 120_000 },
  () => {
    describe.each(releases)('of Kubernetes %s', (release) => {
      it('accept every overlay', async () => {
        expect(await schemaFaults(overlays.flatMap(renderOverlay), release)).toEqual([]);
      });
    });

    const broken: readonly [string, RegExp, (deployment: KubernetesObject) => void][] = [
      ['a field that is misspelt', /SFU.*replica|'replica'/i, ({ spec }) => Object.assign(spec, { replica: 2 })],
      ['a missing field', /selector/, ({ spec }) => delete spec.selector],
      ['a wrong type', /hostPort|number/, ({ spec }) => (spec.template.spec.containers[0].ports[0].hostPort = 'many')],
      [
        'a misspelt field deep within',
        /readOnlyRootFileSystem/,
        ({ spec }) => {
          spec.template.spec.containers[0].securityContext.readOnlyRootFileSystem = true;
        },
      ],
    ];
    it.each(broken)('refuse %s', async (_name, fault, change) => {
      const objects = structuredClone(renderOverlay('no-hpa')) as KubernetesObject[];
      change(objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'sfu'));
      for (const release of releases) {
        const faults = await schemaFaults(objects, release);
        expect(faults.join('\n')).toMatch(fault);
        expect(faults.every((line) => line.startsWith('Deployment/sfu: '))).toBe(true);
      }
    });

    it('know what came between the two releases', async () => {
      const objects = structuredClone(renderOverlay('no-hpa')) as KubernetesObject[];
      const { spec } = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'sfu');
      // Resources of a whole pod: KEP 2837, alpha in 1.32.
      spec.template.spec.resources = { limits: { cpu: '2' } };
      expect(await schemaFaults(objects, '1.34')).toEqual([]);
      expect((await schemaFaults(objects, '1.27')).join('\n')).toMatch(/resources"' does not exist/);
    });
  },
);
