import { detectFraming } from './detect-framing.ts';
import { Frame, FrameStep, Framing } from './frame.ts';
import { type HeldSegment, HeldSegments, sequenceDistance } from './held-segments.ts';
import { nextRfc4571Frame } from './rfc4571.ts';
import { nextStunFrame } from './stun-frames.ts';
import { nextRtspFrame, nextTextMessage } from './text-messages.ts';

/** Receives the frames of TCP streams. `length` is above `capturedLength` where the snap length cut the packet. */
export interface TcpFrameSink {
  tcpFrame(
    flow: number,
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    length: number,
    seconds: number,
    nanoseconds: number,
  ): void;
}

/** How much of a stream may wait for a missing segment before that is given up: it was lost by the capture. */
const MOST_HELD_SEGMENTS = 64;
const MOST_HELD_BYTES = 256 * 1024;
/** An unknown stream is decided upon within so much, or it is none of ours. */
const MOST_UNDECIDED_BYTES = 8192;
const MOST_UNDECIDED_SEGMENTS = 256;
/** What keeping a segment costs beside its bytes, roughly. */
const SEGMENT_COST_BYTES = 200;
/** A stream joined in the middle begins a frame with one of its first segments, if ever. */
const MOST_TRIES = 16;
/** A jump beyond any window: the ports are used by another connection now. */
const LARGEST_JUMP = 16 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** What a segment came to. */
export type SegmentOutcome =
  /** Used, or kept for use. */
  | 'taken'
  /** It repeats what was there before; the first bytes win. */
  | 'repeated'
  /** The stream is out of step, and the segment does not begin a frame. */
  | 'out-of-step'
  /** The stream was joined in the middle, and this does not begin a frame of any kind; one of the next segments may. */
  | 'unframed'
  /** The stream is none of ours: it can be forgotten. */
  | 'tls'
  | 'other';

/** One direction of a TCP connection: its segments put in order, its frames told apart. */
export class TcpStream {
  readonly flow: number;
  /** Times that a missing segment was given up. */
  gaps = 0;
  readonly #sink: TcpFrameSink;
  readonly #frame = new Frame();
  readonly #held = new HeldSegments();
  readonly #undecided: HeldSegment[] = [];
  #framing: Framing | null = null;
  #inStep = true;
  #next: number;
  #tries = 0;
  #fromStart: boolean;
  /** The unfinished frame: `#bytes` up to `#size`. */
  #bytes: Uint8Array = NOTHING;
  #size = 0;

  /** @param fromStart whether `next`, the first byte's sequence number, is known from the SYN to be the stream's first. */
  constructor(flow: number, next: number, fromStart: boolean, sink: TcpFrameSink) {
    this.flow = flow;
    this.#next = next;
    this.#fromStart = fromStart;
    this.#sink = sink;
  }

  /** The sequence number of the next byte in order. */
  get next(): number {
    return this.#next;
  }

  get heldBytes(): number {
    const segments = this.#held.count + this.#undecided.length;
    const undecidedBytes = this.#undecided.length > 0 ? this.#size : 0;
    return this.#bytes.length + this.#held.bytes + undecidedBytes + segments * SEGMENT_COST_BYTES;
  }

  /** Segments kept until it is known what the stream is. */
  get undecidedSegments(): number {
    return this.#undecided.length;
  }

  /** Segments that came before their turn. */
  get heldSegments(): number {
    return this.#held.count;
  }

  segment(
    sequence: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    wireBytes: number,
    seconds: number,
    nanoseconds: number,
  ): SegmentOutcome {
    let ahead = sequenceDistance(sequence, this.#next);
    if (Math.abs(ahead) > LARGEST_JUMP) {
      this.#restart(sequence);
      ahead = 0;
    }
    if (ahead > 0) {
      const segment = { sequence, bytes: new Uint8Array(bytes.subarray(at, end)), wireBytes, seconds, nanoseconds };
      if (!this.#held.add(segment)) return 'repeated';
      if (this.#held.count <= MOST_HELD_SEGMENTS && this.#held.bytes <= MOST_HELD_BYTES) return 'taken';
      return this.giveUpGap();
    }
    if (-ahead >= wireBytes) return 'repeated';
    const outcome = this.#inOrder(bytes, Math.min(at - ahead, end), end, wireBytes + ahead, seconds, nanoseconds);
    if (outcome === 'tls' || outcome === 'other') return outcome;
    return this.#held.count > 0 ? this.#release(outcome) : outcome;
  }

  /** The missing segment will not come: goes on behind it. */
  giveUpGap(): SegmentOutcome {
    if (this.#held.count === 0) return 'taken';
    this.gaps++;
    this.#loseStep();
    this.#next = this.#held.firstSequence;
    return this.#release('taken');
  }

  #release(outcome: SegmentOutcome): SegmentOutcome {
    for (let held = this.#held.takeUpTo(this.#next); held !== null; held = this.#held.takeUpTo(this.#next)) {
      const skip = sequenceDistance(this.#next, held.sequence);
      if (skip >= held.wireBytes) continue;
      const { bytes, seconds, nanoseconds } = held;
      const from = Math.min(skip, bytes.length);
      outcome = this.#inOrder(bytes, from, bytes.length, held.wireBytes - skip, seconds, nanoseconds);
      if (outcome === 'tls' || outcome === 'other') break;
    }
    return outcome;
  }

  #inOrder(
    bytes: Uint8Array,
    at: number,
    end: number,
    wireBytes: number,
    seconds: number,
    nanoseconds: number,
  ): SegmentOutcome {
    this.#next = (this.#next + wireBytes) | 0;
    if (this.#framing === null || !this.#inStep) return this.#decide(bytes, at, end, wireBytes, seconds, nanoseconds);
    this.#feed(bytes, at, end, wireBytes, seconds, nanoseconds);
    return 'taken';
  }

  /** Looks for the framing, or for its next frame, in what has come since the start or the last loss of step. */
  #decide(
    bytes: Uint8Array,
    at: number,
    end: number,
    wireBytes: number,
    seconds: number,
    nanoseconds: number,
  ): SegmentOutcome {
    const isFirst = this.#size === 0;
    this.#append(bytes, at, end);
    const verdict = detectFraming(this.#bytes, 0, this.#size);
    const mayWait = this.#size < MOST_UNDECIDED_BYTES && this.#undecided.length < MOST_UNDECIDED_SEGMENTS;
    if (verdict === 'undecided' && mayWait && end - at === wireBytes) {
      this.#undecided.push({
        sequence: 0,
        bytes: new Uint8Array(bytes.subarray(at, end)),
        wireBytes,
        seconds,
        nanoseconds,
      });
      return 'taken';
    }
    const waiting = this.#undecided.splice(0);
    this.#clear();
    if (verdict === 'tls') return 'tls';
    if (typeof verdict === 'string') {
      this.#tries += 1;
      if (this.#framing === null && (this.#fromStart || this.#tries >= MOST_TRIES)) return 'other';
      // Not here, then; but what did not fit what came before may begin a frame itself.
      if (!isFirst) return this.#decide(bytes, at, end, wireBytes, seconds, nanoseconds);
      return this.#framing === null ? 'unframed' : 'out-of-step';
    }
    this.#framing = verdict;
    this.#inStep = true;
    this.#fromStart = false;
    for (const held of waiting) {
      this.#feed(held.bytes, 0, held.bytes.length, held.wireBytes, held.seconds, held.nanoseconds);
    }
    this.#feed(bytes, at, end, wireBytes, seconds, nanoseconds);
    return 'taken';
  }

  /** Frames out of the next bytes in order. */
  #feed(bytes: Uint8Array, at: number, end: number, wireBytes: number, seconds: number, nanoseconds: number): void {
    const missing = wireBytes - (end - at);
    const frame = this.#frame;
    if (this.#size > 0) {
      this.#append(bytes, at, end);
      bytes = this.#bytes;
      at = 0;
      end = this.#size;
    }
    // An unfinished frame whose end is known need not be looked at before that is there.
    let step: FrameStep = FrameStep.more;
    while (at < end && (missing > 0 || frame.bytes <= end - at)) {
      step = this.#nextFrame(frame, bytes, at, end);
      if (step !== FrameStep.frame) break;
      const { payloadAt, payloadBytes } = frame;
      if (payloadBytes > 0) {
        this.#sink.tcpFrame(this.flow, bytes, payloadAt, payloadBytes, payloadBytes, seconds, nanoseconds);
      }
      at += frame.bytes;
      frame.set(0, 0, 0);
    }
    if (at < end && step === FrameStep.lost) {
      this.#loseStep();
    } else if (missing > 0) {
      this.#feedCut(bytes, at, end, missing, seconds, nanoseconds);
    } else if (at === end) {
      this.#clear();
    } else if (bytes === this.#bytes) {
      if (at > 0) this.#bytes.copyWithin(0, at, end);
      this.#size = end - at;
    } else {
      this.#append(bytes, at, end);
    }
  }

  /** The snap length cut the segment: a frame that was to end with it is used as far as it goes. */
  #feedCut(bytes: Uint8Array, at: number, end: number, missing: number, seconds: number, nanoseconds: number): void {
    const { bytes: frameBytes, payloadAt, payloadBytes } = this.#frame;
    const endsHere = at < end && frameBytes > 0 && at + frameBytes <= end + missing && payloadAt <= end;
    if (endsHere) this.#sink.tcpFrame(this.flow, bytes, payloadAt, end - payloadAt, payloadBytes, seconds, nanoseconds);
    this.#frame.set(0, 0, 0);
    this.#clear();
    this.#inStep = endsHere && at + frameBytes === end + missing;
  }

  #nextFrame(frame: Frame, bytes: Uint8Array, at: number, end: number): FrameStep {
    switch (this.#framing) {
      case Framing.rfc4571:
        return nextRfc4571Frame(frame, bytes, at, end);
      case Framing.stun:
        return nextStunFrame(frame, bytes, at, end);
      case Framing.rtsp:
        return nextRtspFrame(frame, bytes, at, end);
      default:
        return nextTextMessage(frame, bytes, at, end);
    }
  }

  #loseStep(): void {
    this.#inStep = false;
    this.#fromStart = false;
    this.#undecided.length = 0;
    this.#clear();
    this.#frame.set(0, 0, 0);
  }

  #restart(next: number): void {
    this.#loseStep();
    this.#held.clear();
    this.#framing = null;
    this.#tries = 0;
    this.#next = next;
  }

  #append(bytes: Uint8Array, at: number, end: number): void {
    const needed = this.#size + end - at;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, 512));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(at, end), this.#size);
    this.#size = needed;
  }

  #clear(): void {
    this.#size = 0;
    if (this.#bytes.length > 4096) this.#bytes = NOTHING;
  }
}
