import { isIP } from 'node:net';
import type { ClusterAccess } from './cluster-access.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

interface NodeObject extends KubernetesObject {
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] };
}

/**
 * The addresses at which a node is reached from outside, as the provider's controller wrote them into its status. A pod is told the internal
 * one alone (`status.hostIP`), which at a provider is a private one.
 *
 * @returns none where the node has no external address.
 * @throws KubernetesError
 */
export async function externalAddresses(access: ClusterAccess, node: string): Promise<readonly string[]> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}`;
  const { status } = await access.get<NodeObject>(path, { what: `see node ${node}` });
  return (status?.addresses ?? [])
    .filter(({ type, address }) => type === 'ExternalIP' && isIP(address) !== 0)
    .map(({ address }) => address);
}
