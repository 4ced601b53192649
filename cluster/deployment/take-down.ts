import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { deleteObjects } from '../kubernetes-client/delete-objects.ts';
import { KubernetesError } from '../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';
import { MADE_BY, PART_OF_LABEL } from './conference-manifests.ts';
import { findOwnObjects, type OwnObject } from './own-objects.ts';

/** What `down` would take away. */
export interface TakeDownPlan {
  readonly objects: readonly OwnObject[];
  /** Whether the namespace goes too: it came with the conference, and nothing else is in it. */
  readonly withNamespace: boolean;
}

/** @throws KubernetesError where there is nothing to take away. */
export async function planTakeDown(access: ClusterAccess, namespace: string): Promise<TakeDownPlan> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const found = await access.find<KubernetesObject>(path, { what: `see namespace ${namespace}` });
  const objects = found === null ? [] : await findOwnObjects(access, namespace);
  const ours = found?.metadata.labels?.[PART_OF_LABEL] === MADE_BY;
  if (objects.length === 0 && !ours) {
    const hint = 'Name another one with --namespace.';
    throw new KubernetesError('not-found', `there is no conference in namespace ${namespace}`, hint);
  }
  return { objects, withNamespace: ours && !(await hasOthers(access, namespace)) };
}

/** Whether the namespace holds pods or volumes of somebody else. */
async function hasOthers(access: ClusterAccess, namespace: string): Promise<boolean> {
  const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const [pods, claims] = await Promise.all(
    ['pods', 'persistentvolumeclaims'].map((plural) =>
      access.get<{ items: readonly KubernetesObject[] }>(`${base}/${plural}`, { what: `list ${plural}` }),
    ),
  );
  const ours = (pod: KubernetesObject) => /^(gateway|sfu)$/.test(pod.metadata.labels?.['app.kubernetes.io/name'] ?? '');
  return claims.items.length > 0 || pods.items.some((pod) => !ours(pod));
}

/** @returns paths of what is still there when the time runs out. @throws KubernetesError */
export async function takeDown(
  access: ClusterAccess,
  namespace: string,
  plan: TakeDownPlan,
  timeoutMs: number,
): Promise<readonly string[]> {
  const paths = plan.objects.map(({ path }) => path);
  if (plan.withNamespace) paths.unshift(`/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  return deleteObjects(access, paths, { timeoutMs });
}
