import { KubernetesError } from '../../kubernetes-client/kubernetes-error.ts';
import type { MetricSample } from '../cluster-driver.ts';
import type { PrometheusApi, PrometheusSeries } from './prometheus-api.ts';

export interface PrometheusMetricsOptions {
  readonly namespace: string;
  /** Of the media pods, whose names begin with it. */
  readonly deployment: string;
  /** Names of nodes by what Prometheus may call them: their names, their addresses. */
  readonly nodes: ReadonlyMap<string, string>;
  /** Null where nobody knows. */
  readonly nodeOfPod: (pod: string) => string | null;
  /** Over which CPU is averaged: the first that has a result nearly everywhere, since one shorter than two scrapes has none. */
  readonly windowsSeconds?: readonly number[];
}

const WINDOWS_SECONDS = [30, 60, 120, 300];
const STEP_SECONDS = 5;
/** Of the times at which memory is known. */
const ENOUGH = 0.8;
const MOST_POINTS = 2000;
/** How scrape configurations call the node of a kubelet. */
const NODE_LABELS = ['node', 'kubernetes_io_hostname', 'instance'];

/**
 * CPU and memory of nodes and media pods as the cluster's Prometheus has them from the kubelets' cAdvisor: counters of CPU seconds and
 * the working set, which is what an autoscaler and the out-of-memory killer go by.
 */
export class PrometheusMetrics {
  readonly #api: PrometheusApi;
  readonly #options: PrometheusMetricsOptions;

  constructor(api: PrometheusApi, options: PrometheusMetricsOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** @returns samples of a time, in its order. @throws KubernetesError where Prometheus cannot be asked. */
  async between(startMs: number, endMs: number): Promise<MetricSample[]> {
    const { namespace, deployment, windowsSeconds = WINDOWS_SECONDS } = this.#options;
    const step = Math.max(STEP_SECONDS, Math.ceil((endMs - startMs) / 1000 / MOST_POINTS));
    const labels = NODE_LABELS.join(', ');
    const node = '{id="/"}';
    // Not the sandbox, nor what we put in to capture.
    const containers = 'container!="", container!="POD", container!~"capture-.*"';
    const pod = `{namespace=${JSON.stringify(namespace)}, pod=~"${deployment}-.+", ${containers}}`;
    const ask = (query: string) => this.#api.range(query, startMs, endMs, step);
    const memory = (selector: string, by: string) =>
      ask(`sum by (${by}) (container_memory_working_set_bytes${selector})`);
    const of = async (kind: 'node' | 'pod', selector: string, by: string) => {
      const held = await memory(selector, by);
      const wanted = pointsOf(held) * ENOUGH;
      let used: readonly PrometheusSeries[] = [];
      for (const seconds of windowsSeconds) {
        const found = await ask(`sum by (${by}) (rate(container_cpu_usage_seconds_total${selector}[${seconds}s]))`);
        if (pointsOf(found) > pointsOf(used)) used = found;
        if (pointsOf(used) > 0 && pointsOf(used) >= wanted) break;
      }
      return this.#samples(kind, used, held);
    };
    const samples = [...(await of('node', node, labels)), ...(await of('pod', pod, `pod, ${labels}`))];
    return samples.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  }

  #samples(
    kind: 'node' | 'pod',
    cpu: readonly PrometheusSeries[],
    memory: readonly PrometheusSeries[],
  ): readonly MetricSample[] {
    const found = new Map<string, { cpuCores: number | null; memoryBytes: number | null; sample: Described }>();
    const add = (series: readonly PrometheusSeries[], figure: 'cpuCores' | 'memoryBytes') => {
      for (const { labels, values } of series) {
        const described = this.#described(kind, labels);
        if (described === null) continue;
        for (const [seconds, value] of values) {
          const key = `${described.name} ${seconds}`;
          let one = found.get(key);
          if (one === undefined) {
            const time = new Date(Math.round(seconds * 1000)).toISOString();
            one = { cpuCores: null, memoryBytes: null, sample: { ...described, time } };
            found.set(key, one);
          }
          one[figure] = (one[figure] ?? 0) + value;
        }
      }
    };
    add(cpu, 'cpuCores');
    add(memory, 'memoryBytes');
    return [...found.values()].map(({ sample, cpuCores, memoryBytes }) => ({
      ...{ time: sample.time, kind, name: sample.name, node: sample.node, cpuCores, memoryBytes },
      source: 'prometheus',
    }));
  }

  #described(kind: 'node' | 'pod', labels: Readonly<Record<string, string>>): Omit<Described, 'time'> | null {
    const node = this.#nodeOf(labels);
    if (kind === 'node') return node === null ? null : { name: node, node };
    const { pod = '' } = labels;
    const known = node ?? this.#options.nodeOfPod(pod);
    return pod === '' || known === null ? null : { name: pod, node: known };
  }

  #nodeOf(labels: Readonly<Record<string, string>>): string | null {
    for (const label of NODE_LABELS) {
      const value = labels[label] ?? '';
      const node =
        this.#options.nodes.get(value) ?? this.#options.nodes.get(value.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
      if (node !== undefined) return node;
    }
    return null;
  }
}

const pointsOf = (series: readonly PrometheusSeries[]): number =>
  series.reduce((sum, { values }) => sum + values.length, 0);

interface Described {
  readonly time: string;
  readonly name: string;
  readonly node: string;
}

/** @throws KubernetesError where Prometheus does not have what is asked for. */
export async function requirePrometheus(api: PrometheusApi): Promise<void> {
  const found = await api.now('count(container_cpu_usage_seconds_total{id="/"})');
  if (found.some(({ values }) => values.length > 0)) return;
  throw new KubernetesError(
    'no-metrics',
    'the Prometheus has no container_cpu_usage_seconds_total of nodes',
    "Have it scrape the kubelets' /metrics/cadvisor, as kube-prometheus does, or leave --prometheus out.",
  );
}
