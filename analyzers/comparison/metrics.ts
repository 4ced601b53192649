export interface MetricDescription {
  readonly name: string;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  /** What its observations are, where not streams. */
  readonly unitOf?: string;
}

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
  | 'joinMs'
  | 'httpResponseMs';

/** What is compared: its name in a sentence, unit, and which way is better. */
export const COMPARED_METRICS: Readonly<Record<ComparedMetric, MetricDescription>> = {
  lossPercent: { name: 'Loss', unit: '%', higherIsBetter: false },
  jitterMs: { name: 'Jitter', unit: 'ms', higherIsBetter: false },
  jitterP95Ms: { name: 'Jitter, 95th percentile', unit: 'ms', higherIsBetter: false },
  delayVariationMs: { name: 'Delay variation', unit: 'ms', higherIsBetter: false },
  delayVariationP95Ms: { name: 'Delay variation, 95th percentile', unit: 'ms', higherIsBetter: false },
  streamBitrateBps: { name: 'Throughput of a stream', unit: 'b/s', higherIsBetter: true },
  freezesPerMinute: { name: 'Freezes of video', unit: 'a minute', higherIsBetter: false },
  frameRate: { name: 'Frame rate', unit: '1/s', higherIsBetter: true },
  mos: { name: 'Mean opinion score', unit: '', higherIsBetter: true },
  joinMs: { name: 'Join time', unit: 'ms', higherIsBetter: false, unitOf: 'sessions' },
  httpResponseMs: { name: 'HTTP response time', unit: 'ms', higherIsBetter: false, unitOf: 'threads' },
};
