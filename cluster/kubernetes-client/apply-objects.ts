import { ApiKinds } from './api-kinds.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { KubernetesError } from './kubernetes-error.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

export const FIELD_MANAGER = 'rtcscope';

/** One object that was applied. */
export interface Applied {
  readonly path: string;
  readonly object: KubernetesObject;
  /** Whether it is new; false where it was there before. */
  readonly isNew: boolean;
}

/** What others need comes first; what is none of these comes last. */
const ORDER = [
  'Namespace',
  'ResourceQuota',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'Service',
  'Deployment',
];
const MOST_TRIES = 6;

/**
 * Applies objects by server-side apply: the API server merges, so an object that is there already, changed by an autoscaler or by
 * hand, keeps what we do not speak of, and the answer tells whether it is new. No `kubectl` is needed for that.
 *
 * @param applied told each one as soon as it is there, so that it can be taken away again whatever happens next.
 * @throws KubernetesError
 */
export async function applyObjects(
  access: ClusterAccess,
  objects: readonly KubernetesObject[],
  options: { readonly namespace?: string; readonly applied?: (applied: Applied) => void } = {},
): Promise<readonly Applied[]> {
  const kinds = new ApiKinds(access);
  const rank = ({ kind }: KubernetesObject) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);
  const all: Applied[] = [];
  for (const object of objects.toSorted((a, b) => rank(a) - rank(b))) {
    const path = await kinds.pathOf(object, options.namespace);
    const { status, body } = await applyOne(access, path, object);
    const one = { path, object: body as KubernetesObject, isNew: status === 201 };
    all.push(one);
    options.applied?.(one);
  }
  return all;
}

async function applyOne(access: ClusterAccess, path: string, object: KubernetesObject) {
  const { kind, metadata } = object;
  const place = metadata.namespace === undefined ? '' : ` in namespace ${metadata.namespace}`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await access.request('PATCH', path, {
        query: { fieldManager: FIELD_MANAGER, force: true },
        contentType: 'application/apply-patch+yaml',
        body: object,
        what: `apply ${kind} ${metadata.name}${place}`,
      });
    } catch (error) {
      // Two that write at once: the loser reads anew, which the server does for an apply.
      const isRace = error instanceof KubernetesError && error.code === 'conflict';
      if (!isRace || attempt >= MOST_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
  }
}
