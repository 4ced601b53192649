import {
  type BootstrapOptions,
  byOrigin,
  cliffsDelta,
  differenceInterval,
  meanOf,
  type Observation,
} from './bootstrap.ts';
import { COMPARED_METRICS, type ComparedMetric, metricName, NODE_METRICS } from './metrics.ts';

/** What one run (or repetition) brought to a side: observations by metric. */
export type RunObservations = Readonly<Partial<Record<ComparedMetric, readonly Observation[]>>> & {
  readonly byNode?: Readonly<Record<string, NodeObservations>>;
};

export type NodeObservations = Readonly<Record<(typeof NODE_METRICS)[number], readonly Observation[]>>;

export interface ComparedSide {
  readonly name: string;
  readonly runs: readonly RunObservations[];
  readonly streams: number;
  readonly packets: number;
  /** Runs, or repetitions, that were not compared since others were whole; a phrase each. */
  readonly leftOut: readonly string[];
}

export type ComparisonVerdict = 'better' | 'worse' | 'no difference shown' | 'too little data';

export interface MetricComparison {
  readonly metric: ComparedMetric;
  /** Of which node, where each has its own; null for the whole. */
  readonly node: string | null;
  readonly unit: string;
  /** Numbers of the two sides in `sides`. */
  readonly sides: readonly [number, number];
  /** Weighted means. */
  readonly a: number | null;
  readonly b: number | null;
  /** B less A. */
  readonly difference: number | null;
  readonly interval: readonly [number, number] | null;
  readonly confidence: number;
  /** Cliff's delta: -1 to 1, above 0 where B's values are higher. */
  readonly effectSize: number | null;
  readonly streams: readonly [number, number];
  /** The same, where a stream and its copies behind a forwarder count as one: so many are independent. */
  readonly origins: readonly [number, number];
  /** Means of the single runs, so that their variation shows; null for a run without any. */
  readonly runs: readonly [readonly (number | null)[], readonly (number | null)[]];
  /** Of B against A. */
  readonly verdict: ComparisonVerdict;
  readonly text: string;
}

export interface Comparison {
  readonly schema: 'rtcscope.comparison/1';
  readonly sides: readonly {
    readonly name: string;
    readonly runs: number;
    readonly streams: number;
    readonly packets: number;
    readonly leftOut: readonly string[];
  }[];
  readonly metrics: readonly MetricComparison[];
  readonly method: {
    readonly interval: string;
    readonly effectSize: string;
    readonly resamples: number;
    readonly seed: number;
    readonly fewest: number;
  };
}

/** Streams on each side below which nothing is said: five leave a bootstrap but 126 different draws. */
export const FEWEST_OBSERVATIONS = 5;
const MOST_NODES = 50;
export const USUAL_BOOTSTRAP: BootstrapOptions = { confidence: 0.95, resamples: 4000, seed: 1 };

/** Compares each of the others with the first. */
export function compareSides(sides: readonly ComparedSide[], options = USUAL_BOOTSTRAP): Comparison {
  const metrics: MetricComparison[] = [];
  for (let other = 1; other < sides.length; other++) {
    for (const metric of Object.keys(COMPARED_METRICS) as ComparedMetric[]) {
      const found = compareMetric({ metric, node: null }, sides, other, options);
      if (found !== null) metrics.push(found);
    }
    const nodes = [sides[0], sides[other]].flatMap(({ runs }) =>
      runs.flatMap(({ byNode }) => Object.keys(byNode ?? {})),
    );
    for (const node of [...new Set(nodes)].sort().slice(0, MOST_NODES)) {
      for (const metric of NODE_METRICS) {
        const found = compareMetric({ metric, node }, sides, other, options);
        if (found !== null) metrics.push(found);
      }
    }
  }
  return {
    schema: 'rtcscope.comparison/1',
    sides: sides.map(({ name, runs, streams, packets, leftOut }) => ({
      ...{ name, runs: runs.length, streams, packets, leftOut },
    })),
    metrics,
    method: {
      interval: 'hierarchical bootstrap over runs and streams, expanded percentiles',
      effectSize: "Cliff's delta",
      resamples: options.resamples,
      seed: options.seed,
      fewest: FEWEST_OBSERVATIONS,
    },
  };
}

/** @returns null where neither side has the metric. */
function compareMetric(
  of: { readonly metric: ComparedMetric; readonly node: string | null },
  sides: readonly ComparedSide[],
  other: number,
  options: BootstrapOptions,
): MetricComparison | null {
  const { metric, node } = of;
  const { unit, higherIsBetter } = COMPARED_METRICS[metric];
  const inRun = (run: RunObservations) =>
    node === null ? run[metric] : run.byNode?.[node]?.[metric as (typeof NODE_METRICS)[number]];
  const [a, b] = [sides[0], sides[other]].map(({ runs }) =>
    runs.map((run) => (inRun(run) ?? []).filter(({ value, weight }) => Number.isFinite(value) && weight > 0)),
  );
  const streams = [a.flat().length, b.flat().length] as const;
  if (streams[0] + streams[1] === 0) return null;
  const means = [meanOf(a), meanOf(b)] as const;
  const difference = means[0] === null || means[1] === null ? null : means[1] - means[0];
  const origins = [a, b].map((runs) => runs.reduce((sum, run) => sum + byOrigin(run).length, 0)) as [number, number];
  const enough = Math.min(...origins) >= FEWEST_OBSERVATIONS;
  const interval = enough ? differenceInterval(a, b, options) : null;
  const values = (runs: readonly (readonly Observation[])[]) => runs.flat().map(({ value }) => value);
  const verdict: ComparisonVerdict =
    interval === null
      ? 'too little data'
      : interval[0] <= 0 && interval[1] >= 0
        ? 'no difference shown'
        : interval[0] > 0 === higherIsBetter
          ? 'better'
          : 'worse';
  const found = {
    ...{ metric, node, unit, sides: [0, other] as const, a: means[0], b: means[1], difference, interval },
    confidence: options.confidence,
    effectSize: cliffsDelta(values(a), values(b)),
    streams,
    origins,
    runs: [a.map((run) => meanOf([run])), b.map((run) => meanOf([run]))] as const,
    verdict,
  };
  return { ...found, text: sentence(found, sides[0].name, sides[other].name) };
}

function sentence(found: Omit<MetricComparison, 'text'>, nameA: string, nameB: string): string {
  const { unitOf = 'streams' } = COMPARED_METRICS[found.metric];
  const name = metricName(found);
  const { a, b, difference, interval, unit, streams, origins, runs } = found;
  const show = (value: number | null) =>
    value === null ? 'unknown' : `${figure(value)}${unit === '' ? '' : ` ${unit}`}`;
  const own = origins[0] === streams[0] && origins[1] === streams[1];
  const counted = `${streams[0]} and ${streams[1]} ${unitOf}${own ? '' : ` of ${origins[0]} and ${origins[1]} origins`}`;
  const behind = `from ${counted}`;
  const [runsA, runsB] = runs.map((means) => means.filter((mean) => mean !== null).length);
  const repeated = Math.max(runsA, runsB) > 1 ? ` in ${runsA} and ${runsB} runs` : '';
  if (interval === null || difference === null) {
    return `${name}: too little data to compare ${nameB} with ${nameA}: ${counted}, ${FEWEST_OBSERVATIONS} of each are needed; ${show(a)} and ${show(b)} were seen.`;
  }
  const range = `${figure(interval[0])} to ${figure(interval[1])}${unit === '' ? '' : ` ${unit}`} at ${Math.round(found.confidence * 100)} % confidence`;
  if (found.verdict === 'no difference shown') {
    return `${name}: no difference shown between ${nameB} (${show(b)}) and ${nameA} (${show(a)}): it lies within ${range}, ${behind}${repeated}.`;
  }
  const way = difference > 0 ? 'higher' : 'lower';
  return `${name} is ${way}, hence ${found.verdict}, in ${nameB}: ${show(b)} against ${show(a)} in ${nameA}, a difference of ${range}, ${effectWord(found.effectSize)} effect, ${behind}${repeated}.`;
}

/** Romano and others (2006) on Cliff's delta. */
export function effectWord(delta: number | null): string {
  const size = Math.abs(delta ?? 0);
  return size < 0.147 ? 'a negligible' : size < 0.33 ? 'a small' : size < 0.474 ? 'a medium' : 'a large';
}

function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
  return String(Number(value.toPrecision(3)));
}
