import type { Datagram } from '../../captures/index.ts';
import { ArrivalSamples, sampleLimit } from './arrival-samples.ts';
import type { ClockRateSampler } from './clock-rate-inference.ts';
import { Columns } from './columns.ts';
import { Deltas } from './delta.ts';
import { Frames } from './frames.ts';
import { countHeaderExtensions } from './header-extensions.ts';
import { Jitter } from './jitter.ts';
import { PayloadTypes } from './payload-types.ts';
import { Arrival, Sequence } from './sequence.ts';
import { Series, windowLimit } from './series.ts';
import { Silences } from './silences.ts';
import { StreamTable } from './stream-table.ts';
import { Throughput } from './throughput.ts';

/*
 * RTP fixed header (RFC 3550, section 5.1):
 *
 *    0                   1                   2                   3
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   |                           timestamp                           |
 *   |           synchronization source (SSRC) identifier            |
 */
const FIXED_HEADER_BYTES = 12;
const PADDING = 0x20;
const EXTENSION = 0x10;
const CSRC_COUNT = 0x0f;
/** Elements of header extensions are counted by ID up to here; 0 takes those above (two-byte form only). */
export const EXTENSION_IDS = 16;
/** Sources in probation at a time. When there are more, the oldest is forgotten. */
const MOST_IN_PROBATION = 8192;
/** The rate is asked for at so many packets, and at each doubling after. */
const FIRST_INFERENCE = 64;
/** Below this an inferred clock rate waits for more packets. */
const CONFIDENT = 0.9;

/** Tells what is known of a stream from outside its packets. */
export interface RateSource {
  /** Clock rate in Hz by SDP or the static table, 0 where neither knows. */
  clockRate(flow: number, ssrc: number, payloadType: number): number;
}

/**
 * All RTP streams of a capture: takes packets one by one, keeps what the report needs of each. A packet in order touches
 * one row of each measurement and allocates nothing.
 */
export class RtpStreams extends Columns {
  readonly table = new StreamTable();
  readonly sequence = new Sequence();
  readonly jitter = new Jitter();
  readonly deltas = new Deltas();
  readonly throughput = new Throughput(1);
  /** Windows of choice; null where they are the seconds of `throughput`. */
  readonly windowThroughput: Throughput | null;
  readonly frames = new Frames();
  readonly silences = new Silences();
  readonly payloadTypes = new PayloadTypes();
  readonly sampler: ClockRateSampler;
  readonly windowNs: number;
  /** RTP packets whose header contradicts their length. */
  malformed = 0;
  /** Rows whose source did not prove itself in time and was forgotten. */
  forgotten = 0;

  readonly #rates: RateSource;
  readonly #series: Series[] = [];
  readonly #samples: ArrivalSamples[] = [];
  /** Whole second of the first packet: arrivals count from it, and so are exact whatever the capture's span. */
  #startSeconds = new Float64Array(0);
  #startNs = new Float64Array(0);
  #endNs = new Float64Array(0);
  #previousNs = new Float64Array(0);
  #windowEndNs = new Float64Array(0);
  #baseWindow = new Int32Array(0);
  #window = new Int32Array(0);
  #nsPerTick = new Float64Array(0);
  #nextInference = new Float64Array(0);
  #bytes = new Float64Array(0);
  #copies = new Float64Array(0);
  #point = new Int32Array(0);
  #payloadType = new Int32Array(0);
  #extensions = new Float64Array(0);
  #proved = new Int32Array(0);
  #order = new Float64Array(0);
  #heldNs = new Float64Array(0);
  #heldBytes = new Float64Array(0);
  #heldTimestamp = new Int32Array(0);
  #appeared = 0;
  /** Rows in probation in the order of appearance: a ring. */
  readonly #probation = new Int32Array(MOST_IN_PROBATION).fill(-1);
  readonly #probationOrder = new Float64Array(MOST_IN_PROBATION);
  #probationAt = 0;

  /** @param windowSeconds length of the windows of the series. */
  constructor(rates: RateSource, sampler: ClockRateSampler, windowSeconds: number) {
    super();
    this.#rates = rates;
    this.sampler = sampler;
    this.windowNs = windowSeconds * 1e9;
    this.windowThroughput = windowSeconds === 1 ? null : new Throughput(windowSeconds);
  }

  protected override grow(rows: number): void {
    this.#startSeconds = this.float64(this.#startSeconds, rows);
    this.#startNs = this.float64(this.#startNs, rows);
    this.#endNs = this.float64(this.#endNs, rows);
    this.#previousNs = this.float64(this.#previousNs, rows);
    this.#windowEndNs = this.float64(this.#windowEndNs, rows);
    this.#baseWindow = this.int32(this.#baseWindow, rows);
    this.#window = this.int32(this.#window, rows);
    this.#nsPerTick = this.float64(this.#nsPerTick, rows);
    this.#nextInference = this.float64(this.#nextInference, rows);
    this.#bytes = this.float64(this.#bytes, rows);
    this.#copies = this.float64(this.#copies, rows);
    this.#point = this.int32(this.#point, rows);
    this.#payloadType = this.int32(this.#payloadType, rows);
    this.#extensions = this.float64(this.#extensions, rows * EXTENSION_IDS);
    this.#proved = this.int32(this.#proved, rows);
    this.#order = this.float64(this.#order, rows);
    this.#heldNs = this.float64(this.#heldNs, rows);
    this.#heldBytes = this.float64(this.#heldBytes, rows);
    this.#heldTimestamp = this.int32(this.#heldTimestamp, rows);
    for (const part of this.#parts()) part.ensure(rows - 1);
    this.sampler.ensure(rows);
  }

  #parts(): Columns[] {
    const parts: Columns[] = [
      this.sequence,
      this.jitter,
      this.deltas,
      this.throughput,
      this.frames,
      this.silences,
      this.payloadTypes,
    ];
    if (this.windowThroughput !== null) parts.push(this.windowThroughput);
    return parts;
  }

  /**
   * Takes a datagram whose first bits say RTP version 2 and whose second byte is no RTCP type.
   *
   * @returns the stream's row, -1 where the packet is not RTP after all.
   */
  packet(datagram: Datagram): number {
    const bytes = datagram.bytes;
    const at = datagram.offset;
    if (datagram.capturedLength < FIXED_HEADER_BYTES) return -1;
    const first = bytes[at];
    if ((first & (PADDING | EXTENSION | CSRC_COUNT)) !== 0 && !headerFits(datagram, first)) {
      this.malformed++;
      return -1;
    }
    const second = bytes[at + 1];
    const sequenceNumber = (bytes[at + 2] << 8) | bytes[at + 3];
    const timestamp = (bytes[at + 4] << 24) | (bytes[at + 5] << 16) | (bytes[at + 6] << 8) | bytes[at + 7];
    const ssrc = (bytes[at + 8] << 24) | (bytes[at + 9] << 16) | (bytes[at + 10] << 8) | bytes[at + 11];
    const row = this.table.find(datagram.flow, ssrc);
    if (row < 0) return this.#begin(datagram, ssrc, sequenceNumber, timestamp, second);

    const arrivalNs = (datagram.seconds - this.#startSeconds[row]) * 1e9 + datagram.nanoseconds;
    if (this.sequence.next(row, sequenceNumber, timestamp)) {
      if (this.#proved[row] === 0) this.#proved[row] = 1;
      this.#count(row, arrivalNs, datagram.length);
      this.silences.packet(row, timestamp);
      this.#media(row, arrivalNs, timestamp, second, datagram.length, 0);
      this.#point[row] = datagram.observationPoint;
    } else if (!this.#outOfLine(row, datagram, sequenceNumber, timestamp, second, arrivalNs)) {
      return row;
    }
    if (second !== this.#payloadType[row]) this.#payloadTypeChanges(row, second);
    if ((first & EXTENSION) !== 0) this.#extension(row, datagram, first);
    return row;
  }

  /** What every unique packet adds, in order or late. */
  #count(row: number, arrivalNs: number, length: number): void {
    this.#bytes[row] += length;
    this.deltas.packet(row, arrivalNs - this.#previousNs[row]);
    this.#previousNs[row] = arrivalNs;
    if (arrivalNs > this.#endNs[row]) this.#endNs[row] = arrivalNs;
    this.throughput.packet(row, arrivalNs, length);
    if (this.windowThroughput !== null) this.windowThroughput.packet(row, arrivalNs, length);
    if (arrivalNs >= this.#windowEndNs[row]) this.#roll(row, arrivalNs);
    const series = this.#series[row];
    const window = this.#window[row];
    series.packets[window]++;
    series.bytes[window] += length;
  }

  /** What a packet says by its timestamp. */
  #media(row: number, arrivalNs: number, timestamp: number, second: number, length: number, gap: number): void {
    this.#time(row, arrivalNs, timestamp);
    this.frames.packet(row, arrivalNs, timestamp, second >>> 7, length, gap);
    this.sampler.sample(row, arrivalNs, timestamp, (second >>> 7) as 0 | 1, length - FIXED_HEADER_BYTES);
  }

  #time(row: number, arrivalNs: number, timestamp: number): void {
    const nsPerTick = this.#nsPerTick[row];
    this.#samples[row].add(arrivalNs, timestamp);
    if (nsPerTick > 0) {
      const jitterNs = this.jitter.packet(row, arrivalNs, timestamp, nsPerTick);
      this.#series[row].addJitter(this.#window[row], jitterNs);
    } else if (this.sequence.received(row) >= this.#nextInference[row]) {
      this.#infer(row);
    }
  }

  #outOfLine(
    row: number,
    datagram: Datagram,
    sequenceNumber: number,
    timestamp: number,
    second: number,
    arrivalNs: number,
  ): boolean {
    const previousNs = this.#previousNs[row];
    const received = this.sequence.received(row);
    const usualNs = received > 1 ? (this.#endNs[row] - this.#startNs[row]) / (received - 1) : 0;
    if (arrivalNs >= this.#windowEndNs[row]) this.#roll(row, arrivalNs);
    const window = this.#baseWindow[row];
    const length = datagram.length;
    switch (this.sequence.other(row, sequenceNumber, timestamp, arrivalNs, previousNs, usualNs, window)) {
      case Arrival.duplicate:
        if (datagram.observationPoint !== this.#point[row]) this.#copies[row]++;
        return false;
      case Arrival.strange:
        this.#heldNs[row] = arrivalNs;
        this.#heldBytes[row] = length;
        this.#heldTimestamp[row] = timestamp;
        return false;
      case Arrival.late:
        this.#count(row, arrivalNs, length);
        this.#time(row, arrivalNs, timestamp);
        this.#addLost(row, this.sequence.window, -1);
        return true;
      case Arrival.early:
        this.#count(row, arrivalNs, length);
        this.#time(row, arrivalNs, timestamp);
        this.#addLost(row, window, this.sequence.gap);
        return true;
      case Arrival.restarted:
        this.#proved[row] = 1;
        this.#count(row, this.#heldNs[row], this.#heldBytes[row]);
        this.#timestampsBeginAnew(row, this.#heldNs[row], this.#heldTimestamp[row]);
        this.#count(row, arrivalNs, length);
        this.silences.packet(row, timestamp);
        this.#media(row, arrivalNs, timestamp, second, length, 0);
        break;
      case Arrival.ahead: {
        const gap = this.sequence.gap;
        if (this.sequence.heldBack) {
          this.#count(row, this.#heldNs[row], this.#heldBytes[row]);
          this.#time(row, this.#heldNs[row], this.#heldTimestamp[row]);
        }
        this.#count(row, arrivalNs, length);
        this.silences.start(row, timestamp);
        this.#media(row, arrivalNs, timestamp, second, length, gap);
        this.#addLost(row, this.#baseWindow[row], gap);
        break;
      }
    }
    this.#point[row] = datagram.observationPoint;
    return true;
  }

  #addLost(row: number, baseWindow: number, count: number): void {
    const series = this.#series[row];
    series.lost[Math.floor(baseWindow / series.factor)] += count;
  }

  #roll(row: number, arrivalNs: number): void {
    const base = Math.floor((arrivalNs - this.#startNs[row]) / this.windowNs);
    const series = this.#series[row];
    this.#window[row] = series.reach(base, windowLimit(this.#series.length));
    this.#baseWindow[row] = base;
    this.#windowEndNs[row] = this.#startNs[row] + (base + 1) * this.windowNs;
  }

  #begin(datagram: Datagram, ssrc: number, sequenceNumber: number, timestamp: number, second: number): number {
    this.#forgetOldest();
    const row = this.table.add(datagram.flow, ssrc);
    this.ensure(row);
    this.clear(row);
    const arrivalNs = datagram.nanoseconds;
    const series = new Series();
    series.reach(0, 1);
    series.packets[0] = 1;
    series.bytes[0] = datagram.length;
    this.#series[row] = series;
    this.#samples[row] = new ArrivalSamples(sampleLimit(row));
    this.#samples[row].add(arrivalNs, timestamp);
    this.#startSeconds[row] = datagram.seconds;
    this.#startNs[row] = this.#endNs[row] = this.#previousNs[row] = arrivalNs;
    this.#windowEndNs[row] = arrivalNs + this.windowNs;
    this.#bytes[row] = datagram.length;
    this.#point[row] = datagram.observationPoint;
    this.#nextInference[row] = FIRST_INFERENCE;
    this.#order[row] = this.#appeared++;
    this.sequence.start(row, sequenceNumber, timestamp);
    this.deltas.start(row);
    this.throughput.start(row, arrivalNs);
    this.throughput.packet(row, arrivalNs, datagram.length);
    this.windowThroughput?.start(row, arrivalNs);
    this.windowThroughput?.packet(row, arrivalNs, datagram.length);
    this.silences.start(row, timestamp);
    this.frames.start(row, arrivalNs, timestamp, second >>> 7, datagram.length);
    this.jitter.start(row, arrivalNs, timestamp);
    this.sampler.sample(row, arrivalNs, timestamp, (second >>> 7) as 0 | 1, datagram.length - FIXED_HEADER_BYTES);
    this.payloadTypes.start(row, second & 0x7f);
    this.#payloadType[row] = second & 0x7f;
    this.#useRate(row, this.#rates.clockRate(datagram.flow, ssrc, second & 0x7f));
    const first = datagram.bytes[datagram.offset];
    if ((first & EXTENSION) !== 0) this.#extension(row, datagram, first);
    this.#probation[this.#probationAt] = row;
    this.#probationOrder[this.#probationAt] = this.#order[row];
    this.#probationAt = (this.#probationAt + 1) % MOST_IN_PROBATION;
    return row;
  }

  /** Makes room in the ring of sources in probation: what has waited for that many others and not proved itself goes. */
  #forgetOldest(): void {
    const row = this.#probation[this.#probationAt];
    if (row < 0 || this.#proved[row] !== 0) return;
    if (this.#order[row] !== this.#probationOrder[this.#probationAt] || !this.table.isLive(row)) return;
    this.table.release(row);
    this.forgotten++;
  }

  #timestampsBeginAnew(row: number, arrivalNs: number, timestamp: number): void {
    this.#samples[row].breakHere();
    this.#samples[row].add(arrivalNs, timestamp);
    this.jitter.start(row, arrivalNs, timestamp);
    this.silences.start(row, timestamp);
  }

  #payloadTypeChanges(row: number, second: number): void {
    const payloadType = second & 0x7f;
    if (payloadType === this.#payloadType[row]) return;
    this.payloadTypes.change(row, payloadType, this.sequence.received(row));
    this.#payloadType[row] = payloadType;
  }

  #extension(row: number, datagram: Datagram, first: number): void {
    const at = datagram.offset + FIXED_HEADER_BYTES + (first & CSRC_COUNT) * 4;
    const present = datagram.offset + datagram.capturedLength;
    if (at + 4 > present) return;
    const bytes = datagram.bytes;
    const words = (bytes[at + 2] << 8) | bytes[at + 3];
    const end = Math.min(at + 4 + words * 4, present);
    const profile = (bytes[at] << 8) | bytes[at + 1];
    countHeaderExtensions(bytes, at + 4, end, profile, this.#extensions, row * EXTENSION_IDS, EXTENSION_IDS);
  }

  #infer(row: number): void {
    this.#nextInference[row] *= 2;
    const inferred = this.sampler.infer(row);
    // Once the samples are thinned the jitter of what was can no longer be made up for: then the best guess has to do.
    const last = this.#nextInference[row] > sampleLimit(row);
    if (inferred !== null && (inferred.confidence >= CONFIDENT || last)) this.#useRate(row, inferred.clockRate);
    else if (last) this.#nextInference[row] = Number.POSITIVE_INFINITY;
  }

  /**
   * Counts jitter with this clock rate, from the stream's first packet.
   *
   * @param clockRate in Hz, 0 for not known.
   * @returns false where packets have gone by that were counted with another rate, or none, and are not kept.
   */
  useClockRate(row: number, clockRate: number): boolean {
    const nsPerTick = clockRate > 0 ? 1e9 / clockRate : 0;
    if (nsPerTick === this.#nsPerTick[row]) return true;
    if (this.#samples[row].stride > 1) return false;
    this.#useRate(row, clockRate);
    return true;
  }

  #useRate(row: number, clockRate: number): void {
    const nsPerTick = clockRate > 0 ? 1e9 / clockRate : 0;
    this.#nsPerTick[row] = nsPerTick;
    const samples = this.#samples[row];
    if (samples.count < 2) return;
    const series = this.#series[row];
    const jitter = this.jitter;
    jitter.clear(row);
    series.clearJitter();
    if (nsPerTick === 0) return;
    const windowNs = this.windowNs * series.factor;
    const { arrivalNs, timestamp, begins, count } = samples;
    for (let at = 0; at < count; at++) {
      if (begins[at]) {
        jitter.start(row, arrivalNs[at], timestamp[at]);
        continue;
      }
      const window = Math.max(0, Math.floor((arrivalNs[at] - this.#startNs[row]) / windowNs));
      series.addJitter(window, jitter.packet(row, arrivalNs[at], timestamp[at], nsPerTick));
    }
  }

  override clear(row: number): void {
    for (const part of this.#parts()) part.clear(row);
    this.#copies[row] = this.#proved[row] = this.#nsPerTick[row] = this.#baseWindow[row] = this.#window[row] = 0;
    this.#extensions.fill(0, row * EXTENSION_IDS, (row + 1) * EXTENSION_IDS);
  }

  /** Two packets in sequence (RFC 3550 A.1), or a numbering that began anew with two. */
  isProved(row: number): boolean {
    return this.#proved[row] !== 0;
  }

  /** Rows by appearance, proved or not. */
  rowsInOrder(): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.table.rows; row++) if (this.table.isLive(row)) rows.push(row);
    return rows.sort((a, b) => this.#order[a] - this.#order[b]);
  }

  /** Clock rate that jitter is counted with, in Hz; 0 where none is known. */
  clockRate(row: number): number {
    const nsPerTick = this.#nsPerTick[row];
    return nsPerTick === 0 ? 0 : Math.round(1e9 / nsPerTick);
  }

  /** Whole second since 1970 from which the stream's times count. */
  startSeconds(row: number): number {
    return this.#startSeconds[row];
  }

  /** First and last arrival, in ns since {@link startSeconds}. */
  startNs(row: number): number {
    return this.#startNs[row];
  }

  endNs(row: number): number {
    return this.#endNs[row];
  }

  bytes(row: number): number {
    return this.#bytes[row];
  }

  /** Packets seen again at another capture point. */
  copies(row: number): number {
    return this.#copies[row];
  }

  series(row: number): Series {
    return this.#series[row];
  }

  samples(row: number): ArrivalSamples {
    return this.#samples[row];
  }

  /** Packets with an element of this ID, in {@link EXTENSION_IDS}. */
  extensionPackets(row: number, id: number): number {
    return this.#extensions[row * EXTENSION_IDS + id];
  }
}

/** Whether CSRCs, header extension and padding fit the packet, as far as it was captured (RFC 3550, 5.1 and 5.3.1). */
function headerFits(datagram: Datagram, first: number): boolean {
  const bytes = datagram.bytes;
  let header = FIXED_HEADER_BYTES + (first & CSRC_COUNT) * 4;
  if ((first & EXTENSION) !== 0) {
    if (header + 4 > datagram.length) return false;
    if (header + 4 > datagram.capturedLength) return true;
    const at = datagram.offset + header;
    header += 4 + ((bytes[at + 2] << 8) | bytes[at + 3]) * 4;
  }
  if (header > datagram.length) return false;
  if ((first & PADDING) !== 0 && datagram.capturedLength === datagram.length) {
    // Under SRTP the last byte is of the tag, not the count of padding: nothing can be asked of it then.
    return header < datagram.length;
  }
  return true;
}
