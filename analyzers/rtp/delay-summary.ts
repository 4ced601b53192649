import { type DelayVariation, quantileOfSorted } from './delay-variation.ts';

/** Upper ends of the classes of the delay histogram: steps of about 1.5. */
export const DELAY_CLASSES_MS = [
  0.5, 1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000,
];
export const DELAY_SHARES = [0.5, 0.95, 0.99] as const;

/** What a report says of a stream's delay variation. */
export interface DelaySummary {
  readonly meanNs: number;
  readonly maxNs: number;
  /** At the shares of {@link DELAY_SHARES}, nearest rank. */
  readonly quantilesNs: readonly number[];
  /** Samples in each class, those above the last bound after it; up to the last class that has any. */
  readonly classes: readonly number[];
  /** As {@link DelayVariation} has it. */
  readonly skewPpm: number | null;
}

export function summariseDelays({ sortedNs, meanNs, skewPpm }: DelayVariation): DelaySummary {
  const classes: number[] = [];
  for (let below = 0; below < sortedNs.length; ) {
    const bound = classes.length < DELAY_CLASSES_MS.length ? DELAY_CLASSES_MS[classes.length] * 1e6 : Infinity;
    const end = firstAbove(sortedNs, bound, below);
    classes.push(end - below);
    below = end;
  }
  return {
    meanNs,
    maxNs: sortedNs[sortedNs.length - 1],
    quantilesNs: DELAY_SHARES.map((share) => quantileOfSorted(sortedNs, share)),
    classes,
    skewPpm,
  };
}

/** @returns where the first value above `bound` stands among ascending ones, looked for from `from` on. */
function firstAbove(sorted: Float64Array, bound: number, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
