import type { ClusterAccess } from '../../kubernetes-client/cluster-access.ts';
import { KubernetesError } from '../../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../../kubernetes-client/kubernetes-object.ts';
import { type Condition, conditionOf } from '../../kubernetes-client/pod.ts';
import type { ClusterNode } from '../cluster-driver.ts';

interface NodeObject extends KubernetesObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly { readonly effect?: string }[] };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly Condition[];
  };
}

export interface FoundNode extends ClusterNode {
  /** As it is reached from outside: its external address, or else the internal one. */
  readonly address: string | null;
  /** As the kubelet reports it: `status.hostIP` of its pods. */
  readonly internalAddress: string | null;
  readonly takesPods: boolean;
}

const MASTER_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** The nodes of the cluster. A managed control plane, as of a provider, is none of them. */
export async function findNodes(access: ClusterAccess): Promise<readonly FoundNode[]> {
  const { items } = await access.get<{ items: readonly NodeObject[] }>('/api/v1/nodes', { what: 'list the nodes' });
  const nodes = items.map((node): FoundNode => {
    const { metadata, spec, status } = node;
    const isMaster = MASTER_LABELS.some((label) => metadata.labels?.[label] !== undefined);
    const isReady = conditionOf(status?.conditions, 'Ready')?.status === 'True';
    const isTainted = spec?.taints?.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute') === true;
    const addressOf = (type: string) => status?.addresses?.find((one) => one.type === type)?.address ?? null;
    const internalAddress = addressOf('InternalIP');
    return {
      name: metadata.name,
      role: isMaster ? 'master' : 'worker',
      address: addressOf('ExternalIP') ?? internalAddress,
      internalAddress,
      takesPods: isReady && !isTainted && spec?.unschedulable !== true,
    };
  });
  if (nodes.some(({ takesPods }) => takesPods)) return nodes.toSorted((a, b) => rank(a) - rank(b));
  throw new KubernetesError('unschedulable', 'the cluster has no node that takes pods', 'See kubectl get nodes.');
}

const rank = ({ role }: FoundNode): number => (role === 'master' ? 0 : 1);
