import { STEPS } from './log-classes.ts';

/**
 * A distribution that can be added to another one: pairs of a value and how often it came, ascending. Values are the middles of logarithmic
 * classes, 64 an octave, so each is at most 0.8 % off, and so is every quantile of a sum of sketches: adding loses nothing.
 */
export type Sketch = readonly (readonly [value: number, count: number])[];

/** @param weight how many each value stands for. */
export function sketchOf(values: Iterable<number>, weight: number): Sketch {
  const counts = new Map<number, number>();
  for (const value of values) {
    const middle = classMiddle(value);
    counts.set(middle, (counts.get(middle) ?? 0) + weight);
  }
  return ascending(counts);
}

export function addSketches(sketches: readonly Sketch[]): Sketch {
  const counts = new Map<number, number>();
  for (const sketch of sketches)
    for (const [value, count] of sketch) counts.set(value, (counts.get(value) ?? 0) + count);
  return ascending(counts);
}

/** Nearest rank. @returns null where the sketch is empty. */
export function sketchQuantile(sketch: Sketch, share: number): number | null {
  const total = sketch.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  let left = Math.max(1, Math.ceil(share * total));
  for (const [value, count] of sketch) {
    left -= count;
    if (left <= 0) return value;
  }
  return sketch[sketch.length - 1][0];
}

/** As {@link LogHistograms}: below 1 is zero. */
function classMiddle(value: number): number {
  if (!(value >= 1)) return 0;
  const octave = 2 ** Math.floor(Math.log2(value));
  return octave * (1 + (Math.floor((value / octave - 1) * STEPS) + 0.5) / STEPS);
}

function ascending(counts: ReadonlyMap<number, number>): Sketch {
  return [...counts].sort(([a], [b]) => a - b);
}
