import type { ClusterAccess } from './cluster-access.ts';
import { KubernetesError } from './kubernetes-error.ts';

export interface Permission {
  readonly verb: string;
  /** `deployments`, or with a subresource `pods/exec`. */
  readonly resource: string;
  /** Empty for the core group. */
  readonly group: string;
  /** Null for what is in none, and for all. */
  readonly namespace: string | null;
}

/** Asks the API server of each whether we may, and names all that we may not. @throws KubernetesError */
export async function requirePermissions(access: ClusterAccess, wanted: readonly Permission[]): Promise<void> {
  const answers = await Promise.all(wanted.map(async (one) => ({ one, allowed: await isAllowed(access, one) })));
  const missing = answers.filter(({ allowed }) => !allowed).map(({ one }) => permissionText(one));
  if (missing.length === 0) return;
  throw new KubernetesError(
    'forbidden',
    `the user of context ${JSON.stringify(access.context)} may not ${missing.join(', ')}`,
    'Ask whoever runs the cluster for a role that allows it.',
  );
}

export async function isAllowed(access: ClusterAccess, permission: Permission): Promise<boolean> {
  const [resource, subresource] = permission.resource.split('/');
  const { verb, group, namespace } = permission;
  const answer = await access.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group, resource, subresource, namespace: namespace ?? undefined } },
    },
    what: 'ask what is permitted',
  });
  return (answer.body as { status?: { allowed?: unknown } } | null)?.status?.allowed === true;
}

function permissionText({ verb, resource, group, namespace }: Permission): string {
  const where = namespace === null ? '' : ` in namespace ${namespace}`;
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`;
}
