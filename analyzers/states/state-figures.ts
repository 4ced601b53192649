import type { SessionAnalysis, StreamAnalysis } from '../analysis.ts';
import type { ForwardingCell } from '../forwarding/forwarding-delays.ts';
import { burstRatioOf, mosOf } from '../mos/mos.ts';
import type { LogHistograms } from '../statistics/log-histogram.ts';
import { spreadOf, weightedMean } from '../statistics/weighted-quantile.ts';
import type { ForwardingFigures, StateFigures, StateStream } from './state-analysis.ts';
import { Total } from './stream-totals.ts';

/** One stream as the segments know it. */
export interface SegmentedStream {
  readonly stream: StreamAnalysis;
  readonly totals: ReadonlyMap<number, Float64Array>;
  readonly startMs: number;
  readonly endMs: number;
  /** How long its packets took through a forwarder, by segment; empty where it was not seen on both sides of one. */
  readonly forwarding: ReadonlyMap<number, ForwardingCell>;
  /** Id of the stream that it is forwarded from. */
  readonly forwardedFrom: string | null;
  /** Segment of each sample, its J and its delay above the floor in ns (below 0: none). */
  readonly samples: {
    readonly segment: Uint16Array;
    readonly jitterNs: Float32Array;
    readonly delayNs: Float64Array | null;
  };
}

export interface SegmentSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const MOST_CELLS = 5000;

/**
 * Figures of the streams over some segments together.
 *
 * @param members numbers of the segments. @param spans of all segments, cut to the time that was captured.
 */
export function figuresOf(
  members: readonly number[],
  spans: readonly SegmentSpan[],
  streams: readonly SegmentedStream[],
  sessions: readonly SessionAnalysis[],
  roundTrips: ReadonlyMap<number, Float64Array>,
  histograms: LogHistograms | null,
): StateFigures {
  const set = new Set(members);
  const seconds =
    members.reduce((sum, segment) => sum + Math.max(0, spans[segment].toMs - spans[segment].fromMs), 0) / 1000;
  const perStream: StateStream[] = [];
  const jitterCounts: number[] = [];
  for (const stream of streams) {
    const found = streamFigures(stream, members, set, spans);
    if (found === null) continue;
    perStream.push(found.figures);
    jitterCounts.push(found.jitterCount);
  }
  const sum = (of: (stream: StateStream) => number | null) => perStream.reduce((all, one) => all + (of(one) ?? 0), 0);
  const packets = perStream.map((one) => one.packets);
  const column = (of: (stream: StateStream) => number | null) => perStream.map(of);
  const expected = sum((one) => one.expected);
  const bytes = sum((one) => one.bytes);
  const lost = sum((one) => one.lost);
  const hasVideo = perStream.some(({ freezes }) => freezes !== null);
  const joined = sessions
    .filter(({ setupMs, firstStunTime }) => setupMs !== null && within(firstStunTime, members, spans))
    .map(({ setupMs }) => setupMs as number);
  const trips = [0, 0];
  for (const member of members) for (const place of [0, 1]) trips[place] += roundTrips.get(member)?.[place] ?? 0;
  const forwarding = histograms === null ? null : forwardingOf(members, streams, histograms);
  const figures = {
    streams: perStream.length,
    packets: sum((one) => one.packets),
    bytes,
    expected,
    lost,
    lossPercent: expected > 0 ? (100 * lost) / expected : null,
    jitterMs: weightedMean(
      column((one) => one.jitterMs),
      jitterCounts,
    ),
    delayVariationMs: weightedMean(
      column((one) => one.delayVariationMs),
      packets,
    ),
    bitrateBps: seconds > 0 && perStream.length > 0 ? (bytes * 8) / seconds : null,
    streamBitrateBps: weightedMean(
      column((one) => one.bitrateBps),
      column((one) => one.seconds) as number[],
    ),
    freezes: hasVideo ? sum((one) => one.freezes) : null,
    freezeMs: hasVideo ? sum((one) => one.freezeMs) : null,
    mos: weightedMean(
      column((one) => one.mos),
      packets,
    ),
    forwardingDelayMs: forwarding?.meanMs ?? null,
    roundTripMs: trips[0] > 0 ? trips[1] / trips[0] / 1e6 : null,
    joins: joined.length,
    joinMs: joined.length > 0 ? joined.reduce((all, one) => all + one, 0) / joined.length : null,
    joinP95Ms:
      spreadOf(
        joined,
        joined.map(() => 1),
      )?.p95 ?? null,
  };
  return {
    ...figures,
    forwarding,
    joinTimesMs: joined,
    overStreams: {
      lossPercent: spreadOf(
        column((one) => one.lossPercent),
        packets,
      ),
      jitterMs: spreadOf(
        column((one) => one.jitterMs),
        packets,
      ),
      delayVariationMs: spreadOf(
        column((one) => one.delayVariationMs),
        packets,
      ),
      bitrateBps: spreadOf(
        column((one) => one.bitrateBps),
        packets,
      ),
      mos: spreadOf(
        column((one) => one.mos),
        packets,
      ),
    },
    overTime: overTime(members, spans, streams, seconds),
    unknown: reasons(figures),
    perStream,
  };
}

function streamFigures(
  { stream, totals, startMs, endMs, samples, forwarding, forwardedFrom }: SegmentedStream,
  members: readonly number[],
  set: ReadonlySet<number>,
  spans: readonly SegmentSpan[],
): { figures: StateStream; jitterCount: number } | null {
  const sum = new Float64Array(Object.keys(Total).length);
  for (const member of members) {
    const cell = totals.get(member);
    for (let place = 0; cell !== undefined && place < cell.length; place++) sum[place] += cell[place];
  }
  const packets = sum[Total.packets];
  if (packets === 0) return null;
  const overlapMs = members.reduce((all, member) => {
    const { fromMs, toMs } = spans[member];
    return all + Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, startMs));
  }, 0);
  const jitters: number[] = [];
  const delays: number[] = [];
  for (let at = 0; at < samples.segment.length; at++) {
    if (!set.has(samples.segment[at])) continue;
    if (stream.jitterMs !== null && samples.jitterNs[at] >= 0) jitters.push(samples.jitterNs[at] / 1e6);
    if (samples.delayNs !== null && stream.delayVariationMs !== null) delays.push(samples.delayNs[at] / 1e6);
  }
  const expected = sum[Total.expected];
  const lost = sum[Total.lost];
  const lossPercent = expected > 0 ? (100 * lost) / expected : 0;
  const delayP95 = quantile(delays, 0.95);
  const video = stream.kind === 'video' && stream.video !== null;
  const audio = stream.kind === 'audio' && stream.codec !== null && stream.mos !== null;
  const estimate = audio
    ? mosOf({
        codec: stream.codec as string,
        lossPercent: Math.max(0, lossPercent),
        burstRatio: burstRatioOf(lost, sum[Total.lossRuns], expected),
        packetTimeMs: stream.audio?.packetTimeMs ?? null,
        oneWayDelayMs: null,
        delayVariationMs: delayP95,
      })
    : null;
  let followed = 0;
  let followedNs = 0;
  for (const member of members) {
    const cell = forwarding.get(member);
    followed += cell?.followed ?? 0;
    followedNs += cell?.sumNs ?? 0;
  }
  const jitterCount = stream.jitterMs === null ? 0 : sum[Total.jitterCount];
  return {
    jitterCount,
    figures: {
      stream: stream.id,
      kind: stream.kind,
      packets,
      bytes: sum[Total.bytes],
      expected,
      lost,
      lossPercent,
      jitterMs: jitterCount > 0 ? sum[Total.jitterSumNs] / jitterCount / 1e6 : null,
      jitterP95Ms: quantile(jitters, 0.95),
      delayVariationMs: delays.length === 0 ? null : delays.reduce((all, one) => all + one, 0) / delays.length,
      delayVariationP95Ms: delayP95,
      bitrateBps: overlapMs > 0 ? (sum[Total.bytes] * 8000) / overlapMs : null,
      seconds: overlapMs / 1000,
      frames: video ? sum[Total.frames] : null,
      freezes: video ? sum[Total.freezes] : null,
      freezeMs: video ? sum[Total.freezeNs] / 1e6 : null,
      mos: estimate?.mos ?? null,
      forwardingDelayMs: followed > 0 ? followedNs / followed / 1e6 : null,
      forwardedPackets: followed,
      forwardedFrom,
    },
  };
}

function quantile(values: number[], share: number): number | null {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  return values[Math.max(0, Math.ceil(share * values.length) - 1)];
}

function within(time: string | null, members: readonly number[], spans: readonly SegmentSpan[]): boolean {
  if (time === null) return false;
  const ms = Date.parse(time);
  return members.some((member) => spans[member].fromMs <= ms && ms < spans[member].toMs);
}

/** Windows of the streams' series whose middle lies in the time, laid over each other. */
function overTime(
  members: readonly number[],
  spans: readonly SegmentSpan[],
  streams: readonly SegmentedStream[],
  seconds: number,
): StateFigures['overTime'] {
  const windowMs = Math.max(
    1,
    ...streams.map(({ stream }) => stream.series.windowSeconds * 1000),
    (seconds * 1000) / MOST_CELLS,
  );
  const cells = new Map<number, { packets: number; bytes: number; lost: number; jitter: number; weight: number }>();
  for (const { stream, startMs } of streams) {
    const { series } = stream;
    for (const member of members) {
      const { fromMs, toMs } = spans[member];
      const own = series.windowSeconds * 1000;
      const first = Math.max(0, Math.ceil((fromMs - startMs) / own - 0.5));
      for (let at = first; at < series.packets.length && startMs + (at + 0.5) * own < toMs; at++) {
        const key = Math.floor((startMs + (at + 0.5) * own) / windowMs);
        const cell = cells.get(key) ?? { packets: 0, bytes: 0, lost: 0, jitter: 0, weight: 0 };
        cells.set(key, cell);
        cell.packets += series.packets[at];
        cell.bytes += series.bytes[at];
        cell.lost += series.lost[at];
        const jitter = series.jitterMs[at];
        if (jitter === null || stream.jitterMs === null) continue;
        cell.jitter += jitter * series.packets[at];
        cell.weight += series.packets[at];
      }
    }
  }
  const list = [...cells.values()];
  const packets = list.map((cell) => cell.packets);
  return {
    lossPercent: spreadOf(
      list.map(({ lost, packets: came }) => (came + lost > 0 ? (100 * lost) / (came + lost) : null)),
      packets,
    ),
    jitterMs: spreadOf(
      list.map(({ jitter, weight }) => (weight > 0 ? jitter / weight : null)),
      packets,
    ),
    bitrateBps: spreadOf(
      list.map(({ bytes }) => (bytes * 8000) / windowMs),
      packets,
    ),
  };
}

const WHY: Readonly<Record<string, string>> = {
  jitterMs: 'no clock rate is known of any stream',
  delayVariationMs: 'no clock rate is known of any stream',
  freezes: 'no video stream',
  freezeMs: 'no video stream',
  mos: 'no audio stream of a codec that the E-model knows',
  forwardingDelayMs: 'no stream was seen on both sides of a forwarder',
  roundTripMs: 'no answered reports or connectivity checks',
  joinMs: 'no session began here',
  joinP95Ms: 'no session began here',
};

function reasons(figures: Readonly<Record<string, number | null>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(figures)) {
    if (value === null) found[name] = figures['packets'] === 0 ? 'no packet' : (WHY[name] ?? 'too short');
  }
  return found;
}

/** Packets of all streams that were seen on both sides of a forwarder. */
function forwardingOf(
  members: readonly number[],
  streams: readonly SegmentedStream[],
  histograms: LogHistograms,
): ForwardingFigures | null {
  const cells = streams.map(({ forwarding }) =>
    members.flatMap((member) => {
      const cell = forwarding.get(member);
      return cell === undefined || cell.followed === 0 ? [] : [cell];
    }),
  );
  const all = cells.flat();
  if (all.length === 0) return null;
  const sum = (of: (cell: ForwardingCell) => number) => all.reduce((total, cell) => total + of(cell), 0);
  const followed = sum((cell) => cell.followed);
  const rows = all.map((cell) => cell.histogram);
  const at = (share: number) => (histograms.quantileOf(rows, share) as number) / 1e6;
  return {
    streams: cells.filter((list) => list.length > 0).length,
    packets: followed,
    followedPercent: (100 * followed) / sum((cell) => cell.packets),
    byPatternPercent: (100 * sum((cell) => cell.byPattern)) / followed,
    meanMs: sum((cell) => cell.sumNs) / followed / 1e6,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: all.reduce((most, cell) => Math.max(most, cell.maxNs), 0) / 1e6,
  };
}
