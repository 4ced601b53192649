import { type BurstSummary, Bursts } from './bursts.ts';
import { Columns } from './columns.ts';
import { MissingRanges } from './missing-ranges.ts';

/*
 * Sequence numbers (RFC 3550, appendix A.1 and A.3), with what the RFC's receiver does not need and an analyst does:
 * loss as the unique numbers that never came, late packets and duplicates apart from it.
 */
/** RFC 3550 A.1: a jump ahead below this is loss. */
export const MAX_DROPOUT = 3000;
/** RFC 3550 A.1: this far below the first packet is reordering, further is another numbering. */
export const MAX_MISORDER = 100;
const NONE = -1;

/** What one packet was to its stream. */
export const Arrival = {
  /** The next number. */
  next: 0,
  /** Ahead of the next: numbers between are missing. */
  ahead: 1,
  /** Passed over before, and came after all. */
  late: 2,
  /** From before the first packet that was seen, and late: the numbers between are missing. */
  early: 6,
  duplicate: 3,
  /** Fits no numbering so far. Held back: see {@link Sequence.other}. */
  strange: 4,
  /** Second of a new numbering: the strange packet before it was the first, the stream goes on from here. */
  restarted: 5,
} as const;
export type Arrival = (typeof Arrival)[keyof typeof Arrival];

/** Numbering of many streams, one a row. */
export class Sequence extends Columns {
  /** Highest and lowest extended number of the numbering at hand. */
  #highest = new Int32Array(0);
  #lowest = new Int32Array(0);
  #lastTimestamp = new Int32Array(0);
  /** Unique packets over all numberings. */
  #received = new Float64Array(0);
  #expectedBefore = new Float64Array(0);
  #duplicates = new Float64Array(0);
  #late = new Float64Array(0);
  #extentSum = new Float64Array(0);
  #extentMax = new Float64Array(0);
  #restarts = new Int32Array(0);
  /** The number that would make the strange packet before it the start of a new numbering. */
  #strangeNext = new Int32Array(0);
  readonly #missing: (MissingRanges | null)[] = [];
  readonly #bursts: (Bursts | null)[] = [];
  /** Of the packet placed last: how many numbers it left out (`ahead`, `early`). */
  gap = 0;
  /** In which window it had been missed (`late`). */
  window = 0;
  /** Whether the strange packet before it counts now as well (`ahead`). */
  heldBack = false;

  protected override grow(rows: number): void {
    this.#highest = this.int32(this.#highest, rows);
    this.#lowest = this.int32(this.#lowest, rows);
    this.#lastTimestamp = this.int32(this.#lastTimestamp, rows);
    this.#received = this.float64(this.#received, rows);
    this.#expectedBefore = this.float64(this.#expectedBefore, rows);
    this.#duplicates = this.float64(this.#duplicates, rows);
    this.#late = this.float64(this.#late, rows);
    this.#extentSum = this.float64(this.#extentSum, rows);
    this.#extentMax = this.float64(this.#extentMax, rows);
    this.#restarts = this.int32(this.#restarts, rows);
    this.#strangeNext = this.int32(this.#strangeNext, rows);
  }

  /** Begins a stream with its first packet. */
  start(row: number, sequenceNumber: number, timestamp: number): void {
    this.#begin(row, sequenceNumber, timestamp);
    this.#received[row] = 1;
  }

  /** Places a packet that carries the next number. @returns false, and does nothing, where it does not: ask {@link other}. */
  next(row: number, sequenceNumber: number, timestamp: number): boolean {
    const highest = this.#highest[row];
    if (((sequenceNumber - highest) & 0xffff) !== 1) return false;
    this.#highest[row] = highest + 1;
    this.#lastTimestamp[row] = timestamp;
    this.#received[row]++;
    this.#strangeNext[row] = NONE;
    return true;
  }

  /**
   * Places a packet that does not carry the next number.
   *
   * A `strange` packet is not counted. If the next one follows on it, that one is `restarted` where the numbering began
   * anew, or `ahead` where the time that passed says that a long outage lies between; both packets are counted then.
   *
   * @param arrivalNs its arrival. @param previousNs that of the stream's packet before it.
   * @param usualNs mean time between the stream's packets: tells an outage from a new numbering.
   * @param window number of the time window at hand, remembered for numbers that go missing now.
   */
  other(
    row: number,
    sequenceNumber: number,
    timestamp: number,
    arrivalNs: number,
    previousNs: number,
    usualNs: number,
    window: number,
  ): Arrival {
    const delta = (sequenceNumber - this.#highest[row]) & 0xffff;
    const follows = this.#strangeNext[row] === sequenceNumber;
    this.heldBack = false;
    if (delta !== 0 && delta < MAX_DROPOUT) return this.#ahead(row, delta, timestamp, arrivalNs, previousNs, window);
    if (delta !== 0 && delta < 0x8000) {
      if (!follows) return this.#strange(row, sequenceNumber);
      // Two in sequence, far ahead. As many packets as the silence had room for: an outage. Otherwise a new numbering.
      const room = ((arrivalNs - previousNs) / Math.max(usualNs, 1)) * 2 + MAX_DROPOUT;
      if (delta >= room) return this.#restart(row, sequenceNumber, timestamp);
      this.#ahead(row, delta, timestamp, arrivalNs, previousNs, window);
      // The first of the two was held back, and it was the number before this one.
      this.#missing[row]?.take(this.#highest[row] - 1);
      this.#received[row]++;
      this.gap--;
      this.heldBack = true;
      return Arrival.ahead;
    }

    const number = this.#highest[row] - ((0x10000 - delta) & 0xffff);
    const missed = this.#missing[row]?.take(number) ?? NONE;
    if (missed !== NONE) {
      this.window = missed;
      return this.#tooLate(row, number);
    }
    const newer = ((timestamp - this.#lastTimestamp[row]) | 0) > 0;
    if (number >= this.#lowest[row]) {
      // A number that came before. With a timestamp above all others it is not the same packet: the numbers began anew.
      if (newer) return follows ? this.#restart(row, sequenceNumber, timestamp) : this.#strange(row, sequenceNumber);
      this.#duplicates[row]++;
      return Arrival.duplicate;
    }
    const below = this.#lowest[row] - number;
    if (below > MAX_MISORDER || (follows && newer)) {
      return follows ? this.#restart(row, sequenceNumber, timestamp) : this.#strange(row, sequenceNumber);
    }
    // Before the first packet seen: the stream begins earlier than thought, and the numbers between are missing.
    this.#lowest[row] = number;
    if (below > 1) this.#openBelow(row, number + 1, number + below - 1, arrivalNs, window);
    this.window = window;
    this.gap = below - 1;
    this.#tooLate(row, number);
    return Arrival.early;
  }

  #ahead(
    row: number,
    delta: number,
    timestamp: number,
    arrivalNs: number,
    previousNs: number,
    window: number,
  ): Arrival {
    const highest = this.#highest[row];
    const missing = (this.#missing[row] ??= new MissingRanges());
    const bursts = (this.#bursts[row] ??= new Bursts());
    missing.open(highest + 1, highest + delta - 1, previousNs, arrivalNs, window, bursts);
    this.#highest[row] = highest + delta;
    this.#lastTimestamp[row] = timestamp;
    this.#received[row]++;
    this.#strangeNext[row] = NONE;
    this.gap = delta - 1;
    return Arrival.ahead;
  }

  #tooLate(row: number, number: number): Arrival {
    const extent = this.#highest[row] - number;
    this.#late[row]++;
    this.#received[row]++;
    this.#extentSum[row] += extent;
    if (extent > this.#extentMax[row]) this.#extentMax[row] = extent;
    return Arrival.late;
  }

  #openBelow(row: number, first: number, last: number, arrivalNs: number, window: number): void {
    const above = this.#missing[row];
    const bursts = (this.#bursts[row] ??= new Bursts());
    const missing = new MissingRanges();
    missing.open(first, last, arrivalNs, arrivalNs, window, bursts);
    above?.tell({
      lost: (from, count, beforeNs, afterNs) => missing.open(from, from + count - 1, beforeNs, afterNs, window, bursts),
    });
    this.#missing[row] = missing;
  }

  #strange(row: number, sequenceNumber: number): Arrival {
    this.#strangeNext[row] = (sequenceNumber + 1) & 0xffff;
    return Arrival.strange;
  }

  #restart(row: number, sequenceNumber: number, timestamp: number): Arrival {
    this.#expectedBefore[row] += this.#highest[row] - this.#lowest[row] + 1;
    const bursts = this.#bursts[row];
    if (bursts) {
      this.#missing[row]?.settle(bursts);
      bursts.restart();
    }
    this.#begin(row, sequenceNumber, timestamp);
    // The strange packet before this one was the first of the new numbering.
    this.#lowest[row]--;
    this.#received[row] += 2;
    this.#restarts[row]++;
    return Arrival.restarted;
  }

  #begin(row: number, sequenceNumber: number, timestamp: number): void {
    // A cycle up, so that a packet from before the first one has a number above zero.
    this.#highest[row] = this.#lowest[row] = sequenceNumber + 0x10000;
    this.#lastTimestamp[row] = timestamp;
    this.#strangeNext[row] = NONE;
  }

  received(row: number): number {
    return this.#received[row];
  }

  /** RFC 3550 A.3, summed over restarts. */
  expected(row: number): number {
    return this.#expectedBefore[row] + this.#highest[row] - this.#lowest[row] + 1;
  }

  /** Numbers that never came: exact, and never negative. */
  lost(row: number): number {
    return this.expected(row) - this.#received[row];
  }

  duplicates(row: number): number {
    return this.#duplicates[row];
  }

  late(row: number): number {
    return this.#late[row];
  }

  restarts(row: number): number {
    return this.#restarts[row];
  }

  /** RFC 4737, 4.2.1, as far as numbers tell it: how far behind the highest number the late packets came. */
  reorderingExtent(row: number): { mean: number; max: number } | null {
    const late = this.#late[row];
    return late === 0 ? null : { mean: this.#extentSum[row] / late, max: this.#extentMax[row] };
  }

  bursts(row: number): BurstSummary | null {
    const bursts = this.#bursts[row]?.copy();
    if (bursts === undefined) return null;
    this.#missing[row]?.tell(bursts);
    return bursts.finish();
  }

  override clear(row: number): void {
    for (const column of [
      this.#received,
      this.#expectedBefore,
      this.#duplicates,
      this.#late,
      this.#extentSum,
      this.#extentMax,
    ]) {
      column[row] = 0;
    }
    this.#restarts[row] = 0;
    this.#missing[row] = null;
    this.#bursts[row] = null;
  }
}
