import { normalCdf, studentQuantile } from './distributions.ts';
import { seededRandom } from './random.ts';

/** One stream (or session, or request): its value, and how much of the evidence it is, such as its packets. */
export interface Observation {
  readonly value: number;
  readonly weight: number;
  /** Observations of one origin are not independent of each other, as a stream and its copies behind an SFU are not; each its own where not given. */
  readonly origin?: string;
}

/** The observations of each run (repetition) of one side. */
export type Runs = readonly (readonly Observation[])[];

export interface BootstrapOptions {
  readonly confidence: number;
  readonly resamples: number;
  readonly seed: number;
}

/** Weighted mean of all observations of all runs; null where there are none. */
export function meanOf(runs: Runs): number | null {
  let sum = 0;
  let total = 0;
  for (const run of runs) {
    for (const { value, weight } of run) {
      sum += value * weight;
      total += weight;
    }
  }
  return total > 0 ? sum / total : null;
}

/**
 * Interval of the difference of two weighted means, B less A, by a hierarchical bootstrap (Davison and Hinkley 1997, 3.8): runs are
 * drawn with replacement where a side has several, and streams within each. A stream is drawn as a whole, since its packets
 * are not independent of each other, and together with its copies.
 *
 * The ends are expanded percentiles (Hesterberg 2015, "What Teachers Should Know About the Bootstrap", 5.3): plain percentiles
 * are too narrow for few streams, by the same factor as a normal interval is against Student's t.
 *
 * @returns null where a side has nothing.
 */
export function differenceInterval(a: Runs, b: Runs, options: BootstrapOptions): [number, number] | null {
  const sides = [a, b].map((runs) => runs.filter((run) => run.length > 0).map(byOrigin));
  if (sides.some((runs) => runs.length === 0)) return null;
  const random = seededRandom(options.seed);
  const differences = new Float64Array(options.resamples);
  for (let draw = 0; draw < options.resamples; draw++) {
    differences[draw] = drawnMean(sides[1], random) - drawnMean(sides[0], random);
  }
  differences.sort();
  const count = Math.min(...sides.map((runs) => runs.reduce((sum, run) => sum + run.length, 0)));
  const tail = expandedTail((1 - options.confidence) / 2, count);
  return [quantile(differences, tail), quantile(differences, 1 - tail)];
}

/** The share of the distribution to leave out at each end, for so many observations. */
export function expandedTail(tail: number, count: number): number {
  if (count < 2) return 0;
  return normalCdf(-Math.sqrt(count / (count - 1)) * studentQuantile(1 - tail, count - 1));
}

/** Observations that are drawn together. */
export function byOrigin(run: readonly Observation[]): readonly (readonly Observation[])[] {
  const groups: Observation[][] = [];
  const known = new Map<string, Observation[]>();
  for (const one of run) {
    let group = one.origin === undefined ? undefined : known.get(one.origin);
    if (group === undefined) {
      group = [];
      groups.push(group);
      if (one.origin !== undefined) known.set(one.origin, group);
    }
    group.push(one);
  }
  return groups;
}

function drawnMean(runs: readonly (readonly (readonly Observation[])[])[], random: () => number): number {
  let sum = 0;
  let total = 0;
  for (let at = 0; at < runs.length; at++) {
    const run = runs.length === 1 ? runs[0] : runs[Math.floor(random() * runs.length)];
    for (let draws = run.length; draws > 0; draws--) {
      for (const { value, weight } of run[Math.floor(random() * run.length)]) {
        sum += value * weight;
        total += weight;
      }
    }
  }
  return sum / total;
}

/** Between the two nearest, as R's type 7. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

/**
 * Cliff's delta (1993): the share of pairs in which B is above A, less that in which it is below; -1 to 1. It assumes no
 * distribution, and loss and jitter have none of the usual ones: most streams lose nothing and a few lose much.
 */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number | null {
  if (a.length === 0 || b.length === 0) return null;
  const sorted = Float64Array.from(a).sort();
  let balance = 0;
  for (const value of b)
    balance += countBelow(sorted, value, false) - (sorted.length - countBelow(sorted, value, true));
  return balance / (a.length * b.length);
}

function countBelow(sorted: Float64Array, value: number, orEqual: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value || (orEqual && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
