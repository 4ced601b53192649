import type { ClusterAccess } from './cluster-access.ts';
import { type Diagnosis, diagnoseDeployment, diagnosePod, toError } from './diagnose.ts';
import { KubernetesError } from './kubernetes-error.ts';
import type { Deployment, Pod } from './pod.ts';

const LOOK_EVERY_MS = 500;
/** How long a fault may last that time may cure, such as a pod that no node takes. */
const PATIENCE_MS = 30_000;

export interface ReadyState {
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
}

/** Waits until each Deployment has all its pods, new and ready. @throws KubernetesError saying what keeps one from it. */
export async function waitForDeployments(
  access: ClusterAccess,
  namespace: string,
  names: readonly string[],
  options: {
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
    readonly onProgress?: (states: readonly ReadyState[]) => void;
  },
): Promise<void> {
  const base = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`;
  const started = Date.now();
  let faultSince: number | null = null;
  for (;;) {
    options.signal?.throwIfAborted();
    const deployments = await Promise.all(
      names.map((name) => access.get<Deployment>(`${base}/${name}`, { what: `see Deployment ${name}` })),
    );
    const states = deployments.map(stateOf);
    options.onProgress?.(states);
    if (states.every(({ wanted, ready, isNew }) => isNew && ready >= wanted)) return;
    const fault = await diagnose(access, namespace, deployments);
    faultSince = fault === null ? null : (faultSince ?? Date.now());
    const isOver = Date.now() - started > options.timeoutMs;
    if (fault !== null && (fault.isFinal || isOver || Date.now() - faultSince! > PATIENCE_MS)) throw toError(fault);
    if (isOver) {
      const open = states.filter(({ wanted, ready, isNew }) => !isNew || ready < wanted);
      const text = open.map(({ name, wanted, ready }) => `${ready} of ${wanted} pods of ${name} are ready`).join(', ');
      const seconds = Math.round(options.timeoutMs / 1000);
      const hint = `See kubectl --namespace ${namespace} describe pods.`;
      throw new KubernetesError('not-ready', `not ready after ${seconds} s: ${text}`, hint);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function stateOf(deployment: Deployment): ReadyState & { readonly isNew: boolean } {
  const { metadata, spec, status } = deployment;
  const wanted = spec?.replicas ?? 1;
  const generation = (metadata as { generation?: number }).generation ?? 0;
  const isNew = (status?.observedGeneration ?? 0) >= generation && (status?.updatedReplicas ?? 0) >= wanted;
  return { name: metadata.name, wanted, ready: status?.readyReplicas ?? 0, isNew };
}

/** Of several faults, one that waiting does not cure. */
async function diagnose(
  access: ClusterAccess,
  namespace: string,
  deployments: readonly Deployment[],
): Promise<Diagnosis | null> {
  const names = deployments.map(({ metadata }) => metadata.name);
  const { items } = await access.get<{ items: readonly Pod[] }>(`/api/v1/namespaces/${namespace}/pods`, {
    query: { labelSelector: `app.kubernetes.io/name in (${names.join(',')})` },
    what: 'see the pods',
  });
  const present = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const found = [...deployments.map(diagnoseDeployment), ...present.map(diagnosePod)].filter((fault) => fault !== null);
  return found.find(({ isFinal }) => isFinal) ?? found[0] ?? null;
}
