export interface MetricDescription {
  readonly name: string;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  /** What its observations are, where not streams. */
  readonly unitOf?: string;
}

/** Metrics of which each node has one of its own. */
export const NODE_METRICS = ['nodeCpuCores', 'nodeMemoryMib'] as const;

export type ComparedMetric =
  | 'lossPercent'
  | 'jitterMs'
  | 'jitterP95Ms'
  | 'delayVariationMs'
  | 'delayVariationP95Ms'
  | 'streamBitrateBps'
  | 'freezesPerMinute'
  | 'frameRate'
  | 'mos'
  | 'forwardingDelayMs'
  | 'joinMs'
  | 'clientJoinMs'
  | 'httpResponseMs'
  | 'httpPerSecond'
  | 'nodeCpuCores'
  | 'nodeMemoryMib'
  | 'podCpuCores'
  | 'podMemoryMib';

/** What is compared: its name in a sentence, unit, and which way is better. */
export const COMPARED_METRICS: Readonly<Record<ComparedMetric, MetricDescription>> = {
  lossPercent: { name: 'Loss', unit: '%', higherIsBetter: false },
  jitterMs: { name: 'Jitter', unit: 'ms', higherIsBetter: false },
  jitterP95Ms: { name: 'Jitter (95th percentile)', unit: 'ms', higherIsBetter: false },
  delayVariationMs: { name: 'Delay variation', unit: 'ms', higherIsBetter: false },
  delayVariationP95Ms: { name: 'Delay variation (95th percentile)', unit: 'ms', higherIsBetter: false },
  streamBitrateBps: { name: 'Throughput of a stream', unit: 'b/s', higherIsBetter: true },
  freezesPerMinute: { name: 'Freezes of video', unit: 'a minute', higherIsBetter: false },
  frameRate: { name: 'Frame rate', unit: '1/s', higherIsBetter: true },
  mos: { name: 'Mean opinion score', unit: '', higherIsBetter: true },
  forwardingDelayMs: { name: 'Forwarding delay', unit: 'ms', higherIsBetter: false },
  joinMs: { name: 'Join time', unit: 'ms', higherIsBetter: false, unitOf: 'sessions' },
  clientJoinMs: { name: 'Join time as clients measured it', unit: 'ms', higherIsBetter: false, unitOf: 'joins' },
  httpResponseMs: {
    name: 'HTTP response time',
    unit: 'ms',
    higherIsBetter: false,
    unitOf: 'threads or stretches of 5 s',
  },
  httpPerSecond: { name: 'HTTP throughput', unit: '1/s', higherIsBetter: true, unitOf: 'stretches of 5 s' },
  nodeCpuCores: { name: 'CPU', unit: 'cores', higherIsBetter: false, unitOf: 'stretches of 5 s' },
  nodeMemoryMib: { name: 'Memory', unit: 'MiB', higherIsBetter: false, unitOf: 'stretches of 5 s' },
  podCpuCores: { name: 'CPU of a pod', unit: 'cores', higherIsBetter: false, unitOf: 'stretches of 5 s' },
  podMemoryMib: { name: 'Memory of a pod', unit: 'MiB', higherIsBetter: false, unitOf: 'stretches of 5 s' },
};

/** What a comparison's row is of, in words: `Loss`, `CPU of worker-1`. */
export function metricName({
  metric,
  node,
}: {
  readonly metric: ComparedMetric;
  readonly node: string | null;
}): string {
  const { name } = COMPARED_METRICS[metric];
  return node === null ? name : `${name} of ${node}`;
}
