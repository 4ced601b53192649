import type { ArrivalSamples } from './arrival-samples.ts';
import { isSetAnew } from './jitter.ts';

/*
 * Packet delay variation (RFC 5481, section 4.2): a packet's one-way delay less the smallest one of the stream. Only
 * differences of delay are seen from arrival and RTP timestamp, and that is all it needs. The two clocks do not run
 * equally fast; the line under all delays (Moon, Skelly, Towsley 1999) is their drift, and is taken away first.
 */
/** Below this a slope says nothing of clocks. */
const SHORTEST_SKEW_NS = 10e9;
/** Clocks that differ by more are not both clocks of this world: the timestamps do other things. */
const LARGEST_SKEW = 0.05;

export interface DelayVariation {
  /** Delay above the smallest, by sample, ascending. */
  readonly sortedNs: Float64Array;
  readonly meanNs: number;
  /** Parts per million by which the sender's clock is faster than the capture's; null where too short to tell. */
  readonly skewPpm: number | null;
}

/** @param nsPerTick 1e9 / clock rate. @returns null below two samples. */
export function delayVariation(samples: ArrivalSamples, nsPerTick: number): DelayVariation | null {
  const found = delaysAboveFloor(samples, nsPerTick);
  if (found === null) return null;
  const { delays, skewPpm } = found;
  let sum = 0;
  for (const delay of delays) sum += delay;
  return { sortedNs: delays.sort(), meanNs: sum / samples.count, skewPpm };
}

/** Delay above the smallest of each sample, in the order of the samples. @returns null below two samples. */
export function delaysAboveFloor(
  samples: ArrivalSamples,
  nsPerTick: number,
): { delays: Float64Array; skewPpm: number | null } | null {
  const count = samples.count;
  if (count < 2) return null;
  const delays = new Float64Array(count);
  let skewSum = 0;
  let skewWeight = 0;
  for (let from = 0; from < count; ) {
    const to = transitOfSegment(samples, nsPerTick, from, delays);
    const skew = removeFloor(samples.arrivalNs, delays, from, to);
    if (skew !== null) {
      const weight = samples.arrivalNs[to - 1] - samples.arrivalNs[from];
      skewSum += skew * weight;
      skewWeight += weight;
    }
    from = to;
  }
  return { delays, skewPpm: skewWeight > 0 ? (skewSum / skewWeight) * 1e6 : null };
}

/** Value at a share (nearest rank) of ascending values. */
export function quantileOfSorted(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

/** Fills transit times relative to the segment's first packet. @returns where the segment ends. */
function transitOfSegment(samples: ArrivalSamples, nsPerTick: number, from: number, transit: Float64Array): number {
  const { arrivalNs, timestamp, begins, count } = samples;
  let mediaNs = 0;
  transit[from] = 0;
  for (let at = from + 1; at < count; at++) {
    if (begins[at]) return at;
    const stepNs = ((timestamp[at] - timestamp[at - 1]) | 0) * nsPerTick;
    if (isSetAnew(stepNs, arrivalNs[at] - arrivalNs[at - 1])) return at;
    mediaNs += stepNs;
    transit[at] = arrivalNs[at] - arrivalNs[from] - mediaNs;
  }
  return count;
}

/**
 * Takes away the line that lies under all points and closest to them, found on their lower convex hull.
 *
 * @returns its slope negated (a fast sender makes delays shrink), null where the segment is too short for a slope.
 */
function removeFloor(arrivalNs: Float64Array, delays: Float64Array, from: number, to: number): number | null {
  const base = arrivalNs[from];
  const slope = arrivalNs[to - 1] - base >= SHORTEST_SKEW_NS ? floorSlope(arrivalNs, delays, from, to) : null;
  const tilt = slope ?? 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let at = from; at < to; at++) {
    delays[at] -= tilt * (arrivalNs[at] - base);
    if (delays[at] < lowest) lowest = delays[at];
  }
  for (let at = from; at < to; at++) delays[at] -= lowest;
  return slope === null ? null : -slope;
}

/** Slope of the hull's edge above the mean time: it minimises the summed distance of all points to the line. */
function floorSlope(x: Float64Array, y: Float64Array, from: number, to: number): number | null {
  const hull: number[] = [];
  let sum = 0;
  for (let at = from; at < to; at++) {
    sum += x[at] - x[from];
    if (hull.length > 0 && x[at] < x[hull[hull.length - 1]]) continue;
    while (hull.length >= 2) {
      const a = hull[hull.length - 2];
      const b = hull[hull.length - 1];
      if ((y[b] - y[a]) * (x[at] - x[a]) < (y[at] - y[a]) * (x[b] - x[a])) break;
      hull.pop();
    }
    hull.push(at);
  }
  const mean = x[from] + sum / (to - from);
  for (let edge = 1; edge < hull.length; edge++) {
    const a = hull[edge - 1];
    const b = hull[edge];
    if (x[b] >= mean && x[b] > x[a]) {
      const slope = (y[b] - y[a]) / (x[b] - x[a]);
      return Math.abs(slope) <= LARGEST_SKEW ? slope : null;
    }
  }
  return null;
}
