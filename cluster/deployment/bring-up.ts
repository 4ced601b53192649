import { randomBytes } from 'node:crypto';
import { applyObjects } from '../kubernetes-client/apply-objects.ts';
import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { deleteObjects } from '../kubernetes-client/delete-objects.ts';
import { KubernetesError } from '../kubernetes-client/kubernetes-error.ts';
import { type Permission, requirePermissions } from '../kubernetes-client/permissions.ts';
import { type ReadyState, waitForDeployments } from '../kubernetes-client/wait-ready.ts';
import {
  conferenceManifests,
  MADE_BY,
  MADE_BY_LABEL,
  type ManifestChoice,
  PART_OF_LABEL,
} from './conference-manifests.ts';
import { findOwnObjects } from './own-objects.ts';
import { findPageAddress, type PageAddress } from './page-address.ts';

export interface BringUpOptions extends ManifestChoice {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (states: readonly ReadyState[]) => void;
}

export interface BroughtUp {
  readonly address: PageAddress | null;
  /** `Deployment sfu`, of what was not there before. */
  readonly made: readonly string[];
  /** What an earlier overlay had and this one has not. */
  readonly removed: readonly string[];
}

const SECRET = 'rtcscope';
const LOOK_EVERY_MS = 1000;
const PRUNE_TIMEOUT_MS = 120_000;

/**
 * Applies an overlay, with secrets where there are none, and waits until its pods are ready. Doing it again changes only what differs.
 *
 * @throws KubernetesError for what the user has to act on, and the signal's reason.
 */
export async function bringUp(access: ClusterAccess, options: BringUpOptions): Promise<BroughtUp> {
  const { namespace, timeoutMs, signal, onProgress } = options;
  const objects = conferenceManifests(options);
  const autoscaled = objects.some(({ kind }) => kind === 'HorizontalPodAutoscaler');
  const clusterWide = objects.some(({ kind }) => kind === 'ClusterRole');
  await requirePermissions(access, wantedPermissions(namespace, autoscaled, clusterWide));
  const until = Date.now() + timeoutMs;
  signal.throwIfAborted();
  const [first, ...others] = [
    objects.filter(({ kind }) => kind === 'Namespace'),
    objects.filter(({ kind }) => kind !== 'Namespace'),
  ];
  const applied = [...(await applyObjects(access, first))];
  const made = (await makeSecret(access, namespace)) ? [`Secret ${SECRET}`] : [];
  for (const part of others) applied.push(...(await applyObjects(access, part, { namespace })));
  made.push(...applied.filter(({ isNew }) => isNew).map(({ object }) => `${object.kind} ${object.metadata.name}`));
  const removed = await prune(access, namespace, new Set(applied.map(({ path }) => path)));
  const deployments = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
  await waitForDeployments(access, namespace, deployments, {
    ...{ timeoutMs: Math.max(LOOK_EVERY_MS, until - Date.now()), signal, onProgress },
  });
  return { address: await waitForAddress(access, namespace, until, signal), made, removed };
}

/** @returns whether it is new: one that is there is kept, with the rooms' tokens that it signed. */
async function makeSecret(access: ClusterAccess, namespace: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  const secret = () => randomBytes(32).toString('hex');
  try {
    await access.request('POST', path, {
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: SECRET, labels: { [PART_OF_LABEL]: MADE_BY, [MADE_BY_LABEL]: MADE_BY } },
        stringData: { 'token-secret': secret(), 'control-secret': secret() },
      },
      what: `create Secret ${SECRET} in namespace ${namespace}`,
    });
    return true;
  } catch (error) {
    if (error instanceof KubernetesError && error.code === 'conflict') return false;
    throw error;
  }
}

async function prune(access: ClusterAccess, namespace: string, kept: ReadonlySet<string>): Promise<readonly string[]> {
  const old = (await findOwnObjects(access, namespace)).filter(
    ({ path, byUp, kind, name }) => byUp && !kept.has(path) && !(kind === 'Secret' && name === SECRET),
  );
  await deleteObjects(
    access,
    old.map(({ path }) => path),
    { timeoutMs: PRUNE_TIMEOUT_MS },
  );
  return old.map(({ kind, name }) => `${kind} ${name}`);
}

async function waitForAddress(access: ClusterAccess, namespace: string, until: number, signal: AbortSignal) {
  for (;;) {
    signal.throwIfAborted();
    const address = await findPageAddress(access, namespace);
    if (address?.kind !== 'pending' || Date.now() > until) return address;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function wantedPermissions(namespace: string, autoscaled: boolean, clusterWide: boolean): Permission[] {
  const inside = (group: string, resource: string, ...verbs: string[]): Permission[] =>
    verbs.map((verb) => ({ verb, resource, group, namespace }));
  return [
    { verb: 'patch', resource: 'namespaces', group: '', namespace: null },
    ...inside('apps', 'deployments', 'create', 'patch', 'get', 'list'),
    ...inside('', 'services', 'create', 'patch', 'get', 'list'),
    ...inside('', 'secrets', 'create', 'list'),
    ...inside('', 'serviceaccounts', 'create', 'patch'),
    ...inside('rbac.authorization.k8s.io', 'roles', 'create', 'patch'),
    ...inside('rbac.authorization.k8s.io', 'rolebindings', 'create', 'patch'),
    ...inside('networking.k8s.io', 'networkpolicies', 'create', 'patch'),
    ...inside('policy', 'poddisruptionbudgets', 'create', 'patch'),
    ...inside('', 'pods', 'list'),
    ...['clusterroles', 'clusterrolebindings'].flatMap((resource) =>
      clusterWide ? [{ verb: 'patch', resource, group: 'rbac.authorization.k8s.io', namespace: null }] : [],
    ),
    ...(autoscaled ? inside('autoscaling', 'horizontalpodautoscalers', 'create', 'patch') : []),
  ];
}
