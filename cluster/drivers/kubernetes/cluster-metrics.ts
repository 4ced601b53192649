import type { ClusterAccess } from '../../kubernetes-client/cluster-access.ts';
import { KubernetesError } from '../../kubernetes-client/kubernetes-error.ts';
import { isObject } from '../../kubernetes-client/kubernetes-object.ts';
import type { MetricSample } from '../cluster-driver.ts';
import { parseQuantity } from './quantity.ts';

const BASE = '/apis/metrics.k8s.io/v1beta1';
/** The metrics API measures every 15 s as a rule: asking more often finds nothing new. */
const ASK_EVERY_MS = 3000;

/** @throws KubernetesError where the cluster has no metrics API, or it has no answer. */
export async function requireMetrics(access: ClusterAccess): Promise<void> {
  try {
    await access.get(`${BASE}/nodes`, { query: { limit: 1 }, what: 'read metrics of nodes' });
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.code === 'forbidden' || error.code === 'no-cluster') throw error;
    throw new KubernetesError(
      'no-metrics',
      'the cluster has no metrics API, so that an autoscaler would have nothing to decide by',
      'Install metrics-server, and wait until kubectl top nodes answers; or run phases without autoscaling.',
      error.status,
    );
  }
}

/** CPU and memory of nodes and pods as the metrics API measures them: each measurement once, when it is new. */
export class ClusterMetrics {
  readonly #access: ClusterAccess;
  readonly #namespace: string;
  readonly #nodeOfPod: (pod: string) => string | null;
  readonly #problem: (code: string, text: string) => void;
  readonly #told = new Map<string, string>();
  #askedMs = 0;
  #missing = false;

  constructor(
    access: ClusterAccess,
    namespace: string,
    nodeOfPod: (pod: string) => string | null,
    problem: (code: string, text: string) => void,
  ) {
    this.#access = access;
    this.#namespace = namespace;
    this.#nodeOfPod = nodeOfPod;
    this.#problem = problem;
  }

  async sample(): Promise<MetricSample[]> {
    const nowMs = Date.now();
    if (nowMs - this.#askedMs < ASK_EVERY_MS) return [];
    this.#askedMs = nowMs;
    try {
      const [nodes, pods] = await Promise.all([
        this.#list(`${BASE}/nodes`),
        this.#list(`${BASE}/namespaces/${this.#namespace}/pods`),
      ]);
      this.#missing = false;
      return [...nodes.flatMap((item) => this.#node(item)), ...pods.flatMap((item) => this.#pod(item))];
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (!this.#missing) this.#problem('no-metrics', `CPU and memory are missing from here on: ${error.message}`);
      this.#missing = true;
      return [];
    }
  }

  async #list(path: string): Promise<readonly Record<string, unknown>[]> {
    const { items } = await this.#access.get<{ items?: unknown }>(path, { what: 'read metrics', timeoutMs: 10_000 });
    return Array.isArray(items) ? items.filter(isObject) : [];
  }

  #node(item: Record<string, unknown>): MetricSample[] {
    const described = this.#new('node', item);
    if (described === null) return [];
    const usage = isObject(item['usage']) ? item['usage'] : {};
    const { name, time } = described;
    const cpuCores = parseQuantity(usage['cpu']);
    const memoryBytes = parseQuantity(usage['memory']);
    return [{ time, kind: 'node', name, node: name, cpuCores, memoryBytes, source: 'metrics-api' }];
  }

  #pod(item: Record<string, unknown>): MetricSample[] {
    const described = this.#new('pod', item);
    const node = described === null ? null : this.#nodeOfPod(described.name);
    if (described === null || node === null) return [];
    let cpuCores: number | null = null;
    let memoryBytes: number | null = null;
    const containers = Array.isArray(item['containers']) ? item['containers'].filter(isObject) : [];
    for (const { name, usage } of containers) {
      // What we put in to capture is no load of the conference.
      if (!isObject(usage) || /^capture(-|$)/.test(String(name))) continue;
      const cpu = parseQuantity(usage['cpu']);
      const memory = parseQuantity(usage['memory']);
      if (cpu !== null) cpuCores = (cpuCores ?? 0) + cpu;
      if (memory !== null) memoryBytes = (memoryBytes ?? 0) + memory;
    }
    return [{ ...described, kind: 'pod', node, cpuCores, memoryBytes, source: 'metrics-api' }];
  }

  /** Name and time of a measurement; null where it was told before, or is none. */
  #new(kind: string, item: Record<string, unknown>): { readonly name: string; readonly time: string } | null {
    const name = isObject(item['metadata']) ? item['metadata']['name'] : undefined;
    const timestamp = item['timestamp'];
    if (typeof name !== 'string' || typeof timestamp !== 'string' || Number.isNaN(Date.parse(timestamp))) return null;
    const key = `${kind} ${name}`;
    if (this.#told.get(key) === timestamp) return null;
    this.#told.set(key, timestamp);
    return { name, time: new Date(timestamp).toISOString() };
  }
}
