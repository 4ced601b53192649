import { isMarkedAlive, MADE_BY, MARK } from '../drivers/kubernetes/run-mark.ts';
import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { deleteObjects } from '../kubernetes-client/delete-objects.ts';
import { KubernetesError, shownText } from '../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';
import { MADE_BY_LABEL } from './conference-manifests.ts';
import { objectsLabelled } from './own-objects.ts';

/** An experiment that has something in the cluster. */
export interface LabRun {
  readonly namespace: string;
  /** Whether the namespace was made for it, and goes with it. */
  readonly ownNamespace: boolean;
  readonly scenario: string | null;
  /** `user@host` that started it. */
  readonly owner: string | null;
  readonly startedTime: string | null;
  /** Whether it still runs, as far as can be told: what does not was killed. */
  readonly isAlive: boolean;
}

const LABELLED = `${MADE_BY_LABEL}=${MADE_BY}`;
const FORCED_AFTER_MS = 30_000;

/**
 * Experiments that have namespaces of their own in the cluster, and those in this namespace.
 *
 * @returns none where the user may not list namespaces. @throws KubernetesError
 */
export async function findLabRuns(access: ClusterAccess, namespace?: string): Promise<readonly LabRun[]> {
  const namespaces = await listed(access, '/api/v1/namespaces', 'list namespaces');
  const runs = namespaces
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((object) => runOf(object, object.metadata.name, true));
  if (namespace !== undefined && !runs.some((run) => run.namespace === namespace)) {
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`;
    const deployments = await listed(access, path, `list deployments in namespace ${namespace}`);
    const marked = deployments.find(({ metadata }) => metadata.annotations?.[MARK.owner] !== undefined);
    const [one] = marked === undefined ? deployments : [marked];
    if (one !== undefined) runs.push(runOf(one, namespace, false));
  }
  return runs;
}

/** Takes away all that a run left. @returns paths of what is still there when the time runs out. @throws KubernetesError */
export async function removeLabRun(
  access: ClusterAccess,
  { namespace, ownNamespace }: LabRun,
  timeoutMs: number,
): Promise<readonly string[]> {
  const inside = await objectsLabelled(access, namespace, LABELLED, { withPods: !ownNamespace });
  const namespacePath = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  // What is in a namespace goes with it; what is in none does not.
  const paths = inside.map(({ path }) => path).filter((path) => !ownNamespace || !path.includes('/namespaces/'));
  if (ownNamespace) paths.unshift(namespacePath);
  return deleteObjects(access, paths, { timeoutMs: Math.max(FORCED_AFTER_MS, timeoutMs) });
}

/** One line for people. */
export function labRunText({ namespace, scenario, owner, startedTime, isAlive }: LabRun): string {
  const what = `scenario ${scenario ?? '?'}, started ${startedTime ?? '?'} by ${owner ?? '?'}`;
  return isAlive
    ? `namespace ${namespace}: an experiment that runs (${what})`
    : `namespace ${namespace}: left by an experiment that was killed (${what}); rtcscope lab clean takes it away`;
}

async function listed(access: ClusterAccess, path: string, what: string): Promise<readonly KubernetesObject[]> {
  try {
    const query = { labelSelector: LABELLED };
    return (await access.get<{ items: readonly KubernetesObject[] }>(path, { query, what })).items;
  } catch (error) {
    if (error instanceof KubernetesError && error.code === 'forbidden') return [];
    throw error;
  }
}

function runOf({ metadata }: KubernetesObject, namespace: string, ownNamespace: boolean): LabRun {
  const { annotations } = metadata;
  const text = (name: string) => (annotations?.[name] === undefined ? null : shownText(annotations[name]));
  return {
    ...{ namespace, ownNamespace, scenario: text(MARK.scenario), owner: text(MARK.owner) },
    startedTime: text(MARK.started) ?? metadata.creationTimestamp ?? null,
    isAlive: isMarkedAlive(annotations),
  };
}
