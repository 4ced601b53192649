import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';

interface ServiceObject extends KubernetesObject {
  readonly spec?: {
    readonly type?: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly nodePort?: number }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}
interface NodeObject extends KubernetesObject {
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] };
}

/** Where the page of a conference is. */
export type PageAddress =
  | { readonly kind: 'url'; readonly url: string }
  /** A load balancer that the provider is still making. */
  | { readonly kind: 'pending' }
  /** Within the cluster alone. */
  | { readonly kind: 'inside'; readonly port: number };

/** @returns null where there is no gateway. @throws KubernetesError */
export async function findPageAddress(access: ClusterAccess, namespace: string): Promise<PageAddress | null> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/gateway`;
  const service = await access.find<ServiceObject>(path, { what: 'see Service gateway' });
  const port = service?.spec?.ports?.find(({ name }) => name === 'http') ?? service?.spec?.ports?.[0];
  if (service === null || port === undefined) return null;
  if (service.spec?.type === 'LoadBalancer') {
    const [entry] = service.status?.loadBalancer?.ingress ?? [];
    const host = entry?.ip ?? entry?.hostname;
    return host === undefined ? { kind: 'pending' } : { kind: 'url', url: urlOf(host, port.port) };
  }
  if (service.spec?.type === 'NodePort' && port.nodePort !== undefined) {
    const host = await findNodeAddress(access);
    if (host !== null) return { kind: 'url', url: urlOf(host, port.nodePort) };
  }
  return { kind: 'inside', port: port.port };
}

/** An address of a node that can be reached: an external one, else an internal one. */
async function findNodeAddress(access: ClusterAccess): Promise<string | null> {
  const { items } = await access.get<{ items: readonly NodeObject[] }>('/api/v1/nodes', { what: 'list the nodes' });
  const addresses = items.flatMap((node) => node.status?.addresses ?? []);
  const of = (type: string) => addresses.find((one) => one.type === type)?.address;
  return of('ExternalIP') ?? of('InternalIP') ?? null;
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}${port === 80 ? '' : `:${port}`}/`;
}
