import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { applyJsonPatch } from './json-patch.ts';
import { KubernetesError } from './kubernetes-error.ts';
import { isKubernetesObject, isObject, type KubernetesObject } from './kubernetes-object.ts';
import { inNamespace } from './object-namespace.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of any kind, while they are put together
type Draft = any;

const DEEPEST = 8;
/** As Kustomize knows them. */
const FILE_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const KNOWN_FIELDS = ['apiVersion', 'kind', 'namespace', 'resources', 'components', 'labels', 'images', 'patches'];

/**
 * The objects of a Kustomize folder. What our own overlays use of Kustomize is read here, so that no `kubectl` is needed; for a folder that
 * uses more of it, `kubectl kustomize` is asked.
 *
 * @throws KubernetesError where it cannot be read, or needs a `kubectl` that is not there.
 */
export function renderOverlay(folder: string): readonly KubernetesObject[] {
  let objects: Draft[];
  try {
    objects = readFolder(folder, [], 0);
  } catch (error) {
    if (!(error instanceof UsesMore)) {
      throw new KubernetesError(
        'bad-overlay',
        `${folder}: ${(error as Error).message}`,
        'Try kubectl kustomize on it.',
      );
    }
    objects = byKubectl(folder, error.message);
  }
  const wrong = objects.find((object) => !isKubernetesObject(object));
  if (wrong === undefined) return objects;
  throw new KubernetesError(
    'bad-overlay',
    `${folder}: holds something that is no object`,
    'Each needs a kind and a name.',
  );
}

class UsesMore extends Error {}

/** @param objects so far: a component changes what it is put upon. */
function readFolder(folder: string, objects: Draft[], depth: number): Draft[] {
  if (depth > DEEPEST) throw new Error('folders lead to each other without end');
  const file = FILE_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) throw new Error('there is no kustomization.yaml in it');
  const kustomization: unknown = parse(readFileSync(file, 'utf8'));
  if (!isObject(kustomization)) throw new Error('kustomization.yaml is none');
  const unknown = Object.keys(kustomization).find((name) => !KNOWN_FIELDS.includes(name));
  if (unknown !== undefined) throw new UsesMore(`${file} uses ${unknown}`);
  const { namespace, resources = [], components = [], labels = [], images = [], patches = [] } = kustomization as Draft;
  let all = [...objects];
  for (const resource of resources) {
    if (typeof resource !== 'string' || /^[a-z]+:|^git@/.test(resource)) throw new UsesMore('a resource is elsewhere');
    const path = join(folder, resource);
    if (/\.ya?ml$/.test(resource)) all.push(...parseObjects(readFileSync(path, 'utf8')));
    else all.push(...readFolder(path, [], depth + 1));
  }
  for (const component of components) all = readFolder(join(folder, component), all, depth + 1);
  for (const { target, patch } of patches) {
    const operations = typeof patch === 'string' ? parse(patch) : null;
    if (!isObject(target) || !Array.isArray(operations)) throw new UsesMore('a patch is of another kind');
    for (const object of all) if (isTarget(object, target)) applyJsonPatch(object, operations);
  }
  if (typeof namespace === 'string') all = [...inNamespace(all, namespace)];
  for (const { pairs, ...more } of labels) {
    if (Object.keys(more).length > 0) throw new UsesMore('labels go into selectors');
    for (const { metadata } of all) metadata.labels = { ...metadata.labels, ...pairs };
  }
  for (const { name, newName, newTag } of images) for (const object of all) setImage(object, name, newName, newTag);
  return all;
}

/** Objects of a YAML text of several documents. */
export function parseObjects(text: string): Draft[] {
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors.length > 0) throw new Error(document.errors[0].message.split('\n')[0]);
      return document.toJS();
    })
    .filter((object) => object !== null && object !== undefined);
}

function isTarget(object: Draft, target: Record<string, unknown>): boolean {
  const unknown = Object.keys(target).find((name) => name !== 'kind' && name !== 'name');
  if (unknown !== undefined) throw new UsesMore(`a patch's target has ${unknown}`);
  const { kind, name } = target;
  return (kind === undefined || kind === object.kind) && (name === undefined || name === object.metadata.name);
}

function setImage(object: Draft, name: string, newName?: string, newTag?: string): void {
  const spec = object.spec?.template?.spec;
  for (const container of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]) {
    const [, repository, tag] = /^(.*?)(?::([^:/]+))?$/.exec(String(container.image)) ?? [];
    if (repository !== name) continue;
    const chosen = newTag ?? tag;
    container.image = `${newName ?? repository}${chosen === undefined ? '' : `:${chosen}`}`;
  }
}

function byKubectl(folder: string, why: string): Draft[] {
  const { status, stdout, stderr, error } = spawnSync('kubectl', ['kustomize', folder], {
    encoding: 'utf8',
    maxBuffer: 32 * 1024 * 1024,
    timeout: 60_000,
  });
  if (error !== undefined) {
    throw new KubernetesError(
      'bad-overlay',
      `${why}, which needs kubectl: ${error.message}`,
      'Install kubectl 1.27 or later.',
    );
  }
  if (status !== 0) throw new KubernetesError('bad-overlay', `kubectl kustomize: ${stderr}`, 'Correct the overlay.');
  return parseObjects(stdout);
}
