import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  inNamespace,
  type KubernetesObject,
  parseObjects,
  renderOverlay,
  shippedOverlay,
  shippedOverlays,
} from '../../../cluster/index.ts';
import { findKubectl } from '../../kubectl.mjs';

const kubectl = findKubectl();
const sorted = (objects: readonly KubernetesObject[]) =>
  objects.toSorted((a, b) => `${a.kind}/${a.metadata.name}`.localeCompare(`${b.kind}/${b.metadata.name}`));

describe('overlays, read without kubectl', () => {
  it('are found by name', () => {
    expect(shippedOverlays()).toContain('hpa');
    expect(shippedOverlay('../base')).toBeNull();
    expect(shippedOverlay('none-such')).toBeNull();
  });

  it.skipIf(kubectl === null).each(shippedOverlays())('%s is what kubectl kustomize makes of it', (name) => {
    const folder = shippedOverlay(name)!;
    const { stdout, status } = spawnSync(kubectl!, ['kustomize', folder], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(sorted(renderOverlay(folder))).toEqual(sorted(parseObjects(stdout)));
  });

  it('move to another namespace with all that names it', () => {
    const objects = inNamespace(renderOverlay(shippedOverlay('hpa')!), 'elsewhere');
    expect(JSON.stringify(objects)).not.toContain('"namespace":"rtcscope"');
    const find = (kind: string) => objects.find((object) => object.kind === kind)!;
    expect(find('Namespace').metadata.name).toBe('elsewhere');
    expect(find('RoleBinding')['subjects']).toEqual([
      { kind: 'ServiceAccount', name: 'gateway', namespace: 'elsewhere' },
    ]);
  });

  it.each([
    ['kustomization that is no YAML', 'resources: [', 'bad-overlay'],
    ['resource that is missing', 'resources: [none.yaml]', 'bad-overlay'],
    ['folder that leads to itself', 'resources: [.]', 'bad-overlay'],
    [
      'patch at a place that is not there',
      'resources: [a.yaml]\npatches: [{ target: { name: a }, patch: "[{ op: remove, path: /spec/x }]" }]',
      'bad-overlay',
    ],
    ['resource that is no object', 'resources: [b.yaml]', 'bad-overlay'],
  ])('with a %s are refused in one line', (_what, text, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-overlay-'));
    try {
      writeFileSync(join(folder, 'kustomization.yaml'), text);
      writeFileSync(join(folder, 'a.yaml'), 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: {}\n');
      writeFileSync(join(folder, 'b.yaml'), '- 1\n');
      expect(() => renderOverlay(folder)).toThrow(
        expect.objectContaining({ code, message: expect.not.stringContaining('\n') }),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('that are none say so, and are read by any name that Kustomize takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-overlay-'));
    try {
      expect(() => renderOverlay(folder)).toThrow(`${folder}: there is no kustomization.yaml in it`);
      writeFileSync(join(folder, 'Kustomization'), 'resources: [a.yaml]');
      writeFileSync(join(folder, 'a.yaml'), 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\n');
      expect(renderOverlay(folder).map(({ kind }) => kind)).toEqual(['Service']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
