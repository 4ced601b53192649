import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { KubernetesError } from '../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';
import type { Deployment, Pod } from '../kubernetes-client/pod.ts';
import { MADE_BY, PART_OF_LABEL } from './conference-manifests.ts';
import { findPageAddress, type PageAddress } from './page-address.ts';

interface AutoscalerObject extends KubernetesObject {
  readonly spec?: { readonly minReplicas?: number; readonly maxReplicas?: number };
  readonly status?: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly currentMetrics?: readonly {
      readonly containerResource?: { readonly current?: { readonly averageUtilization?: number } };
    }[];
  };
}

/** How a conference in a cluster is. */
export interface ConferenceStatus {
  readonly deployments: readonly { readonly name: string; readonly ready: number; readonly wanted: number }[];
  readonly pods: readonly {
    readonly name: string;
    readonly node: string | null;
    readonly phase: string;
    readonly restarts: number;
  }[];
  readonly autoscaler: {
    readonly min: number;
    readonly max: number;
    readonly desired: number | null;
    /** Of the request; null where the autoscaler has no measurement. */
    readonly cpuPercent: number | null;
    /** Why it cannot act; null where it can. */
    readonly blind: string | null;
  } | null;
  readonly address: PageAddress | null;
}

/** @throws KubernetesError where there is none in the namespace. */
export async function conferenceStatus(access: ClusterAccess, namespace: string): Promise<ConferenceStatus> {
  const inside = (api: string) => `${api}/namespaces/${encodeURIComponent(namespace)}`;
  const labelSelector = `${PART_OF_LABEL}=${MADE_BY}`;
  const { items } = await access.get<{ items: readonly Deployment[] }>(`${inside('/apis/apps/v1')}/deployments`, {
    query: { labelSelector },
    what: `list deployments in namespace ${namespace}`,
  });
  if (items.length === 0) {
    const hint = 'Start one with rtcscope cluster up, or name another namespace.';
    throw new KubernetesError('not-found', `there is no conference in namespace ${namespace}`, hint);
  }
  const pods = await access.get<{ items: readonly Pod[] }>(`${inside('/api/v1')}/pods`, {
    query: { labelSelector: 'app.kubernetes.io/name in (gateway,sfu)' },
    what: 'list pods',
  });
  const scaler = await access.find<AutoscalerObject>(`${inside('/apis/autoscaling/v2')}/horizontalpodautoscalers/sfu`, {
    what: 'see HorizontalPodAutoscaler sfu',
  });
  return {
    deployments: items.map(({ metadata, spec, status }) => ({
      ...{ name: metadata.name, ready: status?.readyReplicas ?? 0, wanted: spec?.replicas ?? 1 },
    })),
    pods: pods.items.map(({ metadata, spec, status }) => ({
      name: metadata.name,
      node: spec?.nodeName ?? null,
      phase: metadata.deletionTimestamp === undefined ? (status?.phase ?? 'Unknown') : 'Terminating',
      restarts: (status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    })),
    autoscaler: scaler === null ? null : autoscalerOf(scaler),
    address: await findPageAddress(access, namespace),
  };
}

function autoscalerOf({ spec, status }: AutoscalerObject): NonNullable<ConferenceStatus['autoscaler']> {
  const active = status?.conditions?.find(({ type }) => type === 'ScalingActive');
  const measured = status?.currentMetrics?.find(({ containerResource }) => containerResource !== undefined);
  return {
    min: spec?.minReplicas ?? 1,
    max: spec?.maxReplicas ?? 1,
    desired: status?.desiredReplicas ?? null,
    cpuPercent: measured?.containerResource?.current?.averageUtilization ?? null,
    blind: active === undefined || active.status === 'True' ? null : (active.message ?? 'no reason is given'),
  };
}
