import {
  ARRIVAL,
  FIRST_CHANGE,
  FIRST_MARKER,
  FIRST_TIMESTAMP,
  FLOATS,
  FRAME_PACKETS,
  FRAMES,
  INTEGERS,
  LAST_CHANGE,
  LAST_MARKER,
  LAST_TIMESTAMP,
  PAUSE_NS,
  PAYLOAD_BYTES,
  SHARED_FRAMES,
  SHARED_FRAMES_ENDED,
  SINGLE_FRAMES_MARKED,
  STEP_COUNTS,
  STEP_SLOTS,
  STEPS,
  WINDOW_NS,
  WINDOW_START,
  WINDOW_TIMESTAMP,
  WINDOWS,
  WINDOWS_OUTSIDE,
} from './clock-layout.ts';
import {
  type ClockRateEvidence,
  type ClockRateInference,
  type ClockRateUnknownReason,
  judgeClockRate,
} from './clock-rate-judgement.ts';

/*
 * What a stream without SDP tells of its clock, kept while its packets pass: how fast its timestamps run against
 * arrival, over windows; by which steps they go; and how packets share timestamps and carry markers, which tells video
 * (frames of several packets, RFC 6184 5.1) from audio (a marker at the start of a talk spurt, RFC 3551 4.1).
 */
/** Windows shorter than this are not kept. */
const SHORTEST_NS = 0.25e9;
/** Beyond this a 32-bit timestamp at 90 kHz may have gone round unseen. */
const LONGEST_NS = 20_000e9;

/** Windows by slope, in classes of 1.5 % from 4 kHz to 200 kHz. */
const LOWEST_RATE = 4000;
const CLASS_LOG = Math.log(1.015);
const CLASSES = Math.ceil(Math.log(50) / CLASS_LOG);
/** With so many windows and frames the answer stands; what comes after is not looked at, which costs next to nothing. */
const ENOUGH_WINDOWS = 60;
const ENOUGH_FRAMES = 1500;
/** Else a class could overflow: a stream of very rare frames. */
const MOST_WINDOWS = 60_000;

/** Columns for as many streams as there can be, in memory that others write to as well. */
export interface ClockColumns {
  readonly integers: Int32Array;
  readonly floats: Float64Array;
  readonly settled: Uint8Array;
}

/** Gathers evidence of the clock rates of streams, numbered by the caller; {@link judgeClockRate} weighs it. */
export class ClockRateSampler {
  #capacity = 0;
  #integers: Int32Array = new Int32Array(0);
  #floats: Float64Array = new Float64Array(0);
  #slopes = new Uint16Array(0);
  #settled: Uint8Array = new Uint8Array(0);
  readonly #given: boolean;

  /** @param columns all zero; columns of its own, which grow, where not given. */
  constructor(columns: ClockColumns | null = null) {
    this.#given = columns !== null;
    if (columns === null) return;
    this.#integers = columns.integers;
    this.#floats = columns.floats;
    this.#settled = columns.settled;
  }

  /** Makes room for streams numbered 0 to `streams - 1`. */
  ensure(streams: number): void {
    if (streams <= this.#capacity) return;
    const capacity = Math.max(streams, this.#capacity * 2, 16);
    const slopes = new Uint16Array(capacity * CLASSES);
    slopes.set(this.#slopes);
    this.#slopes = slopes;
    this.#capacity = capacity;
    if (this.#given) return;
    const integers = new Int32Array(capacity * INTEGERS);
    const floats = new Float64Array(capacity * FLOATS);
    const settled = new Uint8Array(capacity);
    integers.set(this.#integers);
    floats.set(this.#floats);
    settled.set(this.#settled);
    this.#integers = integers;
    this.#floats = floats;
    this.#settled = settled;
  }

  /**
   * Takes one packet of `stream`, which `ensure` has made room for. Call it for unique packets in the order of their
   * sequence numbers; late and repeated ones would look like a clock that runs back.
   *
   * @param timestamp the RTP timestamp, as an unsigned or signed 32-bit number.
   */
  sample(stream: number, arrivalNs: number, timestamp: number, marker: number, payloadLength: number): void {
    if (this.#settled[stream] === 1) return;
    const integers = this.#integers;
    const row = stream * INTEGERS;
    if (integers[row + LAST_TIMESTAMP] === (timestamp | 0) && integers[row + FRAME_PACKETS] > 0) {
      integers[row + FRAME_PACKETS]++;
      integers[row + LAST_MARKER] = marker;
      return;
    }
    this.#floats[stream * FLOATS + ARRIVAL] = arrivalNs;
    this.#change(stream, timestamp | 0, marker, payloadLength);
  }

  /** Whether further packets of the stream change nothing. */
  isSettled(stream: number): boolean {
    return this.#settled[stream] === 1;
  }

  /** Forgets a stream: its number will be given to another. */
  forget(stream: number): void {
    this.#integers.fill(0, stream * INTEGERS, (stream + 1) * INTEGERS);
    this.#floats.fill(0, stream * FLOATS, (stream + 1) * FLOATS);
    this.#slopes.fill(0, stream * CLASSES, (stream + 1) * CLASSES);
    this.#settled[stream] = 0;
  }

  /** What the packets so far say; null where they do not say enough (see {@link whyUnknown}). */
  infer(stream: number): ClockRateInference | null {
    const judged = this.#judge(stream);
    return typeof judged === 'string' ? null : judged;
  }

  /** Why {@link infer} gives null; null where it does not. */
  whyUnknown(stream: number): ClockRateUnknownReason | null {
    const judged = this.#judge(stream);
    return typeof judged === 'string' ? judged : null;
  }

  #judge(stream: number): ClockRateInference | ClockRateUnknownReason {
    if (stream >= this.#capacity) return 'too-short';
    return judgeClockRate(this.#evidence(stream));
  }

  /** A packet with another timestamp than the one before: a new frame. */
  #change(stream: number, timestamp: number, marker: number, payloadLength: number): void {
    const integers = this.#integers;
    const floats = this.#floats;
    const row = stream * INTEGERS;
    const times = stream * FLOATS;
    const arrivalNs = floats[times + ARRIVAL];
    const step = (timestamp - integers[row + LAST_TIMESTAMP]) | 0;
    if (integers[row + FRAME_PACKETS] === 0) {
      integers[row + FIRST_TIMESTAMP] = integers[row + WINDOW_TIMESTAMP] = timestamp;
      floats[times + FIRST_CHANGE] = floats[times + WINDOW_START] = arrivalNs;
    } else {
      this.#endFrame(row);
      if (integers[row + STEPS] === step) integers[row + STEP_COUNTS]++;
      else this.#countStep(row, step);
      const before = floats[times + LAST_CHANGE];
      const pause = arrivalNs - before;
      if (pause >= PAUSE_NS || pause <= -WINDOW_NS) {
        this.endWindow(stream, before, integers[row + LAST_TIMESTAMP]);
        this.endWindow(stream, arrivalNs, timestamp);
      } else if (arrivalNs - floats[times + WINDOW_START] >= WINDOW_NS) {
        this.endWindow(stream, arrivalNs, timestamp);
      }
    }
    integers[row + LAST_TIMESTAMP] = timestamp;
    integers[row + FRAME_PACKETS] = 1;
    integers[row + FIRST_MARKER] = marker;
    integers[row + LAST_MARKER] = marker;
    floats[times + LAST_CHANGE] = arrivalNs;
    floats[times + PAYLOAD_BYTES] += payloadLength;
  }

  #endFrame(row: number): void {
    const integers = this.#integers;
    integers[row + FRAMES]++;
    if (integers[row + FRAME_PACKETS] > 1) {
      integers[row + SHARED_FRAMES]++;
      if (integers[row + LAST_MARKER] === 1 && integers[row + FIRST_MARKER] === 0) {
        integers[row + SHARED_FRAMES_ENDED]++;
      }
    } else if (integers[row + LAST_MARKER] === 1) {
      integers[row + SINGLE_FRAMES_MARKED]++;
    }
  }

  /** Keeps the commonest steps in few places (the "space saving" algorithm): a newcomer takes over the rarest. */
  #countStep(row: number, step: number): void {
    const integers = this.#integers;
    let rarest = row;
    for (let slot = row; slot < row + STEP_SLOTS; slot++) {
      if (integers[slot + STEPS] === step) {
        integers[slot + STEP_COUNTS]++;
        return;
      }
      if (integers[slot + STEP_COUNTS] < integers[rarest + STEP_COUNTS]) rarest = slot;
    }
    integers[rarest + STEPS] = step;
    integers[rarest + STEP_COUNTS]++;
  }

  /** The window at hand of the stream's clock is over. */
  endWindow(stream: number, endNs: number, timestamp: number): void {
    const integers = this.#integers;
    const row = stream * INTEGERS;
    const times = stream * FLOATS;
    const elapsedNs = endNs - this.#floats[times + WINDOW_START];
    if (elapsedNs >= SHORTEST_NS && elapsedNs <= LONGEST_NS) {
      const rate = (((timestamp - integers[row + WINDOW_TIMESTAMP]) | 0) * 1e9) / elapsedNs;
      const slopeClass = rate < LOWEST_RATE ? -1 : Math.floor(Math.log(rate / LOWEST_RATE) / CLASS_LOG);
      if (slopeClass >= 0 && slopeClass < CLASSES) {
        this.#slopes[stream * CLASSES + slopeClass]++;
        integers[row + WINDOWS]++;
      } else {
        integers[row + WINDOWS_OUTSIDE]++;
      }
      const windows = integers[row + WINDOWS] + integers[row + WINDOWS_OUTSIDE];
      if ((windows >= ENOUGH_WINDOWS && integers[row + FRAMES] >= ENOUGH_FRAMES) || windows >= MOST_WINDOWS) {
        this.#settled[stream] = 1;
      }
    }
    this.#floats[times + WINDOW_START] = endNs;
    integers[row + WINDOW_TIMESTAMP] = timestamp;
  }

  #evidence(stream: number): ClockRateEvidence {
    const integers = this.#integers;
    const floats = this.#floats;
    const row = stream * INTEGERS;
    const times = stream * FLOATS;
    const steps: { step: number; count: number }[] = [];
    for (let slot = row; slot < row + STEP_SLOTS; slot++) {
      const count = integers[slot + STEP_COUNTS];
      if (count > 0) steps.push({ step: integers[slot + STEPS], count });
    }
    steps.sort((a, b) => b.count - a.count);
    const spanSeconds = (floats[times + LAST_CHANGE] - floats[times + FIRST_CHANGE]) / 1e9;
    const advance = (integers[row + LAST_TIMESTAMP] - integers[row + FIRST_TIMESTAMP]) | 0;
    return {
      frames: integers[row + FRAMES],
      sharedFrames: integers[row + SHARED_FRAMES],
      sharedFramesEnded: integers[row + SHARED_FRAMES_ENDED],
      singleFramesMarked: integers[row + SINGLE_FRAMES_MARKED],
      meanPayloadBytes: floats[times + PAYLOAD_BYTES] / (integers[row + FRAMES] + 1),
      steps,
      spanSeconds,
      overallRate: spanSeconds > 0 && spanSeconds < LONGEST_NS / 1e9 ? advance / spanSeconds : null,
      windows: integers[row + WINDOWS],
      windowsOutside: integers[row + WINDOWS_OUTSIDE],
      rateQuantile: (share) => this.#rateQuantile(stream, share),
    };
  }

  /** The rate below which `share` of the windows lie; asked only where there is a window. */
  #rateQuantile(stream: number, share: number): number {
    const target = this.#integers[stream * INTEGERS + WINDOWS] * share;
    let below = 0;
    for (let slopeClass = 0; slopeClass < CLASSES; slopeClass++) {
      const count = this.#slopes[stream * CLASSES + slopeClass];
      if (count > 0 && below + count >= target) {
        return LOWEST_RATE * Math.exp((slopeClass + (target - below) / count) * CLASS_LOG);
      }
      below += count;
    }
    return LOWEST_RATE * Math.exp(CLASSES * CLASS_LOG);
  }
}
