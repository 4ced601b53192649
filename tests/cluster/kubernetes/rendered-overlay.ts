import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { findKubectl } from '../../kubectl.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = 'cluster/kubernetes/overlays';

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of any kind
export type KubernetesObject = any;

export const kubectl = findKubectl();
export const overlays = readdirSync(join(root, folder)).sort();

/** What `kubectl apply --kustomize` would send of a folder below the project's root. @throws Error with kubectl's words. */
export function renderKustomization(path: string): readonly KubernetesObject[] {
  const { status, stdout, stderr } = spawnSync(kubectl ?? '', ['kustomize', path], { cwd: root, encoding: 'utf8' });
  // A warning of kustomize is a fault as well: it speaks of fields that will go.
  if (status !== 0 || stderr !== '') throw new Error(`kubectl kustomize ${path}: ${stderr}`);
  return parseAllDocuments(stdout).map((document) => document.toJS());
}

export const renderOverlay = (name: string): readonly KubernetesObject[] => renderKustomization(join(folder, name));
