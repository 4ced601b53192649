import type { FlowTable } from '../flow-table.ts';
import type { UndecodedCounts, UndecodedReason } from '../undecoded.ts';
import { sequenceDistance } from './held-segments.ts';
import { type SegmentOutcome, type TcpFrameSink, TcpStream } from './tcp-stream.ts';

/** Bounds of TCP reassembly; a hostile capture reaches them, a sane one does not. */
export interface TcpLimits {
  /** Streams followed at a time, two a connection; the one that was silent longest gives way. */
  readonly streams: number;
  /** Bytes kept over all streams. */
  readonly bytes: number;
}

export const TCP_LIMITS: TcpLimits = { streams: 4096, bytes: 32 * 1024 * 1024 };

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** What is known of a flow; a byte each, for most TCP of a capture is none of ours and must cost nothing more. */
const UNKNOWN = 0;
const OPENED = 1;
const FOLLOWED = 2;
const TLS = 3;
const OTHER = 4;

/** Segments behind a gap before the far end's acknowledgment is taken as proof that only the capture missed it. */
const PROOF_SEGMENTS = 3;

const REASONS: Readonly<Record<Exclude<SegmentOutcome, 'taken'>, UndecodedReason>> = {
  repeated: 'tcp-repeated',
  'out-of-step': 'tcp-gap',
  unframed: 'tcp-other',
  tls: 'tls',
  other: 'tcp-other',
};

/** Follows the TCP streams that carry frames of media or signalling (RFC 9293), and leaves the others alone. */
export class TcpTable {
  readonly #flows: FlowTable;
  readonly #sink: TcpFrameSink;
  readonly #undecoded: UndecodedCounts;
  readonly #limits: TcpLimits;
  /** Least recently used first. */
  readonly #streams = new Map<number, TcpStream>();
  /** Flows of streams with segments before their turn. */
  readonly #holding = new Set<number>();
  #verdicts = new Uint8Array(256);
  /** Sequence number of the first byte, where the flow's SYN was seen. */
  #firstBytes = new Int32Array(256);
  #heldBytes = 0;

  constructor(flows: FlowTable, undecoded: UndecodedCounts, sink: TcpFrameSink, limits = TCP_LIMITS) {
    this.#flows = flows;
    this.#undecoded = undecoded;
    this.#sink = sink;
    this.#limits = limits;
    flows.onForgotten((flow) => {
      if (flow < this.#verdicts.length) this.#verdicts[flow] = UNKNOWN;
    });
  }

  /** Bytes kept for streams that wait for more. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Counts the segments that still wait for a verdict, as if nothing more came. */
  countWaiting(into: UndecodedCounts): void {
    for (const { undecidedSegments } of this.#streams.values()) {
      if (undecidedSegments > 0) into.add('tcp-other', undecidedSegments);
    }
  }

  /** Takes in a segment of `flow` whose data is `bytes[at..end)`, `wireBytes` of them before the snap length's cut. */
  segment(
    flow: number,
    sequence: number,
    acknowledgment: number,
    flags: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    wireBytes: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    if (flow >= this.#verdicts.length) this.#grow(flow);
    if ((flags & SYN) !== 0) {
      sequence = (sequence + 1) | 0;
      this.#opened(flow, sequence);
    }
    if ((flags & ACK) !== 0 && this.#holding.size > 0) this.#acknowledged(flow, acknowledgment);
    if (wireBytes === 0) {
      this.#undecoded.add('tcp-empty');
    } else {
      const verdict = this.#verdicts[flow];
      if (verdict >= TLS) this.#undecoded.add(verdict === TLS ? 'tls' : 'tcp-other');
      else this.#follow(flow, sequence, bytes, at, end, wireBytes, seconds, nanoseconds);
    }
    if ((flags & (RST | FIN)) !== 0) this.#closed(flow, (flags & RST) !== 0);
  }

  #follow(
    flow: number,
    sequence: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    wireBytes: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    let stream = this.#streams.get(flow);
    if (stream === undefined) {
      const opened = this.#verdicts[flow] === OPENED;
      stream = new TcpStream(flow, opened ? this.#firstBytes[flow] : sequence, opened, this.#sink);
      this.#verdicts[flow] = FOLLOWED;
      this.#flows.hold(flow);
    } else {
      this.#streams.delete(flow);
    }
    this.#streams.set(flow, stream);
    const before = stream.heldBytes;
    const undecided = stream.undecidedSegments;
    const outcome = stream.segment(sequence, bytes, at, end, wireBytes, seconds, nanoseconds);
    this.#heldBytes += stream.heldBytes - before;
    this.#note(stream, outcome, undecided);
    if (this.#streams.size > this.#limits.streams) this.#forgetOldest();
    while (this.#heldBytes > this.#limits.bytes && this.#streams.size > 0) this.#forgetOldest();
  }

  #note(stream: TcpStream, outcome: SegmentOutcome, undecided: number): void {
    if (outcome !== 'taken') {
      this.#undecoded.add(REASONS[outcome]);
      // Segments that had waited for the verdict share it.
      const dropped = undecided - stream.undecidedSegments;
      if (outcome !== 'repeated' && dropped > 0) this.#undecoded.add(REASONS[outcome], dropped);
    }
    if (outcome === 'tls' || outcome === 'other') {
      this.#forget(stream);
      this.#verdicts[stream.flow] = outcome === 'tls' ? TLS : OTHER;
    } else if (stream.heldSegments > 0) {
      this.#holding.add(stream.flow);
    } else if (this.#holding.size > 0) {
      this.#holding.delete(stream.flow);
    }
  }

  /** What the far end acknowledges has arrived there: a gap before it is the capture's. */
  #acknowledged(flow: number, acknowledgment: number): void {
    const stream = this.#streams.get(this.#flows.reverseOf(flow));
    if (stream === undefined || stream.heldSegments < PROOF_SEGMENTS) return;
    if (sequenceDistance(acknowledgment, stream.next) <= 0) return;
    const before = stream.heldBytes;
    const outcome = stream.giveUpGap();
    this.#heldBytes += stream.heldBytes - before;
    this.#note(stream, outcome, 0);
  }

  /** A SYN that repeats the one before changes nothing; another one begins a new connection on the same ports. */
  #opened(flow: number, firstByte: number): void {
    if (this.#verdicts[flow] !== UNKNOWN && this.#firstBytes[flow] === firstByte) return;
    const stream = this.#streams.get(flow);
    if (stream !== undefined) this.#forget(stream);
    this.#verdicts[flow] = OPENED;
    this.#firstBytes[flow] = firstByte;
  }

  #closed(flow: number, reset: boolean): void {
    const stream = this.#streams.get(flow);
    if (stream === undefined || (!reset && stream.heldSegments > 0)) return;
    this.#forget(stream);
    this.#verdicts[flow] = UNKNOWN;
  }

  #forgetOldest(): void {
    for (const stream of this.#streams.values()) {
      this.#verdicts[stream.flow] = UNKNOWN;
      this.#forget(stream);
      return;
    }
  }

  #forget(stream: TcpStream): void {
    if (stream.undecidedSegments > 0) this.#undecoded.add('tcp-other', stream.undecidedSegments);
    this.#heldBytes -= stream.heldBytes;
    this.#streams.delete(stream.flow);
    this.#flows.letGo(stream.flow);
    this.#holding.delete(stream.flow);
  }

  #grow(flow: number): void {
    const size = Math.max(flow + 1, this.#verdicts.length * 2);
    const verdicts = new Uint8Array(size);
    verdicts.set(this.#verdicts);
    this.#verdicts = verdicts;
    const firstBytes = new Int32Array(size);
    firstBytes.set(this.#firstBytes);
    this.#firstBytes = firstBytes;
  }
}
