import {
  type Datagram,
  type ExpressLane,
  elapsedNs,
  FlowTable,
  formatTime,
  linkTypeName,
  PacketDecoder,
  type RecordCursor,
  type Timestamp,
  type WalkedCapture,
} from '../captures/index.ts';
import type { Analysis, CaptureSummary, SessionAnalysis, StreamAnalysis, TrafficSummary } from './analysis.ts';
import { Demultiplexer, Evidence } from './demultiplex/demultiplexer.ts';
import { DtlsObserver } from './dtls/dtls-observer.ts';
import type { CompiledFilter } from './filter/compiled-filter.ts';
import { analysisFindings } from './findings/analysis-findings.ts';
import { ForwardingObserver } from './forwarding/forwarding-observer.ts';
import { IceObserver } from './ice/ice-observer.ts';
import { buildSessions } from './ice/sessions.ts';
import { type LiveStream, liveStream } from './live/live-stream.ts';
import type { PartialAnalysis } from './merge/partial-analysis.ts';
import { partialStream } from './merge/partial-stream.ts';
import { burstRatioOf, type MosEstimate, mosOf } from './mos/mos.ts';
import { lossSide } from './rtcp/loss-side.ts';
import { RtcpObserver } from './rtcp/rtcp-observer.ts';
import { ObservedStreams } from './rtp/observed-streams.ts';
import { speaksForOpus } from './rtp/opus-inference.ts';
import { PayloadKnowledge } from './rtp/payload-facts.ts';
import { pairRepairs } from './rtp/repair-pairing.ts';
import { ROW_FIELDS } from './rtp/rows.ts';
import { RtpStreams } from './rtp/rtp-streams.ts';
import { measureStream, type StreamMeasurement } from './rtp/stream-report.ts';
import { withoutTimes } from './rtp/untimed-stream.ts';
import { Signalling } from './sdp/signalling.ts';
import { analyzeStates } from './states/analyze-states.ts';
import { boundariesOf, type StatePlan } from './states/state-plan.ts';
import { StateSegments } from './states/state-segments.ts';
import { SteadyLane } from './steady/steady-lane.ts';
import { SteadyMemory } from './steady/steady-memory.ts';
import { inSessions, worstFirst } from './stream-order.ts';
import { TurnObserver } from './turn/turn-observer.ts';

export interface AnalyzerOptions {
  /** Which datagrams count; all where not given. */
  readonly filter?: CompiledFilter | null;
  /** Records before and after these moments are left out. A number counts seconds from the first record. */
  readonly from?: Timestamp | number | null;
  readonly to?: Timestamp | number | null;
  /** Length of the windows of the series and of the second throughput figure; 1 s where not given. */
  readonly windowSeconds?: number;
  /** 32 bits that nobody can guess, against captures made to slow down hash tables; changes no outcome. */
  readonly hashSeed?: number;
  /** Flows known at a time, 262,144 where not given; those that something is kept of stay in any case. */
  readonly mostFlows?: number;
  /** Phases and scaling states to tell the figures of, one by one. */
  readonly states?: StatePlan | null;
  /** Makes {@link Analyzer.express}, which reserves 128 MiB of address space; changes no outcome. */
  readonly express?: boolean;
}

/** One analysis: takes records as a walk brings them, and can say at any time what they came to. */
export class Analyzer {
  readonly flows: FlowTable;
  readonly signalling: Signalling;
  /** A faster way for usual packets, to be given to the walk; null where all have to come to {@link record}. */
  readonly express: ExpressLane | null;
  readonly #windowSeconds: number;
  readonly #knowledge: PayloadKnowledge;
  readonly #streams: RtpStreams;
  readonly #demultiplexer: Demultiplexer;
  readonly #decoder: PacketDecoder;
  readonly #rtcp: RtcpObserver;
  readonly #ice: IceObserver;
  readonly #turn: TurnObserver;
  readonly #dtls: DtlsObserver;
  readonly #from: Timestamp | number | null;
  readonly #to: Timestamp | number | null;
  readonly #whole: boolean;
  /** Flows with a datagram that has no time of its own. */
  readonly #untimedFlows = new Set<number>();
  readonly #statePlan: StatePlan | null;
  readonly #segments: StateSegments | null;
  readonly #forwarding: ForwardingObserver | null;
  readonly #rowOf = new Map<string, number>();
  /** Of the last report. */
  #measured: readonly StreamMeasurement[] = [];
  #first: Timestamp | null = null;
  /** Of the last look at them. */
  #translatedStreams = 0;

  constructor(options: AnalyzerOptions = {}) {
    this.#windowSeconds = options.windowSeconds ?? 1;
    this.flows = new FlowTable(options.hashSeed, options.mostFlows);
    this.signalling = new Signalling(this.flows);
    this.#knowledge = new PayloadKnowledge(this.flows, this.signalling.knowledge);
    const usual =
      options.express === true && !options.filter && !options.states && options.from == null && options.to == null;
    const memory = usual ? SteadyMemory.reserve() : null;
    this.#streams = new RtpStreams(
      this.#knowledge,
      this.#windowSeconds,
      (flow) => this.flows.sourceAddress(flow),
      options.hashSeed,
      memory,
    );
    this.#streams.table.flows = this.flows;
    this.flows.onForgotten((flow) => this.#untimedFlows.delete(flow));
    this.#rtcp = new RtcpObserver(this.flows, new ObservedStreams(this.#streams, this.flows));
    this.#ice = new IceObserver(this.flows, (flow, username) => this.#connectivityCheck(flow, username));
    this.#turn = new TurnObserver(this.flows);
    this.#dtls = new DtlsObserver(this.flows);
    const observers = {
      rtcp: this.#rtcp,
      stun: {
        isStun: (datagram: Datagram) => this.#ice.isStun(datagram),
        message: (datagram: Datagram) => {
          this.#ice.message(datagram);
          this.#turn.message(datagram);
        },
      },
      turn: this.#turn,
      dtls: this.#dtls,
      signalling: this.signalling,
    };
    this.#demultiplexer = new Demultiplexer(this.flows, this.#streams, observers, options.filter ?? null);
    this.#from = options.from ?? null;
    this.#to = options.to ?? null;
    this.#whole = this.#from === null && this.#to === null;
    this.#decoder = new PacketDecoder(this.flows, this.#demultiplexer);
    this.#statePlan = options.states ?? null;
    this.#segments =
      this.#statePlan === null
        ? null
        : new StateSegments(boundariesOf(this.#statePlan), this.#streams, (into) => {
            this.#rtcp.addRoundTrips(into);
            this.#ice.addRoundTrips(into);
          });
    const segments = this.#segments;
    this.#forwarding =
      segments === null ? null : new ForwardingObserver(this.flows, this.#streams, () => segments.current);
    this.#demultiplexer.forwarding = this.#forwarding;
    this.express =
      memory === null
        ? null
        : new SteadyLane(memory, this.#streams, this.#demultiplexer, this.#decoder, options.hashSeed ?? 0);
  }

  /** Takes the record at which the cursor stands. */
  record(cursor: RecordCursor, interfaceNumber: number): void {
    if (!this.#whole && !this.#inTime(cursor)) return;
    if (this.#segments !== null && cursor.hasTime) this.#segments.advance(cursor);
    // Rare, and so told to the demultiplexer from outside: datagrams need not carry it.
    if (!cursor.hasTime) this.#demultiplexer.untimedFlows = this.#untimedFlows;
    this.#decoder.packet(cursor, interfaceNumber);
    if (!cursor.hasTime) this.#demultiplexer.untimedFlows = null;
  }

  #inTime(cursor: RecordCursor): boolean {
    if (!cursor.hasTime) return false;
    this.#first ??= { seconds: cursor.seconds, nanoseconds: cursor.nanoseconds };
    return sinceNs(this.#from, this.#first, cursor) >= 0 && sinceNs(this.#to, this.#first, cursor) <= 0;
  }

  /** What the records so far came to. Changes nothing: more may follow. */
  report(walked: readonly WalkedCapture[]): Analysis {
    const timeDigits = Math.max(0, ...walked.map((capture) => capture.timeDigits));
    // A walk hands on no time that ISO 8601 cannot write.
    const timeText = (time: Timestamp) => formatTime(time, timeDigits) ?? '';
    const captures = walked.map((capture) => summaryOf(capture, timeDigits));
    const measurements = this.#measure(timeDigits);
    this.#measured = measurements;
    const measured = measurements.map((measurement) => this.#complete(measurement));
    const ice = this.#ice.report(timeText);
    const dtls = this.#dtls.report(timeText);
    const sessions = buildSessions(ice.pairs, dtls.handshakes, measured);
    const streams = inSessions(measured, sessions).sort(worstFirst);
    const turn = this.#turn.report(timeText);
    const rtcp = this.#rtcp.report(timeText);
    const sip = this.signalling.report(timeDigits);
    const traffic = this.#traffic();
    const body = { captures, streams, rtcp, ice, turn, dtls, sip, sessions };
    return {
      schema: 'rtcscope.analysis/1',
      ...body,
      findings: analysisFindings({ ...body, traffic }),
      traffic,
      windowSeconds: this.#windowSeconds,
      ...this.#states(streams, sessions, captures),
    };
  }

  /** The same, with what it takes to add it to the analysis of other captures. */
  partial(walked: readonly WalkedCapture[]): PartialAnalysis {
    const analysis = this.report(walked);
    const streams = Object.fromEntries(
      [...this.#measured.values()].map((measurement) => {
        const row = this.#rowOf.get(measurement.id) as number;
        return [measurement.id, partialStream(this.#streams, row, measurement)];
      }),
    );
    return { schema: 'rtcscope.partial/1', analysis, streams };
  }

  /** What the streams came to so far, for a look at them while they run; in the order of appearance. */
  live(): LiveStream[] {
    return this.#believedRows().map((row) => {
      const isWebRtc =
        (this.#demultiplexer.evidence(this.#streams.table.flow(row)) & (Evidence.stun | Evidence.dtls)) !== 0;
      return liveStream(this.#streams, row, this.flows, this.#knowledge, isWebRtc);
    });
  }

  /**
   * Forgets streams that are over, so that a look at them may go on for days. Without states and the express lane only.
   *
   * @param seconds since 1970: who sent nothing since then is over.
   */
  forgetSilentSince(seconds: number): void {
    for (const row of this.#streams.rowsInOrder()) {
      const { startSeconds, endNs } = this.#streams.times(row);
      if (startSeconds + endNs / 1e9 < seconds) this.#streams.forget(row);
    }
  }

  #states(
    streams: readonly StreamAnalysis[],
    sessions: readonly SessionAnalysis[],
    captures: readonly CaptureSummary[],
  ): Pick<Analysis, 'states' | 'stateGroups'> {
    if (this.#statePlan === null || this.#segments === null) return {};
    const rowOf = (id: string) => this.#rowOf.get(id) as number;
    const { states, groups } = analyzeStates(
      this.#statePlan,
      this.#segments,
      this.#streams,
      this.#forwarding?.delays ?? null,
      rowOf,
      streams,
      sessions,
      captures,
    );
    return { states, stateGroups: groups };
  }

  #connectivityCheck(flow: number, username: string): void {
    const { flows } = this;
    this.signalling.knowledge.addConnectivityCheck(
      flows.sourceAddress(flow),
      flows.sourcePort(flow),
      flows.destinationAddress(flow),
      flows.destinationPort(flow),
      username,
    );
  }

  #measure(timeDigits: number): StreamMeasurement[] {
    const streams = this.#streams;
    const rows = this.#believedRows();
    const captureLosses = streams.captureLoss.suspected();
    const measurements = new Map<number, StreamMeasurement>();
    for (const [index, row] of rows.entries()) {
      const received = streams.sequence.summary(row, row * ROW_FIELDS).received;
      const facts = this.#knowledge.facts(streams, row, received);
      this.#rowOf.set(`s${index + 1}`, row);
      measurements.set(row, measureStream(`s${index + 1}`, streams, row, this.flows, facts, timeDigits, captureLosses));
    }
    const pairs = pairRepairs(
      [...measurements].map(([row, { ssrc, packets, payloadTypes, clockRate }]) => ({
        clockRate,
        row,
        ssrc,
        packets,
        payloadTypes,
        flow: streams.table.flow(row),
        startSeconds: streams.times(row).startSeconds,
        samples: streams.samples(row),
      })),
    );
    for (const [row, repaired] of pairs) {
      const measurement = measurements.get(row) as StreamMeasurement;
      // SDP says more surely than the packets.
      if (measurement.kindSource === 'sdp' || measurement.repairsSsrc !== null) continue;
      measurements.set(row, {
        ...measurement,
        kind: 'rtx',
        kindSource: 'rtx-pairing',
        repairsSsrc: repaired,
        repairsSource: 'packets',
        // A retransmission carries the timestamp of what it repeats (RFC 4588, 4): no clock of its own to be late by.
        jitterMs: null,
        delayVariationMs: null,
        clockSkewPpm: null,
        video: null,
        audio: null,
      });
    }
    return [...measurements.values()].map((stream) =>
      this.#untimedFlows.has(stream.flow) ? withoutTimes(stream) : stream,
    );
  }

  /** Sources that proved themselves, and those of a flow on which another protocol vouches for them. */
  #believedRows(): number[] {
    const rows = this.#streams.rowsInOrder().filter((row) => this.#streams.isProved(row) || this.#vouched(row));
    this.#translatedStreams = 0;
    if (!this.#ice.translated.any) return rows;
    const seenTwice = this.#seenTwice(rows);
    this.#translatedStreams = seenTwice.size;
    return rows.filter((row) => !seenTwice.has(row));
  }

  /** Streams that were captured before and after an address translation: of both the one with fewer packets. */
  #seenTwice(rows: readonly number[]): ReadonlySet<number> {
    const { table, sequence } = this.#streams;
    const keyOf = (row: number, flow: number) => `${flow} ${table.ssrc(row)}`;
    const rowOf = new Map(rows.map((row) => [keyOf(row, table.flow(row)), row]));
    const received = (row: number) => sequence.summary(row, row * ROW_FIELDS).received;
    const twice = new Set<number>();
    for (const row of rows) {
      const first = this.#ice.translated.firstOf(table.flow(row));
      const other = first < 0 ? undefined : rowOf.get(keyOf(row, first));
      if (other === undefined) continue;
      twice.add(received(row) > received(other) ? other : row);
    }
    return twice;
  }

  #vouched(row: number): boolean {
    const flow = this.#streams.table.flow(row);
    const evidence = this.#demultiplexer.evidence(flow);
    if ((evidence & (Evidence.stun | Evidence.dtls)) !== 0) return true;
    const { flows } = this;
    const sdp = this.signalling.knowledge;
    return sdp.vouches(flows.destinationAddress(flow), flows.destinationPort(flow));
  }

  #complete(measured: StreamMeasurement): StreamAnalysis {
    const { flow, encryptedBySdp } = measured;
    const webRtc = (this.#demultiplexer.evidence(flow) & (Evidence.stun | Evidence.dtls)) !== 0;
    const opus = speaksForOpus(measured, webRtc);
    const codec = opus ? 'opus' : measured.codec;
    const opinion = meanOpinion(measured, codec);
    const encrypted = encryptedBySdp ?? this.#encrypted(flow);
    // One by one: V8 makes what is spread over so many members into a hash table, four times as large.
    return {
      id: measured.id,
      source: measured.source,
      destination: measured.destination,
      transport: measured.transport,
      relayedPeer: measured.relayedPeer,
      ssrc: measured.ssrc,
      payloadTypes: measured.payloadTypes,
      kind: measured.kind,
      kindSource: measured.kindSource,
      clockRate: measured.clockRate,
      clockRateSource: measured.clockRateSource,
      clockRateConfidence: measured.clockRateConfidence,
      startTime: measured.startTime,
      endTime: measured.endTime,
      durationSeconds: measured.durationSeconds,
      packets: measured.packets,
      bytes: measured.bytes,
      expected: measured.expected,
      lost: measured.lost,
      lostPercent: measured.lostPercent,
      duplicates: measured.duplicates,
      copies: measured.copies,
      late: measured.late,
      reordered: measured.reordered,
      reorderingExtent: measured.reorderingExtent,
      restarts: measured.restarts,
      bursts: measured.bursts,
      jitterMs: measured.jitterMs,
      delayVariationMs: measured.delayVariationMs,
      deltaMs: measured.deltaMs,
      clockSkewPpm: measured.clockSkewPpm,
      bitrateBps: measured.bitrateBps,
      bitrateWindowBps: measured.bitrateWindowBps,
      packetRate: measured.packetRate,
      audio: measured.audio,
      headerExtensions: measured.headerExtensions,
      repairsSsrc: measured.repairsSsrc,
      repairsSource: measured.repairsSource,
      suspectedCaptureLoss: measured.suspectedCaptureLoss,
      wiresharkFilter: measured.wiresharkFilter,
      series: measured.series,
      codec,
      codecSource: opus ? 'inferred' : measured.codecSource,
      video: measured.video === null || encrypted !== true ? measured.video : { ...measured.video, keyFrames: null },
      encrypted,
      cname: this.#rtcp.cnameOf(flow, measured.ssrc),
      mos: opinion?.mos ?? null,
      mosBasis: opinion?.basis ?? null,
      reported: this.#rtcp.reportedOf(measured.ssrc, flow, measured.clockRate),
      lossSide: this.#lossSide(measured),
      session: null,
    };
  }

  /** DTLS on the flow means SRTP (RFC 5764); so does RTCP that is encrypted. */
  #encrypted(flow: number): boolean | null {
    if ((this.#demultiplexer.evidence(flow) & Evidence.dtls) !== 0) return true;
    const reverse = this.flows.reverseOf(flow);
    return this.#rtcp.isEncrypted(flow) ?? (reverse < 0 ? null : this.#rtcp.isEncrypted(reverse));
  }

  #lossSide({ ssrc, flow, lost, expected }: StreamMeasurement): StreamAnalysis['lossSide'] {
    const reception = this.#rtcp.receptionsOf(ssrc, flow)[0];
    // The same numbers on both sides, where reports and media met; the whole of both otherwise.
    const comparison = reception?.mediaFlow === flow ? reception.comparison() : null;
    if (comparison !== null) return lossSide(comparison);
    const interval = reception?.interval() ?? null;
    if (interval === null) return null;
    return lossSide({
      observedLost: lost,
      observedExpected: expected,
      reportedLost: interval.lost,
      reportedExpected: interval.expected,
    });
  }

  #traffic(): TrafficSummary {
    const counts = this.#demultiplexer.counts();
    const rows = this.#streams.rowsInOrder();
    const believed = this.#believedRows().length;
    return {
      packets: this.#decoder.packets,
      datagrams: this.#decoder.datagrams,
      flows: this.flows.seen,
      protocols: counts,
      undecoded: this.#decoder.undecoded() as Record<string, number>,
      rejectedSources: this.#streams.forgotten + rows.length - believed - this.#translatedStreams,
      translatedStreams: this.#translatedStreams,
      streamsLeftOut: this.#streams.leftOut,
      flowsForgotten: this.flows.forgotten,
      datagramsFiltered: this.#demultiplexer.filtered,
    };
  }
}

function meanOpinion(stream: StreamMeasurement, codec: string | null): MosEstimate | null {
  const { kind, audio, sequence, lostPercent, durationSeconds, delayVariationMs } = stream;
  // Without times nothing is known of delay, which counts for half of the score.
  if (kind !== 'audio' || codec === null || durationSeconds === null) return null;
  const { lost, expected, bursts } = sequence;
  return mosOf({
    codec,
    lossPercent: lostPercent,
    burstRatio: burstRatioOf(lost, bursts?.runs ?? 0, expected),
    packetTimeMs: audio?.packetTimeMs ?? null,
    oneWayDelayMs: null,
    delayVariationMs: delayVariationMs?.p95 ?? null,
  });
}

/** Nanoseconds from a bound to a record; what has no bound is met by every record. */
function sinceNs(bound: Timestamp | number | null, first: Timestamp, record: Timestamp): number {
  if (bound === null) return 0;
  return typeof bound === 'number' ? elapsedNs(first, record) - bound * 1e9 : elapsedNs(bound, record);
}

/** As `rtcscope capture` and an SFU's tap write it into the section. */
const USER_SPACE = /^(clock: time stamps in user space|Tap of an SFU: times are of the process \(user space\))/;

const isInUserSpace = ({ sections }: WalkedCapture): boolean =>
  sections.some(({ comments }) => comments.some((comment) => USER_SPACE.test(comment)));

function summaryOf(walked: WalkedCapture, timeDigits: number): CaptureSummary {
  return {
    path: walked.path,
    format: walked.format,
    linkTypes: walked.linkTypes.map(linkTypeName),
    packets: walked.packets,
    bytes: walked.bytes,
    startTime: walked.start === null ? null : formatTime(walked.start, timeDigits),
    endTime: walked.end === null ? null : formatTime(walked.end, timeDigits),
    truncated: walked.truncated,
    droppedByCapture: walked.droppedPackets,
    timesInUserSpace: isInUserSpace(walked),
    interfaces: walked.interfaces.map(({ description, packets }) => ({
      name: description.name,
      linkType: linkTypeName(description.linkType),
      packets,
    })),
    problems: walked.problems,
  };
}

/** Streams that a person hears or sees come before those that repair them; then by loss, jitter and size. */
