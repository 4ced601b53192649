import { objectPath } from '../kubernetes-client/api-kinds.ts';
import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';
import { MADE_BY, MADE_BY_LABEL, NAMESPACE_LABEL, PART_OF_LABEL } from './conference-manifests.ts';

/** Kinds that overlays of a conference hold, in the order in which they can be taken away from the last to the first. */
const KINDS = [
  ['v1', 'ServiceAccount', 'serviceaccounts'],
  ['v1', 'Secret', 'secrets'],
  ['v1', 'ConfigMap', 'configmaps'],
  ['rbac.authorization.k8s.io/v1', 'Role', 'roles'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'],
  ['networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'],
  ['policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'],
  ['v1', 'Service', 'services'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
  ['monitoring.coreos.com/v1', 'ServiceMonitor', 'servicemonitors'],
] as const;

/** Roles that a component gives beyond the namespace; they name it in their own names. */
const CLUSTER_KINDS = [
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings'],
] as const;

export interface OwnObject {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  /** Whether `cluster up` made it, as opposed to `kubectl apply`. */
  readonly byUp: boolean;
}

/** Everything of a conference in a namespace, by the labels that its overlays give; not what an experiment made. */
export async function findOwnObjects(access: ClusterAccess, namespace: string): Promise<readonly OwnObject[]> {
  return objectsLabelled(access, namespace, `${PART_OF_LABEL}=${MADE_BY},${MADE_BY_LABEL}!=rtcscope-lab`);
}

/** Objects of the kinds of a conference with these labels, in a namespace or for it. @throws KubernetesError */
export async function objectsLabelled(
  access: ClusterAccess,
  namespace: string,
  labelSelector: string,
  { withPods = false } = {},
): Promise<readonly OwnObject[]> {
  const found: OwnObject[] = [];
  const places = [
    ...KINDS.map((kind) => [kind, namespace] as const),
    ...(withPods ? [[['v1', 'Pod', 'pods'], namespace] as const] : []),
    ...CLUSTER_KINDS.map((kind) => [kind, null] as const),
  ];
  for (const [[apiVersion, kind, plural], place] of places) {
    const path = objectPath(apiVersion, plural, null, place);
    // A kind that the cluster does not serve has no objects.
    const list = await access.find<{ items: readonly KubernetesObject[] }>(path, {
      query: { labelSelector },
      what: `list ${plural} in namespace ${namespace}`,
    });
    for (const { metadata } of list?.items ?? []) {
      if (place === null && metadata.labels?.[NAMESPACE_LABEL] !== namespace) continue;
      const byUp = metadata.labels?.[MADE_BY_LABEL] === MADE_BY;
      found.push({ path: `${path}/${encodeURIComponent(metadata.name)}`, kind, name: metadata.name, byUp });
    }
  }
  return found;
}
