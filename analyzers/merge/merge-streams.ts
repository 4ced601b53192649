import type { BurstAnalysis, Range, StreamAnalysis } from '../analysis.ts';
import { parseReportTime } from '../ice/report-time.ts';
import { burstRatioOf, mosOf } from '../mos/mos.ts';
import { addSketches, type Sketch, sketchQuantile } from '../statistics/sketch.ts';
import { type JoinedNumbers, joinNumbers } from './join-numbers.ts';
import { mergeSeries, windowBitrates } from './merge-series.ts';
import type { PartialStream } from './partial-analysis.ts';

export interface StreamPart {
  readonly stream: StreamAnalysis;
  readonly partial: PartialStream;
}

const WORST_KEPT = 10;
/** Clocks of two captures, and the packets at their ends, may differ. */
const WITHIN = 0.9;

/** Parts of one stream from different captures, in the order of time, as one. */
export function mergeStreams(parts: readonly StreamPart[]): StreamPart {
  return parts.reduce(joinTwo);
}

function joinTwo(a: StreamPart, b: StreamPart): StreamPart {
  if (seenTwice(a.stream, b.stream)) return countedOnce(a, b);
  const [first, second] = [a.stream, b.stream];
  const betweenMs = msBetween(first.endTime, second.startTime);
  const packetMs = first.packetRate !== null && first.packetRate > 0 ? 1000 / first.packetRate : 20;
  const numbers = joinNumbers(a.partial.edges, b.partial.edges, ((betweenMs ?? 0) / packetMs) * 2);
  const packets = first.packets + second.packets - numbers.twice;
  const expected = first.expected + second.expected + numbers.gap - numbers.overlap;
  const lost = expected - packets;
  const late = first.late + second.late + numbers.filled;
  // The size of a packet that both parts have is not known one by one.
  const twiceBytes = second.packets === 0 ? 0 : Math.round((second.bytes / second.packets) * numbers.twice);
  const bytes = first.bytes + second.bytes - twiceBytes;
  const durationMs = msBetween(first.startTime, later(first.endTime, second.endTime));
  const seconds = durationMs === null ? null : durationMs / 1000;
  const partial = mergePartials(a.partial, b.partial, numbers, betweenMs);
  const jitterMs = jitterOf(first, second, a.partial.jitterCount, b.partial.jitterCount, partial.jitterNs);
  const delayVariationMs = delayOf(first, second, partial.delayNs);
  const series = mergeSeries(first.series, second.series);
  const windows = windowBitrates(series);
  const merged: StreamAnalysis = {
    ...(first.packets >= second.packets ? first : second),
    id: first.id,
    payloadTypes: [...new Set([...first.payloadTypes, ...second.payloadTypes])].sort((x, y) => x - y),
    cname: first.cname ?? second.cname,
    encrypted: first.encrypted ?? second.encrypted,
    startTime: first.startTime,
    endTime: later(first.endTime, second.endTime),
    durationSeconds: seconds,
    ...{ packets, bytes, expected, lost, late, reordered: late },
    lostPercent: expected > 0 ? (lost / expected) * 100 : 0,
    duplicates: first.duplicates + second.duplicates + numbers.twice,
    copies: first.copies + second.copies,
    reorderingExtent: weighted(first.reorderingExtent, first.late, second.reorderingExtent, second.late),
    restarts: first.restarts + second.restarts + (numbers.restarted ? 1 : 0),
    bursts: burstsOf(first, second, partial, numbers, betweenMs),
    jitterMs,
    delayVariationMs,
    deltaMs: rangeOf(first, second, betweenMs, packets, seconds),
    clockSkewPpm: skewOf(first, second),
    bitrateBps: {
      mean: seconds !== null && seconds > 0 ? (bytes * 8) / seconds : null,
      max: largest(first.bitrateBps.max, second.bitrateBps.max),
      p95: windows?.p95 ?? largest(first.bitrateBps.p95, second.bitrateBps.p95),
    },
    bitrateWindowBps: {
      max: largest(first.bitrateWindowBps.max, second.bitrateWindowBps.max),
      p95: windows?.p95 ?? largest(first.bitrateWindowBps.p95, second.bitrateWindowBps.p95),
    },
    packetRate: seconds !== null && seconds > 0 ? (packets - 1) / seconds : null,
    video: videoOf(first, second, partial.frameBytes, packets, betweenMs),
    audio: audioOf(first, second),
    headerExtensions: extensionsOf(first, second),
    reported: reportedOf(first, second),
    lossSide: first.lossSide === second.lossSide ? first.lossSide : null,
    suspectedCaptureLoss:
      lost > 0
        ? Math.min(1, (first.suspectedCaptureLoss * first.lost + second.suspectedCaptureLoss * second.lost) / lost)
        : 0,
    series,
  };
  return { stream: withOpinion(merged, partial), partial };
}

/**
 * Whether the shorter part lies within the time of the other: not where a stream goes on, but the same packets captured at another place,
 * as at the nodes of both ends.
 */
function seenTwice(a: StreamAnalysis, b: StreamAnalysis): boolean {
  const together = msBetween(later(a.startTime, b.startTime), earlier(a.endTime, b.endTime));
  const shorter = Math.min(a.durationSeconds ?? 0, b.durationSeconds ?? 0) * 1000;
  return together !== null && shorter > 0 && together >= shorter * WITHIN;
}

/** As the more complete of the two has it; what it lacks is not taken from the other. */
function countedOnce(a: StreamPart, b: StreamPart): StreamPart {
  const [kept, other] = a.stream.packets >= b.stream.packets ? [a, b] : [b, a];
  const copies = kept.stream.copies + other.stream.copies + other.stream.packets;
  const { payloadTypes, cname } = kept.stream;
  const stream = {
    ...kept.stream,
    id: a.stream.id,
    payloadTypes: [...new Set([...payloadTypes, ...other.stream.payloadTypes])].sort((x, y) => x - y),
    cname: cname ?? other.stream.cname,
    copies,
    reported: kept.stream.reported ?? other.stream.reported,
  };
  return { stream, partial: kept.partial };
}

function mergePartials(
  a: PartialStream,
  b: PartialStream,
  numbers: JoinedNumbers,
  betweenMs: number | null,
): PartialStream {
  const { gap } = numbers;
  const [x, y] = [a.bursts ?? NO_BURSTS, b.bursts ?? NO_BURSTS];
  return {
    edges: numbers.edges,
    bursts: {
      runs: x.runs + y.runs + (gap > 0 ? 1 : 0),
      lostInBursts: x.lostInBursts + y.lostInBursts + (gap > 1 ? gap : 0),
      packetsInBursts: x.packetsInBursts + y.packetsInBursts + (gap > 1 ? gap : 0),
      lostInGaps: x.lostInGaps + y.lostInGaps + (gap === 1 ? 1 : 0),
      burstNs: x.burstNs + y.burstNs + (gap > 1 ? Math.max(0, betweenMs ?? 0) * 1e6 : 0),
      gapNs: x.gapNs + y.gapNs,
    },
    jitterCount: a.jitterCount + b.jitterCount,
    jitterNs: addSketches([a.jitterNs, b.jitterNs]),
    delayNs: addSketches([a.delayNs, b.delayNs]),
    frameBytes: addSketches([a.frameBytes, b.frameBytes]),
  };
}
const NO_BURSTS = { runs: 0, lostInBursts: 0, packetsInBursts: 0, lostInGaps: 0, burstNs: 0, gapNs: 0 };

function jitterOf(a: StreamAnalysis, b: StreamAnalysis, countA: number, countB: number, sketch: Sketch) {
  if (a.jitterMs === null || b.jitterMs === null) return a.jitterMs ?? b.jitterMs;
  const max = Math.max(a.jitterMs.max, b.jitterMs.max);
  const mean = (a.jitterMs.mean * countA + b.jitterMs.mean * countB) / Math.max(1, countA + countB);
  return { mean, max, p95: Math.min(max, (sketchQuantile(sketch, 0.95) ?? 0) / 1e6) };
}

/** Each part has a floor of its own: where the smallest delay of one is above that of the other, the difference is not seen. */
function delayOf(a: StreamAnalysis, b: StreamAnalysis, sketch: Sketch): StreamAnalysis['delayVariationMs'] {
  if (a.delayVariationMs === null || b.delayVariationMs === null) return a.delayVariationMs ?? b.delayVariationMs;
  const [x, y] = [a.delayVariationMs, b.delayVariationMs];
  const max = Math.max(x.max, y.max);
  const at = (share: number) => Math.min(max, (sketchQuantile(sketch, share) ?? 0) / 1e6);
  const mean = (x.mean * a.packets + y.mean * b.packets) / (a.packets + b.packets);
  return { mean, max, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function burstsOf(
  a: StreamAnalysis,
  b: StreamAnalysis,
  { bursts: sums }: PartialStream,
  { gap }: JoinedNumbers,
  betweenMs: number | null,
): BurstAnalysis | null {
  if (sums === null || (a.bursts === null && b.bursts === null && gap === 0)) return null;
  const bursts = (a.bursts?.bursts ?? 0) + (b.bursts?.bursts ?? 0) + (gap > 1 ? 1 : 0);
  const time = a.endTime ?? '';
  const seam = gap > 1 ? [{ time, durationMs: Math.max(0, betweenMs ?? 0), lost: gap, packets: gap }] : [];
  const longest = [
    { lost: a.bursts?.longestLoss ?? 0, time: a.bursts?.longestLossTime ?? null },
    { lost: b.bursts?.longestLoss ?? 0, time: b.bursts?.longestLossTime ?? null },
    { lost: gap, time: a.endTime },
  ].reduce((one, other) => (other.lost > one.lost ? other : one));
  const gapPackets = a.expected + b.expected + gap - sums.packetsInBursts;
  return {
    bursts,
    burstDensity: sums.packetsInBursts === 0 ? 0 : sums.lostInBursts / sums.packetsInBursts,
    gapDensity: gapPackets <= 0 ? 0 : sums.lostInGaps / gapPackets,
    burstDurationMs: bursts === 0 ? 0 : sums.burstNs / bursts / 1e6,
    gapDurationMs: bursts < 2 ? 0 : sums.gapNs / (bursts - 1) / 1e6,
    longestLoss: longest.lost,
    longestLossTime: longest.lost === 0 ? null : longest.time,
    worst: [...(a.bursts?.worst ?? []), ...seam, ...(b.bursts?.worst ?? [])]
      .sort((one, other) => other.lost - one.lost)
      .slice(0, WORST_KEPT),
  };
}

function rangeOf(
  a: StreamAnalysis,
  b: StreamAnalysis,
  betweenMs: number | null,
  packets: number,
  seconds: number | null,
): Range | null {
  const known = [a.deltaMs?.min, a.deltaMs?.max, b.deltaMs?.min, b.deltaMs?.max, betweenMs].filter(
    (one) => one != null,
  );
  if (packets < 2 || known.length === 0 || seconds === null) return null;
  return { min: Math.min(...known), mean: (seconds * 1000) / (packets - 1), max: Math.max(...known) };
}

function skewOf(a: StreamAnalysis, b: StreamAnalysis): number | null {
  if (a.clockSkewPpm === null || b.clockSkewPpm === null) return a.clockSkewPpm ?? b.clockSkewPpm;
  const [x, y] = [a.durationSeconds ?? 0, b.durationSeconds ?? 0];
  return x + y === 0 ? null : (a.clockSkewPpm * x + b.clockSkewPpm * y) / (x + y);
}

/** A frame whose packets lie in both parts counts in each. */
function videoOf(
  a: StreamAnalysis,
  b: StreamAnalysis,
  sizes: Sketch,
  packets: number,
  betweenMs: number | null,
): StreamAnalysis['video'] {
  if (a.video === null || b.video === null) return a.video ?? b.video;
  const [x, y] = [a.video, b.video];
  const frames = x.frames + y.frames;
  const spanSeconds = [a, b].reduce(
    (sum, { video, durationSeconds }) => {
      const rate = video?.frameRate ?? null;
      return sum + (rate === null ? (durationSeconds ?? 0) : ((video?.frames ?? 1) - 1) / rate);
    },
    (betweenMs ?? 0) / 1000,
  );
  const max = Math.max(x.frameBytes.max, y.frameBytes.max);
  return {
    frames,
    frameRate: frames > 1 && spanSeconds > 0 ? (frames - 1) / spanSeconds : null,
    frameBytes: {
      mean: (x.frameBytes.mean * x.frames + y.frameBytes.mean * y.frames) / frames,
      p95: Math.min(max, sketchQuantile(sizes, 0.95) ?? max),
      max,
    },
    packetsPerFrame: packets / frames,
    freezes: x.freezes + y.freezes,
    freezeMs: x.freezeMs + y.freezeMs,
    longestFreezeMs: Math.max(x.longestFreezeMs, y.longestFreezeMs),
    damagedFrames: x.damagedFrames + y.damagedFrames,
    keyFrames: x.keyFrames === null || y.keyFrames === null ? null : x.keyFrames + y.keyFrames,
  };
}

function audioOf({ audio: a }: StreamAnalysis, { audio: b }: StreamAnalysis): StreamAnalysis['audio'] {
  if (a === null || b === null) return a ?? b;
  return {
    packetTimeMs: b.packetTimeMs ?? a.packetTimeMs,
    silences: a.silences + b.silences,
    silenceMs: a.silenceMs + b.silenceMs,
    comfortNoisePackets: a.comfortNoisePackets + b.comfortNoisePackets,
    telephoneEvents: a.telephoneEvents + b.telephoneEvents,
  };
}

function extensionsOf(a: StreamAnalysis, b: StreamAnalysis): StreamAnalysis['headerExtensions'] {
  const uses = new Map(a.headerExtensions.map((use) => [use.id, use]));
  for (const use of b.headerExtensions) {
    const there = uses.get(use.id);
    uses.set(
      use.id,
      there === undefined ? use : { ...there, uri: there.uri ?? use.uri, packets: there.packets + use.packets },
    );
  }
  return [...uses.values()].sort((x, y) => x.id - y.id);
}

function reportedOf({ reported: a }: StreamAnalysis, { reported: b }: StreamAnalysis): StreamAnalysis['reported'] {
  if (a === null || b === null) return a ?? b;
  return {
    by: b.by,
    reports: a.reports + b.reports,
    // Cumulative on the wire, but counted here from the first report of each part.
    lost: a.lost + b.lost,
    fractionLost: weighted(a.fractionLost, a.reports, b.fractionLost, b.reports) ?? a.fractionLost,
    jitterMs: weighted(a.jitterMs, a.reports, b.jitterMs, b.reports),
    roundTripMs: mergeRanges(a.roundTripMs, a.reports, b.roundTripMs, b.reports),
  };
}

interface MeanAndMax {
  readonly mean: number;
  readonly max: number;
}

export function weighted(
  a: MeanAndMax | null,
  weightA: number,
  b: MeanAndMax | null,
  weightB: number,
): MeanAndMax | null {
  if (a === null || b === null) return a ?? b;
  const mean = (a.mean * weightA + b.mean * weightB) / Math.max(1, weightA + weightB);
  return { mean, max: Math.max(a.max, b.max) };
}

export function mergeRanges(a: Range | null, weightA: number, b: Range | null, weightB: number): Range | null {
  if (a === null || b === null) return a ?? b;
  const { mean, max } = weighted(a, weightA, b, weightB) as MeanAndMax;
  return { min: Math.min(a.min, b.min), mean, max };
}

/** By the E-model again: loss and delay are those of the whole. */
function withOpinion(stream: StreamAnalysis, { bursts }: PartialStream): StreamAnalysis {
  const { mos, codec, lost, expected, lostPercent, audio, delayVariationMs } = stream;
  if (mos === null || codec === null) return stream;
  const opinion = mosOf({
    ...{ codec, lossPercent: lostPercent, burstRatio: burstRatioOf(lost, bursts?.runs ?? 0, expected) },
    ...{
      packetTimeMs: audio?.packetTimeMs ?? null,
      oneWayDelayMs: null,
      delayVariationMs: delayVariationMs?.p95 ?? null,
    },
  });
  return { ...stream, mos: opinion?.mos ?? null, mosBasis: opinion?.basis ?? null };
}

function msBetween(from: string | null, to: string | null): number | null {
  const [a, b] = [from, to].map((text) => (text === null ? null : parseReportTime(text)));
  if (a == null || b == null) return null;
  return (b.seconds - a.seconds) * 1000 + (b.nanoseconds - a.nanoseconds) / 1e6;
}

export function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

export function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

export function largest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
