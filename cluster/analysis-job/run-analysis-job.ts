import { randomBytes } from 'node:crypto';
import { applyObjects } from '../kubernetes-client/apply-objects.ts';
import type { ClusterAccess } from '../kubernetes-client/cluster-access.ts';
import { deleteObjects } from '../kubernetes-client/delete-objects.ts';
import { diagnosePod, toError } from '../kubernetes-client/diagnose.ts';
import { KubernetesError, shownText } from '../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../kubernetes-client/kubernetes-object.ts';
import type { Pod } from '../kubernetes-client/pod.ts';
import { type AnalysisJob, analysisJobManifest } from './job-manifest.ts';
import { parseShard, type ShardResult } from './shard-frame.ts';

export interface RunAnalysisJobOptions extends Omit<AnalysisJob, 'name' | 'countsByIndex'> {
  /** As the API server says it: `v1.34.2`. */
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, failed: number) => void;
}

export interface AnalysisJobOutcome {
  readonly results: readonly ShardResult[];
  /** Captures that no shard which succeeded had; null where none succeeded, so that nobody knows what there is. */
  readonly leftOut: readonly LeftOut[] | null;
  /** What the last try of some shard that failed said; null where none failed, or said anything. */
  readonly fault: string | null;
}

export interface LeftOut {
  readonly path: string;
  /** What the last try of its shard said, null where that is not known. */
  readonly reason: string | null;
}

interface JobObject extends KubernetesObject {
  readonly status?: {
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

const LOOK_EVERY_MS = 1000;
const INDEX = 'batch.kubernetes.io/job-completion-index';
/** The last that a pod which failed said. */
const SAID_LINES = 20;
const DELETE_TIMEOUT_MS = 60_000;

/** Runs the Job to its end, takes the results from the logs of its pods, and deletes it. @throws KubernetesError */
export async function runAnalysisJob(
  access: ClusterAccess,
  options: RunAnalysisJobOptions,
): Promise<AnalysisJobOutcome> {
  const { namespace, from, version, signal } = options;
  const inside = `namespaces/${encodeURIComponent(namespace)}`;
  if ('claim' in from) await requireClaim(access, namespace, from.claim);
  const [, minor = '0'] = /^v1\.(\d+)/.exec(version) ?? [];
  const name = `rtcscope-analysis-${randomBytes(4).toString('hex')}`;
  const job = analysisJobManifest({ ...options, name, countsByIndex: Number(minor) >= 29 });
  const [{ path }] = await applyObjects(access, [job], { namespace });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { status } = await access.get<JobObject>(path, { what: `see Job ${name}` });
      options.onProgress(status?.succeeded ?? 0, status?.failed ?? 0);
      if (status?.conditions?.some((one) => /^(Complete|Failed)$/.test(one.type) && one.status === 'True')) break;
      await refuseHopeless(access, inside, name);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return await collect(access, inside, name, options.shards);
  } finally {
    await deleteObjects(access, [path], { timeoutMs: DELETE_TIMEOUT_MS }).catch(() => {});
  }
}

async function requireClaim(access: ClusterAccess, namespace: string, claim: string): Promise<void> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/persistentvolumeclaims/${encodeURIComponent(claim)}`;
  if ((await access.find(path, { what: `see PersistentVolumeClaim ${claim}` })) !== null) return;
  const text = `there is no PersistentVolumeClaim ${claim} in namespace ${namespace}`;
  throw new KubernetesError('not-found', text, 'Give CLAIM/PATTERN, and its namespace by --namespace.');
}

async function podsOf(access: ClusterAccess, inside: string, name: string): Promise<readonly Pod[]> {
  const query = { labelSelector: `job-name=${name}` };
  return (await access.get<{ items: readonly Pod[] }>(`/api/v1/${inside}/pods`, { query, what: 'list pods' })).items;
}

/** An image that is not there, a volume that nobody can mount or a Secret that is none is no failure that the Job counts. */
async function refuseHopeless(access: ClusterAccess, inside: string, name: string): Promise<void> {
  for (const pod of await podsOf(access, inside, name)) {
    if (pod.status?.phase !== 'Pending') continue;
    const fault = diagnosePod(pod);
    // `secret "x" not found`, `couldn't find key y in Secret`: as the kubelet says it.
    if (fault?.isFinal === true || /: (secret .* not found|couldn't find key)/.test(fault?.text ?? ''))
      throw toError(fault!);
  }
}

async function collect(
  access: ClusterAccess,
  inside: string,
  name: string,
  shards: number,
): Promise<AnalysisJobOutcome> {
  const results = new Map<string, ShardResult>();
  const faults = new Map<string, string>();
  for (const pod of await podsOf(access, inside, name)) {
    const { metadata, status } = pod;
    const index = metadata.annotations?.[INDEX] ?? metadata.labels?.[INDEX] ?? metadata.name;
    const path = `/api/v1/${inside}/pods/${encodeURIComponent(metadata.name)}/log`;
    const what = `read the log of pod ${metadata.name}`;
    if (status?.phase === 'Failed') {
      // A node that is gone has no logs any more.
      const log = await access.get<unknown>(path, { what, query: { tailLines: SAID_LINES } }).catch(() => '');
      const said = faultOf(String(log), pod);
      if (said !== null) faults.set(index, said);
    }
    if (status?.phase !== 'Succeeded') continue;
    const { body } = await access.request('GET', path, { what });
    const result = parseShard(String(body));
    if (result !== null) results.set(index, result);
  }
  const all = [...results.values()];
  const had = new Set(all.flatMap(({ own }) => own));
  const [first] = all;
  for (const index of results.keys()) faults.delete(index);
  const leftOut = first?.captures.flatMap((path, place): LeftOut[] => {
    // As a shard takes its own.
    const reason = faults.get(String(place % shards)) ?? null;
    return had.has(path) ? [] : [{ path, reason }];
  });
  return { results: all, leftOut: leftOut ?? null, fault: [...faults.values()][0] ?? null };
}

/** The program's own line, else what the kubelet says of the container's end. */
function faultOf(log: string, { status }: Pod): string | null {
  const lines = log.split('\n').map((line) => line.trim());
  const own = lines.findLast((line) => line.startsWith('rtcscope: '))?.slice('rtcscope: '.length);
  const ended = status?.containerStatuses?.[0]?.state?.terminated;
  const words = own ?? ended?.reason ?? status?.reason;
  return words === undefined ? null : shownText(words);
}
