import { Datagram } from '../../captures/index.ts';
import type { FirstRows } from '../statistics/log-histogram.ts';
import { ArrivalSamples, type SampleColumns, sampleLimit } from './arrival-samples.ts';
import { CaptureLoss, SHOWS_HOLES_SECONDS } from './capture-loss.ts';
import { type ClockColumns, ClockRateSampler } from './clock-rate-inference.ts';
import { type DelaySummary, summariseDelays } from './delay-summary.ts';
import { delayVariation } from './delay-variation.ts';
import { addDelta, startDeltas } from './delta.ts';
import { Frames } from './frames.ts';
import { HeaderExtensionCounts } from './header-extension-counts.ts';
import { addJitter, breakJitter, clearJitter } from './jitter.ts';
import { KeyFrames } from './key-frames.ts';
import { PayloadTypes } from './payload-types.ts';
import { Probation } from './probation.ts';
import { KEPT_AT, NOW_NS, ROW_FIELDS, Rows, STREAM_AT, STREAM_RARE_AT } from './rows.ts';
import { CSRC_COUNT, EXTENSION, FIXED_HEADER_BYTES, headerFits, looksLikeEvent, PADDING } from './rtp-header.ts';
import { Arrival, highestTimestamp, placeNext, type RangeMemory, received, Sequence } from './sequence.ts';
import { addStep } from './silences.ts';
import { StreamTable } from './stream-table.ts';
import {
  addWindowJitter,
  StreamWindows,
  WINDOW_BASE,
  WINDOW_BYTES,
  WINDOW_END_NS,
  WINDOW_PACKETS,
  type WindowMemory,
} from './stream-windows.ts';

/** Streams at a time, those in probation included: at some 4 KiB each. For one more, a short one goes. */
const MOST_STREAMS = 65_536;
/** Of how many streams the shortest is the one that goes. */
const COMPARED = 16;
/** The clock rate is asked for at so many packets, and at each doubling after. */
const FIRST_INFERENCE = 64;
/** Below this an inferred clock rate waits for more packets. */
const CONFIDENT = 0.9;

/** Arrival of the stream's last packet, in ns since START_SECONDS. */
const PREVIOUS_NS = STREAM_AT;
/** Whole second of the first packet: arrivals count from it, and so are exact whatever the capture's span. */
const START_SECONDS = STREAM_AT + 1;
const END_NS = STREAM_AT + 2;
const BYTES = STREAM_AT + 3;
/** Length of a timestamp tick of the payload type at hand; 0 where jitter is not counted. */
const NS_PER_TICK = STREAM_AT + 4;
const SAMPLE_SKIP = STREAM_AT + 5;
const PAYLOAD_TYPE = STREAM_AT + 6;
const POINT = STREAM_AT + 7;

const START_NS = STREAM_RARE_AT;
const PROVED = STREAM_RARE_AT + 1;
const COPIES = STREAM_RARE_AT + 2;
const ORDER = STREAM_RARE_AT + 3;
const HELD_NS = STREAM_RARE_AT + 4;
const HELD_BYTES = STREAM_RARE_AT + 5;
const HELD_TIMESTAMP = STREAM_RARE_AT + 6;
const NEXT_INFERENCE = STREAM_RARE_AT + 7;
/** Tick of the payload types that neither SDP nor the static table knows, once inferred. */
const INFERRED_NS_PER_TICK = STREAM_RARE_AT + 8;
/** 1 while the payload type at hand is one whose clock rate is to be inferred. */
const INFERS = STREAM_RARE_AT + 9;
/** 1 once the stream is known to be audio, which has no frames to be counted. */
const IS_AUDIO = STREAM_RARE_AT + 10;

/** For the usual packet's path: samples that fit before the columns change, their stride, and 1 once no packet tells more of the clock. */
const SAMPLE_ROOM = STREAM_RARE_AT + 11;
const SAMPLE_STRIDE = STREAM_RARE_AT + 12;
const CLOCK_SETTLED = STREAM_RARE_AT + 13;
/** What payloads are looked into for, as `Watch` has it. */
const WATCHED = STREAM_RARE_AT + 14;
const SAMPLE_COUNT = KEPT_AT;

/** Tells what is known of a stream from outside its packets. */
export interface RateSource {
  /**
   * Clock rate in Hz by SDP or the static table, 0 where neither knows, -1 for telephone events (RFC 4733): all packets
   * of an event carry the timestamp of its beginning, which says nothing of when they were sent.
   */
  clockRate(flow: number, ssrc: number, payloadType: number): number;
  isAudio(flow: number, ssrc: number, payloadType: number): boolean;
  /** As SDP or the static table names it; null where neither does. */
  codec(flow: number, ssrc: number, payloadType: number): string | null;
}

/** Sums up the first `count` samples of the rows that {@link StreamMemory} has samples of. */
export interface SampleFigures {
  /** As {@link ArrivalSamples.jitterQuantileNs}. */
  jitterQuantileNs(row: number, count: number, share: number): number | null;
  /** @param count two or more. */
  delaySummary(row: number, count: number, nsPerTick: number): DelaySummary;
}

/** Memory to keep streams in that others write to as well. */
export interface StreamMemory extends RangeMemory, WindowMemory {
  /** As many rows as there can be, all zero. */
  readonly rows: Float64Array;
  readonly clocks: ClockColumns;
  readonly frameSizes: FirstRows;
  /** How many of the first rows have their samples, series and missing ranges here. */
  readonly sampledRows: number;
  samples(row: number): SampleColumns;
}

/**
 * All RTP streams of a capture: takes packets one by one, keeps what the report needs of each. A packet in order touches
 * one row of numbers and allocates nothing.
 */
export class RtpStreams {
  readonly table: StreamTable;
  readonly rows: Rows;
  readonly sequence: Sequence;
  readonly windows: StreamWindows;
  readonly frames: Frames;
  readonly keyFrames: KeyFrames;
  readonly payloadTypes = new PayloadTypes();
  readonly sampler: ClockRateSampler;
  readonly headerExtensions = new HeaderExtensionCounts();
  readonly captureLoss: CaptureLoss;
  /** RTP packets whose header contradicts their length. */
  malformed = 0;
  /** Sources that did not prove themselves in time and were forgotten. */
  forgotten = 0;
  /** Streams that proved themselves and were dropped all the same, since there were too many. */
  leftOut = 0;
  /** Row of the last packet taken, -1 where that was none of a stream. */
  lastRow = -1;
  /** Told of rows whose stream is forgotten. */
  onRelease: ((row: number) => void) | null = null;

  /** Told the row whose jitter was counted anew. */
  onRecount: ((row: number) => void) | null = null;

  /** Sums up faster what lies in shared memory. */
  figures: SampleFigures | null = null;

  readonly #memory: StreamMemory | null;
  readonly #sampledRows: number;
  readonly #rates: RateSource;
  readonly #samples: ArrivalSamples[] = [];
  #appeared = 0;
  readonly #probation = new Probation();
  readonly #payload = new Datagram();
  /** Where the search for a short stream went last. */
  #hand = 0;

  /**
   * @param windowSeconds length of the series' windows, for which throughput is summed up as well.
   * @param sender some name of a flow's source address, equal for equal addresses.
   * @param hashSeed see {@link StreamTable}. @param memory where streams are to be kept; in memory of their own where not given.
   */
  constructor(
    rates: RateSource,
    windowSeconds: number,
    sender: (flow: number) => string,
    hashSeed = 0,
    memory: StreamMemory | null = null,
  ) {
    const rows = new Rows(memory?.rows);
    this.#memory = memory;
    this.#sampledRows = memory?.sampledRows ?? 0;
    this.rows = rows;
    this.sequence = new Sequence(rows, memory);
    this.frames = new Frames(rows, memory?.frameSizes);
    this.keyFrames = new KeyFrames(rows);
    this.table = new StreamTable(hashSeed);
    this.#rates = rates;
    this.captureLoss = new CaptureLoss({
      countRunning: (sinceSeconds, untilSeconds) => this.#countRunning(sinceSeconds, untilSeconds),
      sender: (row) => sender(this.table.flow(row)),
    });
    this.sampler = new ClockRateSampler(memory?.clocks);
    this.windows = new StreamWindows(rows, windowSeconds, memory);
  }

  /**
   * Takes a datagram whose first bits say RTP version 2 and whose second byte is no RTCP type.
   *
   * @returns the stream's row, -1 where the packet is not RTP after all.
   */
  packet(datagram: Datagram): number {
    const row = this.#packet(datagram);
    this.lastRow = row;
    if (row >= 0) this.rows.fields[row * ROW_FIELDS + WATCHED] = this.keyFrames.watch(row);
    return row;
  }

  #packet(datagram: Datagram): number {
    const bytes = datagram.bytes;
    const start = datagram.offset;
    if (datagram.capturedLength < FIXED_HEADER_BYTES) return -1;
    const first = bytes[start];
    if ((first & (PADDING | EXTENSION | CSRC_COUNT)) !== 0 && !headerFits(datagram, first)) {
      this.malformed++;
      return -1;
    }
    const second = bytes[start + 1];
    const sequenceNumber = (bytes[start + 2] << 8) | bytes[start + 3];
    const timestamp = (bytes[start + 4] << 24) | (bytes[start + 5] << 16) | (bytes[start + 6] << 8) | bytes[start + 7];
    const ssrc = (bytes[start + 8] << 24) | (bytes[start + 9] << 16) | (bytes[start + 10] << 8) | bytes[start + 11];
    const row = this.table.find(datagram.flow, ssrc);
    if (row < 0) return this.#begin(datagram, ssrc, sequenceNumber, timestamp, second);
    this.#packetOf(row, datagram, first, second, sequenceNumber, timestamp);
    return row;
  }

  /** Takes a further packet of a stream that is known, whose header fits its length. */
  packetOf(row: number, datagram: Datagram): void {
    const { bytes, offset } = datagram;
    const number = (bytes[offset + 2] << 8) | bytes[offset + 3];
    const timestamp =
      (bytes[offset + 4] << 24) | (bytes[offset + 5] << 16) | (bytes[offset + 6] << 8) | bytes[offset + 7];
    this.#packetOf(row, datagram, bytes[offset], bytes[offset + 1], number, timestamp);
    this.rows.fields[row * ROW_FIELDS + WATCHED] = this.keyFrames.watch(row);
  }

  #packetOf(
    row: number,
    datagram: Datagram,
    first: number,
    second: number,
    sequenceNumber: number,
    timestamp: number,
  ): void {
    const fields = this.rows.fields;
    const at = row * ROW_FIELDS;
    fields[at + NOW_NS] = (datagram.seconds - fields[at + START_SECONDS]) * 1e9 + datagram.nanoseconds;
    const step = (timestamp - highestTimestamp(fields, at)) | 0;
    const payloadType = second & 0x7f;
    if (payloadType !== fields[at + PAYLOAD_TYPE]) this.#payloadTypeChanges(row, at, datagram, payloadType);
    if (placeNext(fields, at, sequenceNumber, timestamp)) {
      fields[at + PROVED] = 1;
      addStep(fields, at, step);
      this.#count(row, fields, at, timestamp, datagram.length);
      this.#media(row, fields, at, timestamp, second >>> 7, datagram.length, 0);
      fields[at + POINT] = datagram.observationPoint;
    } else if (!this.#outOfLine(row, at, datagram, sequenceNumber, timestamp, second)) {
      return;
    }
    if ((first & EXTENSION) !== 0) this.#extension(row, datagram, first);
    if (this.keyFrames.watches(row)) this.keyFrames.packet(row, datagram, timestamp);
  }

  /** What every unique packet adds, in order or late. */
  #count(row: number, fields: Float64Array, at: number, timestamp: number, length: number): void {
    const arrivalNs = fields[at + NOW_NS];
    const deltaNs = arrivalNs - fields[at + PREVIOUS_NS];
    fields[at + PREVIOUS_NS] = arrivalNs;
    fields[at + BYTES] += length;
    addDelta(fields, at, deltaNs);
    // Without branches here: one that is rarely taken would have the compiled code thrown away when it is.
    fields[at + END_NS] = Math.max(fields[at + END_NS], arrivalNs);
    if (arrivalNs >= fields[at + WINDOW_END_NS]) this.windows.roll(row, at, arrivalNs);
    fields[at + WINDOW_PACKETS]++;
    fields[at + WINDOW_BYTES] += length;
    const { throughputBySecond } = this.windows;
    if (throughputBySecond !== null) throughputBySecond.packet(row, at, arrivalNs, length);
    const nsPerTick = fields[at + NS_PER_TICK];
    let jitterNs = -1;
    if (nsPerTick > 0) {
      jitterNs = addJitter(fields, at, arrivalNs, timestamp, nsPerTick);
      if (jitterNs >= 0) {
        addWindowJitter(fields, at, jitterNs);
      }
    }
    const skip = fields[at + SAMPLE_SKIP];
    if (skip > 0) fields[at + SAMPLE_SKIP] = skip - 1;
    else this.#keepSample(row, at, arrivalNs, timestamp, fields[at + PAYLOAD_TYPE], jitterNs);
  }

  #keepSample(row: number, at: number, arrivalNs: number, timestamp: number, type: number, jitterNs: number): void {
    const fields = this.rows.fields;
    const samples = this.samples(row);
    fields[at + SAMPLE_SKIP] = samples.add(arrivalNs, timestamp, type, jitterNs);
    fields[at + SAMPLE_ROOM] = samples.room;
    fields[at + SAMPLE_STRIDE] = samples.stride;
    fields[at + SAMPLE_COUNT] = samples.count;
  }

  /** A sample that the usual packet's path has counted in the row already. */
  addSample(row: number, arrivalNs: number, timestamp: number, payloadType: number, jitterNs: number): void {
    this.#samples[row].add(arrivalNs, timestamp, payloadType, jitterNs);
  }

  /** A payload that may begin a key frame. */
  lookIntoPayload(
    row: number,
    bytes: Uint8Array,
    offset: number,
    captured: number,
    length: number,
    timestamp: number,
  ): void {
    if (!this.keyFrames.watches(row)) return;
    const packet = this.#payload;
    packet.bytes = bytes;
    packet.offset = offset;
    packet.capturedLength = captured;
    packet.length = length;
    this.keyFrames.packet(row, packet, timestamp);
    this.rows.fields[row * ROW_FIELDS + WATCHED] = this.keyFrames.watch(row);
  }

  /** Evidence of a stream's clock, of which the row is told once there is enough. */
  addClockEvidence(row: number, arrivalNs: number, timestamp: number, marker: number, payloadLength: number): void {
    this.sampler.sample(row, arrivalNs, timestamp, marker, payloadLength);
    if (this.sampler.isSettled(row)) this.rows.fields[row * ROW_FIELDS + CLOCK_SETTLED] = 1;
  }

  /** What a packet in order says by its timestamp. */
  #media(
    row: number,
    fields: Float64Array,
    at: number,
    timestamp: number,
    marker: number,
    length: number,
    gap: number,
  ): void {
    if (fields[at + IS_AUDIO] === 0) {
      this.frames.packet(row, at, fields[at + NOW_NS], timestamp, marker, length, gap);
    }
    if (fields[at + INFERS] === 0) return;
    this.addClockEvidence(row, fields[at + NOW_NS], timestamp, marker, length - FIXED_HEADER_BYTES);
    if (received(fields, at) >= fields[at + NEXT_INFERENCE]) this.#infer(row, at);
  }

  #outOfLine(
    row: number,
    at: number,
    datagram: Datagram,
    sequenceNumber: number,
    timestamp: number,
    second: number,
  ): boolean {
    const fields = this.rows.fields;
    const arrivalNs = fields[at + NOW_NS];
    const length = datagram.length;
    const previousNs = fields[at + PREVIOUS_NS];
    const packets = received(fields, at);
    const usualNs = packets > 1 ? (fields[at + END_NS] - fields[at + START_NS]) / (packets - 1) : 0;
    if (arrivalNs >= fields[at + WINDOW_END_NS]) this.windows.roll(row, at, arrivalNs);
    const base = fields[at + WINDOW_BASE];
    const sequence = this.sequence;
    switch (sequence.other(row, at, sequenceNumber, timestamp, arrivalNs, previousNs, usualNs, base)) {
      case Arrival.duplicate:
        if (datagram.observationPoint !== fields[at + POINT]) fields[at + COPIES]++;
        return false;
      case Arrival.strange:
        fields[at + HELD_NS] = arrivalNs;
        fields[at + HELD_BYTES] = length;
        fields[at + HELD_TIMESTAMP] = timestamp;
        return false;
      case Arrival.late:
        this.#count(row, fields, at, timestamp, length);
        this.windows.addLost(row, sequence.window, -1);
        return true;
      case Arrival.early:
        this.#count(row, fields, at, timestamp, length);
        this.windows.addLost(row, base, sequence.gap);
        return true;
      case Arrival.restarted:
        fields[at + PROVED] = 1;
        this.#restart(row, at);
        fields[at + NOW_NS] = arrivalNs;
        this.#count(row, fields, at, timestamp, length);
        this.#media(row, fields, at, timestamp, second >>> 7, length, 0);
        break;
      case Arrival.ahead: {
        const gap = sequence.gap;
        if (sequence.heldBack) {
          this.#countHeld(row, at);
          fields[at + NOW_NS] = arrivalNs;
        }
        this.#count(row, fields, at, timestamp, length);
        this.#media(row, fields, at, timestamp, second >>> 7, length, gap);
        this.windows.addLost(row, fields[at + WINDOW_BASE], gap);
        if (gap > 0) this.hole(row, gap, datagram.seconds + datagram.nanoseconds / 1e9);
        break;
      }
    }
    fields[at + POINT] = datagram.observationPoint;
    return true;
  }

  /** A stream shows a hole of so many packets. @param seconds when, since 1970. */
  hole(row: number, count: number, seconds: number): void {
    this.sequence.opened(row);
    this.captureLoss.hole(row, count, seconds);
  }

  /** The packet held back was the first of a new numbering: its timestamp has nothing to do with those before. */
  #restart(row: number, at: number): void {
    this.#samples[row].breakHere();
    this.rows.fields[at + SAMPLE_SKIP] = 0;
    breakJitter(this.rows.fields, at);
    this.#countHeld(row, at);
  }

  #countHeld(row: number, at: number): void {
    const fields = this.rows.fields;
    fields[at + NOW_NS] = fields[at + HELD_NS];
    this.#count(row, fields, at, fields[at + HELD_TIMESTAMP], fields[at + HELD_BYTES]);
  }

  /** Forgets a stream, whose row then goes to another. */
  forget(row: number): void {
    this.captureLoss.forget(row);
    this.table.release(row);
    this.onRelease?.(row);
  }

  #countRunning(sinceSeconds: number, untilSeconds: number): number {
    const fields = this.rows.fields;
    let running = 0;
    for (let row = 0; row < this.table.rows; row++) {
      if (!this.isProved(row)) continue;
      const at = row * ROW_FIELDS;
      const startSeconds = fields[at + START_SECONDS] + fields[at + START_NS] / 1e9;
      const endSeconds = fields[at + START_SECONDS] + fields[at + END_NS] / 1e9;
      const dense = endSeconds - startSeconds <= SHOWS_HOLES_SECONDS * (received(fields, at) - 1);
      if (startSeconds <= untilSeconds && endSeconds >= sinceSeconds && dense) running++;
    }
    return running;
  }

  #begin(datagram: Datagram, ssrc: number, sequenceNumber: number, timestamp: number, second: number): number {
    this.#forgetOldest();
    if (this.table.live >= MOST_STREAMS) this.#dropShort();
    const row = this.table.add(datagram.flow, ssrc);
    this.windows.empty(row);
    this.#samples[row]?.empty();
    this.rows.open(row);
    const fields = this.rows.fields;
    const at = row * ROW_FIELDS;
    const arrivalNs = datagram.nanoseconds;
    const length = datagram.length;
    const payloadType = second & 0x7f;
    if (row >= this.#samples.length) {
      const columns = row < this.#sampledRows ? (this.#memory as StreamMemory).samples(row) : null;
      this.#samples[row] = new ArrivalSamples(sampleLimit(row), columns);
    }
    this.headerExtensions.open(row);
    this.windows.start(row, at, arrivalNs, length);
    this.frames.start(row, at, arrivalNs, timestamp, second >>> 7, length);
    this.keyFrames.open(row);
    this.payloadTypes.start(row, payloadType);
    this.sampler.ensure(row + 1);
    this.sampler.forget(row);
    this.sequence.start(row, at, sequenceNumber, timestamp);
    startDeltas(fields, at);
    fields[at + START_SECONDS] = datagram.seconds;
    fields[at + START_NS] = fields[at + END_NS] = fields[at + PREVIOUS_NS] = arrivalNs;
    fields[at + BYTES] = length;
    fields[at + POINT] = datagram.observationPoint;
    fields[at + PAYLOAD_TYPE] = payloadType;
    this.#samples[row].add(arrivalNs, timestamp, payloadType, -1);
    fields[at + SAMPLE_ROOM] = this.#samples[row].room;
    fields[at + SAMPLE_STRIDE] = 1;
    fields[at + SAMPLE_COUNT] = 1;
    fields[at + NEXT_INFERENCE] = FIRST_INFERENCE;
    this.#usePayloadType(row, at, datagram, payloadType);
    if (fields[at + NS_PER_TICK] > 0) addJitter(fields, at, arrivalNs, timestamp, fields[at + NS_PER_TICK]);
    if (fields[at + INFERS] === 1) {
      this.sampler.sample(row, arrivalNs, timestamp, second >>> 7, length - FIXED_HEADER_BYTES);
    }
    fields[at + ORDER] = this.#appeared++;
    const first = datagram.bytes[datagram.offset];
    if ((first & EXTENSION) !== 0) this.#extension(row, datagram, first);
    if (this.keyFrames.watches(row)) this.keyFrames.packet(row, datagram, timestamp);
    this.#probation.add(row, fields[at + ORDER]);
    return row;
  }

  /** Makes room in the ring of sources in probation: one that has waited for so many others and not proved itself goes. */
  #forgetOldest(): void {
    const row = this.#probation.oldestRow;
    if (row < 0 || !this.table.isLive(row) || this.isProved(row)) return;
    if (this.rows.fields[row * ROW_FIELDS + ORDER] !== this.#probation.oldestOrder) return;
    this.table.release(row);
    this.onRelease?.(row);
    this.forgotten++;
  }

  /** Drops the shortest of a few streams: a flood of short ones then drives itself out, and long ones stay. */
  #dropShort(): void {
    let shortest = -1;
    let fewest = Number.POSITIVE_INFINITY;
    for (let compared = 0; compared < COMPARED; ) {
      this.#hand = this.#hand + 1 < this.table.rows ? this.#hand + 1 : 0;
      if (!this.table.isLive(this.#hand)) continue;
      compared++;
      const packets = received(this.rows.fields, this.#hand * ROW_FIELDS);
      if (packets >= fewest) continue;
      fewest = packets;
      shortest = this.#hand;
    }
    if (this.isProved(shortest)) this.leftOut++;
    else this.forgotten++;
    this.forget(shortest);
  }

  #payloadTypeChanges(row: number, at: number, datagram: Datagram, payloadType: number): void {
    // Packets that are no unique ones may bring a new type as well; that its first packet is counted by this one
    // shifts the counts by one at the most.
    this.payloadTypes.change(row, payloadType, received(this.rows.fields, at) + 1);
    this.#usePayloadType(row, at, datagram, payloadType);
  }

  #usePayloadType(row: number, at: number, datagram: Datagram, payloadType: number): void {
    const fields = this.rows.fields;
    const rate = this.#rates.clockRate(datagram.flow, this.table.ssrc(row), payloadType);
    if (rate === 0 && looksLikeEvent(datagram, payloadType)) this.payloadTypes.markEvent(row, payloadType);
    if (rate > 0 && this.#rates.isAudio(datagram.flow, this.table.ssrc(row), payloadType)) fields[at + IS_AUDIO] = 1;
    const infers = rate === 0 && !this.payloadTypes.isEvent(row, payloadType);
    if (fields[at + IS_AUDIO] === 1) this.keyFrames.ignore(row);
    else this.keyFrames.expect(row, this.#rates.codec(datagram.flow, this.table.ssrc(row), payloadType));
    fields[at + PAYLOAD_TYPE] = payloadType;
    fields[at + INFERS] = infers ? 1 : 0;
    fields[at + NS_PER_TICK] = rate > 0 ? 1e9 / rate : infers ? fields[at + INFERRED_NS_PER_TICK] : 0;
  }

  #extension(row: number, { bytes, offset, capturedLength }: Datagram, first: number): void {
    this.headerExtensions.packet(row, bytes, offset, capturedLength, first);
  }

  #infer(row: number, at: number): void {
    const fields = this.rows.fields;
    const next = fields[at + NEXT_INFERENCE] * 2;
    const inferred = this.sampler.infer(row);
    // Once the samples are thinned the jitter of what was can no longer be made up for: then the best guess has to do.
    const last = next > sampleLimit(row);
    if (inferred !== null && (inferred.confidence >= CONFIDENT || last)) {
      this.#countAnew(row, at, inferred.clockRate);
      if (inferred.kind === 'audio') {
        fields[at + IS_AUDIO] = 1;
        this.keyFrames.ignore(row);
      }
      fields[at + NEXT_INFERENCE] = Number.POSITIVE_INFINITY;
    } else {
      fields[at + NEXT_INFERENCE] = last ? Number.POSITIVE_INFINITY : next;
    }
  }

  /**
   * Has jitter counted from the stream's first packet on with what is known of its payload types now.
   *
   * @param inferredRate in Hz, for the types that neither SDP nor the static table knows; 0 where it is not known either.
   * @returns false where packets have gone by that were counted otherwise, or not at all, and are not kept.
   */
  settleClockRates(row: number, inferredRate: number): boolean {
    const fields = this.rows.fields;
    const at = row * ROW_FIELDS;
    const flow = this.table.flow(row);
    const ssrc = this.table.ssrc(row);
    const nsPerTick = inferredRate > 0 ? 1e9 / inferredRate : 0;
    const rate = this.#rates.clockRate(flow, ssrc, fields[at + PAYLOAD_TYPE]);
    const now = rate > 0 ? 1e9 / rate : fields[at + INFERS] === 1 ? nsPerTick : 0;
    const same = now === fields[at + NS_PER_TICK] && nsPerTick === fields[at + INFERRED_NS_PER_TICK];
    // With several payload types an earlier one may have become known meanwhile.
    if (same && this.payloadTypes.isSingle(row)) return true;
    if (this.samples(row).stride === 1) {
      this.#countAnew(row, at, inferredRate);
      return true;
    }
    return same;
  }

  #countAnew(row: number, at: number, inferredRate: number): void {
    const fields = this.rows.fields;
    const { arrivalNs, timestamp, payloadType, begins, count, jitterNs: kept } = this.samples(row);
    const inferredNs = inferredRate > 0 ? 1e9 / inferredRate : 0;
    fields[at + INFERRED_NS_PER_TICK] = inferredNs;
    clearJitter(fields, at);
    this.windows.clearJitter(row, at);
    // Added up window by window as the packets themselves are, so that not even the last digit tells the difference.
    const last = fields[at + WINDOW_BASE];
    let base = 0;
    let type = -1;
    let nsPerTick = 0;
    for (let sample = 0; sample < count; sample++) {
      if (begins[sample] !== 0) breakJitter(fields, at);
      if (payloadType[sample] !== type) {
        type = payloadType[sample];
        nsPerTick = this.#nsPerTickOf(row, type, inferredNs);
      }
      kept[sample] = -1;
      const arrived = Math.floor((arrivalNs[sample] - fields[at + START_NS]) / this.windows.lengthNs);
      if (arrived > base) {
        this.windows.flushJitter(row, at, base);
        base = Math.min(arrived, last);
      }
      if (nsPerTick === 0) continue;
      const jitterNs = addJitter(fields, at, arrivalNs[sample], timestamp[sample], nsPerTick);
      if (jitterNs < 0) continue;
      kept[sample] = jitterNs;
      addWindowJitter(fields, at, jitterNs);
    }
    if (base < last) this.windows.flushJitter(row, at, base);
    fields[at + NS_PER_TICK] = this.#nsPerTickOf(row, fields[at + PAYLOAD_TYPE], inferredNs);
    this.onRecount?.(row);
  }

  #nsPerTickOf(row: number, payloadType: number, inferredNs: number): number {
    const rate = this.#rates.clockRate(this.table.flow(row), this.table.ssrc(row), payloadType);
    if (rate > 0) return 1e9 / rate;
    return rate === 0 && !this.payloadTypes.isEvent(row, payloadType) ? inferredNs : 0;
  }

  /** Two packets in sequence (RFC 3550 A.1), or a numbering that began anew with two. */
  isProved(row: number): boolean {
    return this.rows.fields[row * ROW_FIELDS + PROVED] !== 0;
  }

  /** Rows in the order of appearance, proved or not. */
  rowsInOrder(): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.table.rows; row++) if (this.table.isLive(row)) rows.push(row);
    const order = (row: number) => this.rows.fields[row * ROW_FIELDS + ORDER];
    return rows.sort((a, b) => order(a) - order(b));
  }

  /** Whole second since 1970 from which the stream's times count, and in ns from there its first, last in order of arrival, and latest packet. */
  times(row: number): { startSeconds: number; startNs: number; previousNs: number; endNs: number } {
    const fields = this.rows.fields;
    const at = row * ROW_FIELDS;
    return {
      startSeconds: fields[at + START_SECONDS],
      startNs: fields[at + START_NS],
      previousNs: fields[at + PREVIOUS_NS],
      endNs: fields[at + END_NS],
    };
  }

  /** Which of all streams that ever appeared the row holds. */
  appearance(row: number): number {
    return this.rows.fields[row * ROW_FIELDS + ORDER];
  }

  bytes(row: number): number {
    return this.rows.fields[row * ROW_FIELDS + BYTES];
  }

  /** Packets seen again at another capture point. */
  copies(row: number): number {
    return this.rows.fields[row * ROW_FIELDS + COPIES];
  }

  samples(row: number): ArrivalSamples {
    const samples = this.#samples[row];
    if (row >= this.#sampledRows) return samples;
    // Whoever shares the memory counts in the row.
    const at = row * ROW_FIELDS;
    samples.count = this.rows.fields[at + SAMPLE_COUNT];
    samples.stride = this.rows.fields[at + SAMPLE_STRIDE];
    return samples;
  }

  /** J at a share of the packets, in ns; null where none has it. */
  jitterQuantileNs(row: number, share: number): number | null {
    const samples = this.samples(row);
    if (this.figures === null || row >= this.#sampledRows) return samples.jitterQuantileNs(share);
    return this.figures.jitterQuantileNs(row, samples.count, share);
  }

  /** Delay variation over the samples; null below two of them. @param nsPerTick 1e9 / clock rate. */
  delaySummary(row: number, nsPerTick: number): DelaySummary | null {
    const samples = this.samples(row);
    if (this.figures !== null && row < this.#sampledRows) {
      return samples.count < 2 ? null : this.figures.delaySummary(row, samples.count, nsPerTick);
    }
    const delay = delayVariation(samples, nsPerTick);
    return delay === null ? null : summariseDelays(delay);
  }
}
