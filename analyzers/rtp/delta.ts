import { DELTA_AT } from './rows.ts';

const MIN = DELTA_AT;
const MAX = DELTA_AT + 1;

export function startDeltas(fields: Float64Array, at: number): void {
  fields[at + MIN] = Number.POSITIVE_INFINITY;
  fields[at + MAX] = Number.NEGATIVE_INFINITY;
}

/**
 * Counts the time between two packets of a stream as they arrive, duplicates left out. Negative only where the
 * capture's time runs backwards.
 */
export function addDelta(fields: Float64Array, at: number, deltaNs: number): void {
  fields[at + MIN] = Math.min(fields[at + MIN], deltaNs);
  fields[at + MAX] = Math.max(fields[at + MAX], deltaNs);
}

/**
 * @param spanNs from the first packet to the last one that arrived: the deltas add up to it.
 * @returns null below two packets.
 */
export function deltaMs(
  fields: Float64Array,
  at: number,
  spanNs: number,
  packets: number,
): { min: number; mean: number; max: number } | null {
  if (packets < 2) return null;
  return { min: fields[at + MIN] / 1e6, mean: spanNs / (packets - 1) / 1e6, max: fields[at + MAX] / 1e6 };
}
