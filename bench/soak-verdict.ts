import type { Held } from './inspector.ts';

/** What an SFU holds and did, at the end of a cycle: then those who stay are there and nobody else. */
export interface Sample extends Held {
  readonly atMs: number;
  /** Of those who came and went, so far. */
  readonly joins: number;
  /** Pairs that did not come in. */
  readonly failedJoins: number;
  readonly residentKB: number;
  /** Open files and sockets. */
  readonly descriptors: number;
  readonly cpuMs: number;
  readonly forwarded: number;
  readonly dropped: number;
  /** Cumulative counts of forwarding delays by their upper bound. */
  readonly delays: readonly { readonly boundMs: number; readonly count: number }[];
}

export interface Verdict {
  /** In words, what did not stay as it was; empty for a good run. */
  readonly failures: readonly string[];
  readonly seconds: number;
  readonly joins: number;
  readonly failedJoins: number;
  readonly cpuShare: number;
  readonly packetsPerSecond: number;
  /** After garbage collection, of V8's heap and of buffers, for each who came and went. */
  readonly keptBytesPerJoin: number;
  readonly residentGrowth: number;
  readonly delayP99BoundMs: { readonly first: number; readonly last: number };
  readonly resources: Readonly<Record<string, number>>;
}

/** Compiled code, maps that keep their size, statistics of V8: beside a participant's own 100,000 bytes nothing. */
const KEPT_BYTES_PER_JOIN = 2048;
const KEPT_BYTES_IN_ALL = 4 * 1024 * 1024;
const RESIDENT_GROWTH = 0.25;
/** A handshake that ran out of time on a busy machine is no trend. */
const FEW = 3;
/** Of the bound below which 99 % lie: a bucket more is not a trend. */
const DELAY_FACTOR = 10;

/** What of the delays between two samples 99 % lie below; Infinity above the last bound. */
function delayBound(from: Sample, to: Sample): number {
  const counts = to.delays.map(({ boundMs, count }, at) => ({ boundMs, count: count - (from.delays[at]?.count ?? 0) }));
  const all = counts.at(-1)?.count ?? 0;
  return counts.find(({ count }) => count >= all * 0.99)?.boundMs ?? Number.NaN;
}

/** Least squares: what is kept for each join, over all samples. */
function slope(points: readonly { x: number; y: number }[]): number {
  const mean = (pick: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x0, y0] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - x0) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0) / spread;
}

/** Judges all samples but the first, in which the program was still warming up. */
export function judge(samples: readonly Sample[]): Verdict {
  const [, ...rest] = samples;
  const [first, last] = [rest[0], rest.at(-1)!];
  const third = Math.max(1, Math.floor(rest.length / 3));
  const kept = (sample: Sample) => sample.heapBytes + sample.externalBytes;
  const keptBytesPerJoin = slope(rest.map((sample) => ({ x: sample.joins, y: kept(sample) })));
  const residentGrowth = last.residentKB / first.residentKB - 1;
  const delays = {
    first: delayBound(samples[0], rest[third - 1]),
    last: delayBound(rest.at(-1 - third) ?? samples[0], last),
  };
  const seconds = (last.atMs - samples[0].atMs) / 1000;

  const failures: string[] = [];
  const grown = kept(last) - kept(first);
  if (keptBytesPerJoin > KEPT_BYTES_PER_JOIN && grown > KEPT_BYTES_IN_ALL)
    failures.push(`memory: ${Math.round(keptBytesPerJoin)} bytes stay of each who came and went`);
  if (residentGrowth > RESIDENT_GROWTH && last.residentKB - first.residentKB > 32 * 1024)
    failures.push(`memory: resident ${Math.round(residentGrowth * 100)} % more at the end`);
  // One connection more or less is the reading of the figures itself.
  if (last.descriptors > first.descriptors + 2)
    failures.push(`handles: ${last.descriptors} open files and sockets instead of ${first.descriptors}`);
  for (const [kind, count] of Object.entries(last.resources)) {
    const before = first.resources[kind] ?? 0;
    if (count > before + 2) failures.push(`handles: ${count} of ${kind} instead of ${before}`);
  }
  if (last.failedJoins > FEW && last.failedJoins > last.joins * 0.01)
    failures.push(`joins: ${last.failedJoins} pairs did not come in`);
  if (last.dropped > first.dropped) failures.push(`packets: ${last.dropped - first.dropped} dropped on their way out`);
  if (delays.last > Math.max(5, delays.first * DELAY_FACTOR))
    failures.push(`delay: 99 % within ${delays.last} ms instead of ${delays.first} ms`);
  return {
    failures,
    seconds,
    joins: last.joins,
    failedJoins: last.failedJoins,
    cpuShare: (last.cpuMs - samples[0].cpuMs) / 1000 / seconds,
    packetsPerSecond: (last.forwarded - samples[0].forwarded) / seconds,
    keptBytesPerJoin,
    residentGrowth,
    delayP99BoundMs: delays,
    resources: last.resources,
  };
}
