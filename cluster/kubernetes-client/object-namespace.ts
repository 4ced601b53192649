import type { KubernetesObject } from './kubernetes-object.ts';

/** Kinds that are in no namespace, among those that overlays hold. */
const CLUSTER_WIDE = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PriorityClass',
  'APIService',
  'StorageClass',
  'PersistentVolume',
]);

/** The objects, in another namespace: their own, that of the accounts they name, and the Namespace among them. */
export function inNamespace(objects: readonly KubernetesObject[], namespace: string): readonly KubernetesObject[] {
  const accounts = new Set(
    objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name),
  );
  return objects.map((object) => {
    if (object.kind === 'Namespace') return { ...object, metadata: { ...object.metadata, name: namespace } };
    const moved = CLUSTER_WIDE.has(object.kind) ? object : { ...object, metadata: { ...object.metadata, namespace } };
    if (!Array.isArray(object['subjects'])) return moved;
    const subjects = (object['subjects'] as { kind?: string; name: string }[]).map((subject) =>
      subject.kind === 'ServiceAccount' && accounts.has(subject.name) ? { ...subject, namespace } : subject,
    );
    return { ...moved, subjects };
  });
}
