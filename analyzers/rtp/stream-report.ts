import { type FlowTable, formatTime, Transport } from '../../captures/index.ts';
import type {
  AudioAnalysis,
  BurstAnalysis,
  HeaderExtensionUse,
  StreamAnalysis,
  StreamSeries,
  VideoAnalysis,
} from '../analysis.ts';
import { DELAY_CLASSES_MS, type DelaySummary } from './delay-summary.ts';
import { deltaMs } from './delta.ts';
import { EXTENSION_IDS } from './header-extension-counts.ts';
import { jitterMs } from './jitter.ts';
import type { PayloadFacts } from './payload-facts.ts';
import { ROW_FIELDS } from './rows.ts';
import type { RtpStreams } from './rtp-streams.ts';
import type { SequenceSummary } from './sequence.ts';
import { SeriesField } from './series.ts';
import { silences } from './silences.ts';

/** Nearly all packets twice at one and the same capture point: a mirror port, not a network that repeats itself. */
const MIRRORED_SHARE = 0.9;
const MIRRORED_FEWEST = 10;
const TRANSPORT_NAMES = {
  [Transport.udp]: 'udp',
  [Transport.tcp]: 'tcp',
  [Transport.turnUdp]: 'turn-udp',
  [Transport.turnTcp]: 'turn-tcp',
} as const;

export function transportName(transport: Transport): StreamAnalysis['transport'] {
  return TRANSPORT_NAMES[transport];
}

/** What the packets of one stream alone say; what other protocols know of it is added by the caller. */
export type StreamMeasurement = Omit<
  StreamAnalysis,
  'cname' | 'mos' | 'mosBasis' | 'reported' | 'lossSide' | 'session' | 'encrypted'
> & { readonly sequence: SequenceSummary; readonly flow: number; readonly encryptedBySdp: boolean | null };

/**
 * Sums up one stream.
 *
 * @param timeDigits decimal places of the capture's times.
 * @param captureLosses packets that the capture is suspected to have lost, by row.
 */
export function measureStream(
  id: string,
  streams: RtpStreams,
  row: number,
  flows: FlowTable,
  facts: PayloadFacts,
  timeDigits: number,
  captureLosses: ReadonlyMap<number, number>,
): StreamMeasurement {
  const flow = streams.table.flow(row);
  const ssrc = streams.table.ssrc(row);
  const fields = streams.rows.fields;
  const at = row * ROW_FIELDS;
  const times = streams.times(row);
  const timeOf = (ns: number) =>
    formatTime(
      { seconds: times.startSeconds + Math.floor(ns / 1e9), nanoseconds: ((ns % 1e9) + 1e9) % 1e9 },
      timeDigits,
    );
  const sequence = streams.sequence.summary(row, at);
  const packets = sequence.received;
  const durationNs = times.endNs - times.startNs;
  const settled = streams.settleClockRates(row, facts.inferredRate ?? 0);
  const clockKnown = facts.clockRate !== null && settled;
  const jitter = clockKnown ? jitterMs(fields, at, streams.jitterQuantileNs(row, 0.95)) : null;
  const delay = facts.clockRate === null ? null : streams.delaySummary(row, 1e9 / facts.clockRate);
  const bytes = streams.bytes(row);
  const ofWindows = streams.windows.throughput.summaryBps(row, at);
  const bySecond =
    streams.windows.throughputBySecond === null
      ? ofWindows
      : streams.windows.throughputBySecond.throughput.summaryBps(row, at);
  const { duplicates, copies } = splitRepeats(sequence.duplicates, streams.copies(row), packets);
  return {
    id,
    source: flows.source(flow),
    destination: flows.destination(flow),
    transport: transportName(flows.transport(flow)),
    relayedPeer: flows.relayedPeer(flow),
    ssrc,
    payloadTypes: facts.payloadTypes,
    kind: facts.kind,
    kindSource: facts.kindSource,
    codec: facts.codec,
    codecSource: facts.codecSource,
    clockRate: facts.clockRate,
    clockRateSource: facts.clockRateSource,
    clockRateConfidence: facts.clockRateConfidence,
    startTime: timeOf(times.startNs),
    endTime: timeOf(times.endNs),
    durationSeconds: durationNs / 1e9,
    packets,
    bytes,
    expected: sequence.expected,
    lost: sequence.lost,
    lostPercent: sequence.expected > 0 ? (sequence.lost / sequence.expected) * 100 : 0,
    duplicates,
    copies,
    late: sequence.late,
    reordered: sequence.late,
    reorderingExtent: sequence.reorderingExtent,
    restarts: sequence.restarts,
    bursts: burstAnalysis(sequence, timeOf),
    jitterMs: jitter,
    delayVariationMs: delay === null ? null : delayQuantiles(delay),
    deltaMs: deltaMs(fields, at, times.previousNs - times.startNs, packets),
    clockSkewPpm: delay?.skewPpm ?? null,
    bitrateBps: {
      mean: durationNs > 0 ? (bytes * 8e9) / durationNs : null,
      max: bySecond?.max ?? null,
      p95: bySecond?.p95 ?? null,
    },
    bitrateWindowBps: { max: ofWindows?.max ?? null, p95: ofWindows?.p95 ?? null },
    packetRate: durationNs > 0 ? ((packets - 1) * 1e9) / durationNs : null,
    video: facts.kind === 'video' ? videoAnalysis(streams, row, at) : null,
    audio: facts.kind === 'audio' ? audioAnalysis(fields, at, facts) : null,
    headerExtensions: headerExtensions(streams, row, facts),
    repairsSsrc: facts.repairsSsrc,
    repairsSource: facts.repairsSource,
    suspectedCaptureLoss: sequence.lost === 0 ? 0 : Math.min(1, (captureLosses.get(row) ?? 0) / sequence.lost),
    wiresharkFilter: wiresharkFilter(flows, flow, ssrc),
    series: seriesOf(streams, row, timeOf, times.startNs, delay),
    sequence,
    flow,
    encryptedBySdp: facts.encrypted,
  };
}

/** Where nearly every packet came twice with no point to tell the two apart, the capture saw each twice. */
function splitRepeats(repeats: number, copies: number, packets: number): { duplicates: number; copies: number } {
  const duplicates = repeats - copies;
  const mirrored = packets >= MIRRORED_FEWEST && duplicates >= packets * MIRRORED_SHARE;
  return mirrored ? { duplicates: 0, copies: repeats } : { duplicates, copies };
}

function burstAnalysis(sequence: SequenceSummary, timeOf: (ns: number) => string | null): BurstAnalysis | null {
  const { bursts, expected, lost } = sequence;
  if (bursts === null || lost === 0) return null;
  const gapPackets = expected - bursts.packetsInBursts;
  return {
    bursts: bursts.bursts,
    burstDensity: bursts.packetsInBursts === 0 ? 0 : bursts.lostInBursts / bursts.packetsInBursts,
    gapDensity: gapPackets === 0 ? 0 : bursts.lostInGaps / gapPackets,
    burstDurationMs: bursts.bursts === 0 ? 0 : bursts.burstNs / bursts.bursts / 1e6,
    gapDurationMs: bursts.bursts < 2 ? 0 : bursts.gapNs / (bursts.bursts - 1) / 1e6,
    longestLoss: bursts.longestLoss,
    longestLossTime: bursts.longestLoss === 0 ? null : timeOf(bursts.longestLossNs),
    worst: bursts.worst.map(({ beforeNs, afterNs, lost, packets }) => ({
      time: timeOf(beforeNs) ?? '',
      durationMs: Math.max(0, afterNs - beforeNs) / 1e6,
      lost,
      packets,
    })),
  };
}

function delayQuantiles({ meanNs, maxNs, quantilesNs }: DelaySummary) {
  const [p50, p95, p99] = quantilesNs;
  return { mean: meanNs / 1e6, max: maxNs / 1e6, p50: p50 / 1e6, p95: p95 / 1e6, p99: p99 / 1e6 };
}

function videoAnalysis(streams: RtpStreams, row: number, at: number): VideoAnalysis {
  const frames = streams.frames.summary(row, at);
  const packets = streams.sequence.summary(row, at).received;
  const spanNs = frames.lastNs - frames.firstNs;
  return {
    frames: frames.frames,
    frameRate: frames.frames > 1 && spanNs > 0 ? ((frames.frames - 1) * 1e9) / spanNs : null,
    frameBytes: { mean: frames.meanBytes, p95: frames.p95Bytes, max: frames.maxBytes },
    packetsPerFrame: packets / frames.frames,
    freezes: frames.freezes,
    freezeMs: frames.freezeNs / 1e6,
    longestFreezeMs: frames.longestFreezeNs / 1e6,
    damagedFrames: frames.damaged,
    keyFrames: streams.keyFrames.count(row),
  };
}

function audioAnalysis(fields: Float64Array, at: number, facts: PayloadFacts): AudioAnalysis {
  const { usualTicks, pauses, pausedTicks } = silences(fields, at);
  const rate = facts.clockRate;
  return {
    packetTimeMs: rate === null || usualTicks === 0 ? null : (usualTicks * 1000) / rate,
    silences: pauses,
    silenceMs: rate === null ? 0 : (pausedTicks * 1000) / rate,
    comfortNoisePackets: facts.comfortNoisePackets,
    telephoneEvents: facts.telephoneEvents,
  };
}

function headerExtensions(streams: RtpStreams, row: number, facts: PayloadFacts): HeaderExtensionUse[] {
  const uses: HeaderExtensionUse[] = [];
  for (let id = 1; id < EXTENSION_IDS; id++) {
    const packets = streams.headerExtensions.packets(row, id);
    if (packets > 0) uses.push({ id, uri: facts.extensions.get(id) ?? null, packets });
  }
  return uses;
}

/** The display filter that selects the stream. Wireshark knows no RTP inside TURN until it has decoded it so: then too. */
function wiresharkFilter(flows: FlowTable, flow: number, ssrc: number): string {
  const ip = flows.isIpv6(flow) ? 'ipv6' : 'ip';
  const transport = flows.transport(flow);
  const port = transport === Transport.tcp || transport === Transport.turnTcp ? 'tcp' : 'udp';
  return [
    `${ip}.src == ${flows.sourceAddress(flow)}`,
    `${port}.srcport == ${flows.sourcePort(flow)}`,
    `${ip}.dst == ${flows.destinationAddress(flow)}`,
    `${port}.dstport == ${flows.destinationPort(flow)}`,
    `rtp.ssrc == 0x${ssrc.toString(16).padStart(8, '0')}`,
  ].join(' && ');
}

function seriesOf(
  streams: RtpStreams,
  row: number,
  timeOf: (ns: number) => string | null,
  startNs: number,
  delay: DelaySummary | null,
): StreamSeries {
  const series = streams.windows.series(row);
  const { length } = series;
  const column = (field: number): number[] => {
    const values = new Array<number>(length);
    for (let window = 0; window < length; window++) values[window] = series.value(window, field);
    return values;
  };
  const counts = column(SeriesField.jitterCount);
  const sums = column(SeriesField.jitterSumNs);
  const maxima = column(SeriesField.jitterMaxNs);
  return {
    startTime: timeOf(startNs),
    windowSeconds: (streams.windows.lengthNs / 1e9) * series.factor,
    packets: column(SeriesField.packets),
    bytes: column(SeriesField.bytes),
    lost: column(SeriesField.lost),
    // To the nanosecond: no capture knows times better, and digits beyond them are what a long series mostly consists of.
    jitterMs: counts.map((count, window) => (count === 0 ? null : Math.round(sums[window] / count) / 1e6)),
    maxJitterMs: counts.map((count, window) => (count === 0 ? null : Math.round(maxima[window]) / 1e6)),
    delayHistogram: delayHistogram(delay, streams.samples(row).stride),
  };
}

function delayHistogram(delay: DelaySummary | null, stride: number): StreamSeries['delayHistogram'] {
  if (delay === null) return { upperMs: [], packets: [] };
  const upperMs = [...DELAY_CLASSES_MS, Math.max(delay.maxNs / 1e6, DELAY_CLASSES_MS[DELAY_CLASSES_MS.length - 1])];
  return {
    upperMs: upperMs.slice(0, delay.classes.length),
    packets: delay.classes.map((samples) => samples * stride),
  };
}
