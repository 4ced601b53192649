/*
 * What the samples of a stream come to, where they lie in this memory: a twin of analyzers/rtp/delay-variation.ts and
 * analyzers/rtp/delay-summary.ts, and of `jitterQuantileNs` in analyzers/rtp/arrival-samples.ts, in the same order of all sums.
 */
import { DELAY_FIGURES_AT, DELAYS_AT, HULL_AT } from '../memory-layout';
import { beginsOf, columnsOf, jittersOf, timestampsOf } from './samples';
import { countFloat32, countFloat64, selectFloat32, selectFloat64 } from './selection';

const SHORTEST_SKEW_NS: f64 = 10e9;
const LARGEST_SKEW: f64 = 0.05;
const BOUNDS: i32 = 22;
/** With as many infinite ones behind them as make a power of two. */
const BOUNDS_PADDED: i32 = 32;
/** Where figures and bounds stand, as numbers of 8 bytes. */
const MEAN: i32 = 0;
const MAX: i32 = 1;
const QUANTILES: i32 = 2;
const SKEW_PPM: i32 = 5;
const CLASSES: i32 = 8;
const BOUNDS_NS: i32 = 32;

function figure(place: i32): f64 {
  return load<f64>(<usize>(DELAY_FIGURES_AT + (place << 3)));
}

function tell(place: i32, value: f64): void {
  store<f64>(<usize>(DELAY_FIGURES_AT + (place << 3)), value);
}

function delay(at: i32): f64 {
  return load<f64>(<usize>(DELAYS_AT + (at << 3)));
}

function setDelay(at: i32, value: f64): void {
  store<f64>(<usize>(DELAYS_AT + (at << 3)), value);
}

function arrival(columns: usize, at: i32): f64 {
  return load<f64>(columns + (<usize>at << 3));
}

function timestamp(columns: usize, at: i32): i32 {
  return load<i32>(timestampsOf(columns) + (<usize>at << 2));
}

/** J at a share of the samples that have one, in ns; -1 where none has. */
export function jitterQuantile(row: i32, count: i32, share: f64): f64 {
  const jitters = jittersOf(columnsOf(row));
  let known = 0;
  let highest: f32 = 0;
  for (let at = 0; at < count; at++) {
    const jitterNs = load<f32>(jitters + (<usize>at << 2));
    if (!(jitterNs >= 0)) continue;
    store<f32>(<usize>(DELAYS_AT + (known << 2)), jitterNs);
    if (jitterNs > highest) highest = jitterNs;
    known++;
  }
  if (known == 0) return -1;
  countFloat32(DELAYS_AT, known, highest);
  return <f64>selectFloat32(DELAYS_AT, known, rankOf(share, known));
}

/**
 * Leaves mean, maximum, quantiles, skew (NaN where there is none) and classes of the delays above the smallest.
 *
 * @param count of samples, two or more.
 */
export function summariseDelays(row: i32, count: i32, nsPerTick: f64): void {
  const columns = columnsOf(row);
  let skewSum: f64 = 0;
  let skewWeight: f64 = 0;
  for (let from = 0; from < count; ) {
    const to = transitOfSegment(columns, count, nsPerTick, from);
    const skew = removeFloor(columns, from, to);
    if (!isNaN(skew)) {
      const weight = arrival(columns, to - 1) - arrival(columns, from);
      skewSum += skew * weight;
      skewWeight += weight;
    }
    from = to;
  }
  tell(SKEW_PPM, skewWeight > 0 ? (skewSum / skewWeight) * 1e6 : NaN);
  for (let place = 0; place <= BOUNDS; place++) tell(CLASSES + place, 0);
  let sum: f64 = 0;
  let highest = delay(0);
  for (let at = 0; at < count; at++) {
    const ns = delay(at);
    sum += ns;
    if (ns > highest) highest = ns;
    const place = CLASSES + classOf(ns);
    tell(place, figure(place) + 1);
  }
  tell(MEAN, sum / <f64>count);
  tell(MAX, highest);
  countFloat64(DELAYS_AT, count, highest);
  tell(QUANTILES, selectFloat64(DELAYS_AT, count, rankOf(0.5, count)));
  tell(QUANTILES + 1, selectFloat64(DELAYS_AT, count, rankOf(0.95, count)));
  tell(QUANTILES + 2, selectFloat64(DELAYS_AT, count, rankOf(0.99, count)));
}

/** The nearest rank, from 0. */
function rankOf(share: f64, count: i32): i32 {
  return max(0, <i32>Math.ceil(share * <f64>count) - 1);
}

/** Number of the first class whose upper end is not below the delay: without a branch that would be guessed wrong half of the time. */
function classOf(ns: f64): i32 {
  let low = 0;
  for (let half = BOUNDS_PADDED >> 1; half > 0; half >>= 1) {
    low += <i32>(figure(BOUNDS_NS + low + half - 1) < ns) * half;
  }
  return low;
}

function transitOfSegment(columns: usize, count: i32, nsPerTick: f64, from: i32): i32 {
  const first = arrival(columns, from);
  const begins = beginsOf(columns);
  let mediaNs: f64 = 0;
  setDelay(from, 0);
  for (let at = from + 1; at < count; at++) {
    if (load<u8>(begins + <usize>at) != 0) return at;
    const stepNs = <f64>(timestamp(columns, at) - timestamp(columns, at - 1)) * nsPerTick;
    const deltaNs = arrival(columns, at) - arrival(columns, at - 1);
    // As `isSetAnew` in analyzers/rtp/jitter.ts.
    if (stepNs < -3e9 || stepNs - deltaNs > 10e9) return at;
    mediaNs += stepNs;
    setDelay(at, arrival(columns, at) - first - mediaNs);
  }
  return count;
}

/** @returns the slope negated, NaN where there is none. */
function removeFloor(columns: usize, from: i32, to: i32): f64 {
  const base = arrival(columns, from);
  const slope = arrival(columns, to - 1) - base >= SHORTEST_SKEW_NS ? floorSlope(columns, from, to) : NaN;
  const tilt = isNaN(slope) ? 0 : slope;
  let lowest = Infinity;
  for (let at = from; at < to; at++) {
    const tilted = delay(at) - tilt * (arrival(columns, at) - base);
    setDelay(at, tilted);
    if (tilted < lowest) lowest = tilted;
  }
  for (let at = from; at < to; at++) setDelay(at, delay(at) - lowest);
  return -slope;
}

function hull(place: i32): i32 {
  return load<i32>(<usize>(HULL_AT + (place << 2)));
}

function floorSlope(columns: usize, from: i32, to: i32): f64 {
  let size = 0;
  let sum: f64 = 0;
  const first = arrival(columns, from);
  for (let at = from; at < to; at++) {
    const x = arrival(columns, at);
    sum += x - first;
    if (size > 0 && x < arrival(columns, hull(size - 1))) continue;
    while (size >= 2) {
      const a = hull(size - 2);
      const b = hull(size - 1);
      const ax = arrival(columns, a);
      if ((delay(b) - delay(a)) * (x - ax) < (delay(at) - delay(a)) * (arrival(columns, b) - ax)) break;
      size--;
    }
    store<i32>(<usize>(HULL_AT + (size << 2)), at);
    size++;
  }
  const mean = first + sum / <f64>(to - from);
  for (let edge = 1; edge < size; edge++) {
    const a = hull(edge - 1);
    const b = hull(edge);
    const bx = arrival(columns, b);
    const ax = arrival(columns, a);
    if (bx >= mean && bx > ax) {
      const slope = (delay(b) - delay(a)) / (bx - ax);
      return abs(slope) <= LARGEST_SKEW ? slope : NaN;
    }
  }
  return NaN;
}
