import type { ClusterAccess } from './cluster-access.ts';
import { KubernetesError } from './kubernetes-error.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

const LOOK_EVERY_MS = 250;

/**
 * Deletes what is at these paths, the last first, and waits until it is gone with all that it owned.
 *
 * @param paths as {@link applyObjects} told them. @returns those that were still there when the time ran out.
 * @throws KubernetesError for the first that could not be deleted, after all others were.
 */
export async function deleteObjects(
  access: ClusterAccess,
  paths: readonly string[],
  options: { readonly timeoutMs: number; readonly graceSeconds?: number },
): Promise<readonly string[]> {
  const deadline = Date.now() + options.timeoutMs;
  let firstFault: unknown = null;
  const left = new Set<string>();
  for (const path of paths.toReversed()) {
    try {
      if (await deleteOne(access, path, options.graceSeconds)) left.add(path);
    } catch (error) {
      firstFault ??= error;
    }
  }
  while (left.size > 0) {
    for (const path of left) {
      const there = await access
        .find<KubernetesObject>(path, { what: `see whether ${path} is gone` })
        .catch(() => undefined);
      if (there === null) left.delete(path);
    }
    if (left.size === 0 || Date.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  if (firstFault !== null) throw firstFault;
  return [...left];
}

/** @returns false where there was none. */
async function deleteOne(access: ClusterAccess, path: string, graceSeconds?: number): Promise<boolean> {
  const what = `delete ${path}`;
  for (let attempt = 1; ; attempt++) {
    try {
      const body = {
        ...{ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' },
        ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      };
      await access.request('DELETE', path, { body, what });
      return true;
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.code === 'not-found') return false;
      // A namespace that is on its way already answers so.
      if (error.code === 'conflict' && path.startsWith('/api/v1/namespaces/') && attempt >= 3) return true;
      if ((error.code !== 'conflict' && error.code !== 'no-cluster') || attempt >= 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS * attempt));
    }
  }
}
