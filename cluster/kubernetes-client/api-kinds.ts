import type { ClusterAccess } from './cluster-access.ts';
import { KubernetesError } from './kubernetes-error.ts';
import { isObject, type KubernetesObject } from './kubernetes-object.ts';

interface Kind {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Where objects of a kind live, as the API server itself tells (discovery): whatever it serves can be applied. */
export class ApiKinds {
  readonly #access: ClusterAccess;
  readonly #groups = new Map<string, Promise<ReadonlyMap<string, Kind>>>();

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /** @throws KubernetesError where the cluster does not serve the kind. */
  async pathOf(object: KubernetesObject, namespace?: string): Promise<string> {
    const { apiVersion, kind, metadata } = object;
    const found = (await this.#kindsOf(apiVersion)).get(kind);
    if (found === undefined) {
      const text = `the cluster knows no ${kind} of ${apiVersion}, asked for ${kind} ${metadata.name}`;
      throw new KubernetesError('unknown-kind', text, 'Install what defines it, or choose an overlay without it.');
    }
    return objectPath(
      apiVersion,
      found.plural,
      metadata.name,
      found.namespaced ? (metadata.namespace ?? namespace) : null,
    );
  }

  #kindsOf(apiVersion: string): Promise<ReadonlyMap<string, Kind>> {
    let kinds = this.#groups.get(apiVersion);
    if (kinds === undefined) {
      kinds = this.#discover(apiVersion);
      this.#groups.set(apiVersion, kinds);
      kinds.catch(() => this.#groups.delete(apiVersion));
    }
    return kinds;
  }

  async #discover(apiVersion: string): Promise<ReadonlyMap<string, Kind>> {
    const list = await this.#access.find<{ resources?: unknown }>(groupPath(apiVersion), {
      what: `ask for the kinds of ${apiVersion}`,
    });
    const kinds = new Map<string, Kind>();
    for (const entry of Array.isArray(list?.resources) ? list.resources : []) {
      if (!isObject(entry)) continue;
      const { name, kind, namespaced } = entry;
      // Subresources, such as deployments/scale, have a kind too.
      if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/')) continue;
      kinds.set(kind, { plural: name, namespaced: namespaced === true });
    }
    return kinds;
  }
}

const groupPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** @param namespace null for what is in none. */
export function objectPath(
  apiVersion: string,
  plural: string,
  name: string | null,
  namespace: string | null | undefined,
): string {
  const inside = namespace === null || namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${groupPath(apiVersion)}${inside}/${plural}${name === null ? '' : `/${encodeURIComponent(name)}`}`;
}
