import type { ClusterAccess } from '../../kubernetes-client/cluster-access.ts';
import { KubernetesError } from '../../kubernetes-client/kubernetes-error.ts';

const MOST_TRIES = 8;

/** Sets how many pods a Deployment shall have, by its subresource `scale`: tried again where something else writes at once. */
export async function setScale(
  access: ClusterAccess,
  namespace: string,
  name: string,
  replicas: number,
): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`;
  for (let attempt = 1; ; attempt++) {
    try {
      await access.request('PATCH', path, {
        contentType: 'application/merge-patch+json',
        body: { spec: { replicas } },
        what: `scale ${name} to ${replicas}`,
      });
      return;
    } catch (error) {
      const isRace = error instanceof KubernetesError && error.code === 'conflict';
      if (!isRace || attempt >= MOST_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
    }
  }
}
