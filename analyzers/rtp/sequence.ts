import { type BurstSummary, Bursts } from './bursts.ts';
import { MissingRanges, type RangeColumns } from './missing-ranges.ts';
import { type Rows, SEQUENCE_AT, SEQUENCE_RARE_AT } from './rows.ts';
import { MAX_DROPOUT } from './stream-limits.ts';

export { MAX_DROPOUT };

/*
 * Sequence numbers (RFC 3550, appendix A.1 and A.3), with what the RFC's receiver does not need and an analyst does:
 * loss as the unique numbers that never came, late packets and duplicates apart from it.
 */
/** RFC 3550 A.1: this far below the first packet is reordering, further is another numbering. */
export const MAX_MISORDER = 100;
const NONE = -1;

/** Highest and lowest extended number of the numbering at hand. */
const HIGHEST = SEQUENCE_AT;
const TIMESTAMP = SEQUENCE_AT + 1;
/** Unique packets over all numberings. */
const RECEIVED = SEQUENCE_AT + 2;
/** The number that would make the strange packet before it the start of a new numbering. */
const STRANGE_NEXT = SEQUENCE_AT + 3;
const LOWEST = SEQUENCE_RARE_AT;
const EXPECTED_BEFORE = SEQUENCE_RARE_AT + 1;
const DUPLICATES = SEQUENCE_RARE_AT + 2;
const LATE = SEQUENCE_RARE_AT + 3;
const EXTENT_SUM = SEQUENCE_RARE_AT + 4;
const EXTENT_MAX = SEQUENCE_RARE_AT + 5;
const RESTARTS = SEQUENCE_RARE_AT + 6;

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

/** Where the missing ranges of the first rows lie, in memory that others write to as well. */
export interface RangeMemory {
  /** How many of the first rows have their ranges here. */
  readonly sampledRows: number;
  /** How many ranges these rows have. */
  readonly rangeCounts: Int32Array;
  ranges(row: number): RangeColumns;
}

/** Numbering of many streams. */
export class Sequence {
  readonly #rows: Rows;
  readonly #missing: (MissingRanges | null)[] = [];
  readonly #bursts: (Bursts | null)[] = [];
  /** Of the packet placed last: how many numbers it left out (`ahead`, `early`). */
  gap = 0;
  /** In which window it had been missed (`late`). */
  window = 0;
  /** Whether the strange packet before it counts now as well (`ahead`). */
  heldBack = false;

  readonly #memory: RangeMemory | null;

  /** @param memory for missing ranges; in memory of their own where not given. */
  constructor(rows: Rows, memory: RangeMemory | null = null) {
    this.#rows = rows;
    this.#memory = memory;
  }

  /** Begins a stream with its first packet. */
  start(row: number, at: number, sequenceNumber: number, timestamp: number): void {
    const fields = this.#rows.fields;
    if (this.#memory !== null && row < this.#memory.sampledRows) this.#memory.rangeCounts[row] = 0;
    this.#missing[row] = null;
    this.#bursts[row] = null;
    begin(fields, at, sequenceNumber, timestamp);
    fields[at + RECEIVED] = 1;
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
    at: number,
    sequenceNumber: number,
    timestamp: number,
    arrivalNs: number,
    previousNs: number,
    usualNs: number,
    window: number,
  ): Arrival {
    const fields = this.#rows.fields;
    const delta = (sequenceNumber - fields[at + HIGHEST]) & 0xffff;
    const follows = fields[at + STRANGE_NEXT] === sequenceNumber;
    this.heldBack = false;
    if (delta !== 0 && delta < MAX_DROPOUT)
      return this.#ahead(row, at, delta, timestamp, arrivalNs, previousNs, window);
    if (delta !== 0 && delta < 0x8000) {
      if (!follows) return strange(fields, at, sequenceNumber);
      // Two in sequence, far ahead. As many packets as the silence had room for: an outage. Otherwise a new numbering.
      const room = ((arrivalNs - previousNs) / Math.max(usualNs, 1)) * 2 + MAX_DROPOUT;
      if (delta >= room) return this.#restart(row, at, sequenceNumber, timestamp);
      this.#ahead(row, at, delta, timestamp, arrivalNs, previousNs, window);
      // The first of the two was held back, and it was the number before this one.
      this.#missing[row]?.take(fields[at + HIGHEST] - 1, this.#burstsOf(row));
      fields[at + RECEIVED]++;
      this.gap--;
      this.heldBack = true;
      return Arrival.ahead;
    }

    const number = fields[at + HIGHEST] - ((0x10000 - delta) & 0xffff);
    const missed = this.#missing[row]?.take(number, this.#burstsOf(row)) ?? NONE;
    if (missed !== NONE) {
      this.window = missed;
      return tooLate(fields, at, number, Arrival.late);
    }
    const newer = ((timestamp - fields[at + TIMESTAMP]) | 0) > 0;
    const below = fields[at + LOWEST] - number;
    if (below <= 0) {
      // A number that came before. With a timestamp above all others it is not the same packet: the numbers began anew.
      if (newer) return this.#strangeOrRestart(row, at, sequenceNumber, timestamp, follows);
      fields[at + DUPLICATES]++;
      return Arrival.duplicate;
    }
    if (below > MAX_MISORDER || (follows && newer)) {
      return this.#strangeOrRestart(row, at, sequenceNumber, timestamp, follows);
    }
    // Before the first packet seen: the stream begins earlier than thought, and the numbers between are missing.
    fields[at + LOWEST] = number;
    if (below > 1) this.#openBelow(row, number + 1, number + below - 1, arrivalNs, window);
    this.gap = below - 1;
    return tooLate(fields, at, number, Arrival.early);
  }

  #ahead(
    row: number,
    at: number,
    delta: number,
    timestamp: number,
    arrivalNs: number,
    previousNs: number,
    window: number,
  ): Arrival {
    const fields = this.#rows.fields;
    const highest = fields[at + HIGHEST];
    const missing = this.#missingOf(row);
    const bursts = this.#burstsOf(row);
    if (delta > 1) missing.open(highest + 1, highest + delta - 1, previousNs, arrivalNs, window, bursts);
    fields[at + HIGHEST] = highest + delta;
    fields[at + TIMESTAMP] = timestamp;
    fields[at + RECEIVED]++;
    fields[at + STRANGE_NEXT] = NONE;
    this.gap = delta - 1;
    return Arrival.ahead;
  }

  #openBelow(row: number, first: number, last: number, arrivalNs: number, window: number): void {
    this.#missingOf(row).openBelow(first, last, arrivalNs, window, this.#burstsOf(row));
  }

  #missingOf(row: number): MissingRanges {
    const shared = this.#memory !== null && row < this.#memory.sampledRows;
    return (this.#missing[row] ??= new MissingRanges(shared ? this.#memory?.ranges(row) : undefined));
  }

  #burstsOf(row: number): Bursts {
    return (this.#bursts[row] ??= new Bursts());
  }

  /** Whoever shares the memory has opened a range. */
  opened(row: number): void {
    this.#missingOf(row);
    this.#burstsOf(row);
  }

  /** Whoever shares the memory has settled a range, as {@link LossSink} has it. */
  lost(row: number, first: number, count: number, beforeNs: number, afterNs: number): void {
    this.#bursts[row]?.lost(first, count, beforeNs, afterNs);
  }

  #strangeOrRestart(row: number, at: number, sequenceNumber: number, timestamp: number, follows: boolean): Arrival {
    if (follows) return this.#restart(row, at, sequenceNumber, timestamp);
    return strange(this.#rows.fields, at, sequenceNumber);
  }

  #restart(row: number, at: number, sequenceNumber: number, timestamp: number): Arrival {
    const fields = this.#rows.fields;
    fields[at + EXPECTED_BEFORE] += fields[at + HIGHEST] - fields[at + LOWEST] + 1;
    const bursts = this.#bursts[row];
    if (bursts) {
      this.#missing[row]?.settle(bursts);
      bursts.restart();
    }
    begin(fields, at, sequenceNumber, timestamp);
    // The strange packet before this one was the first of the new numbering.
    fields[at + LOWEST]--;
    fields[at + RECEIVED] += 2;
    fields[at + RESTARTS]++;
    return Arrival.restarted;
  }

  /**
   * Numbers up to this one that have not come so far, over all numberings.
   *
   * @param sequenceNumber its low 16 bits. @returns NaN where it is ahead of the highest, or from before the numbering at hand.
   */
  lostUpTo(row: number, at: number, sequenceNumber: number): number {
    const fields = this.#rows.fields;
    const highest = fields[at + HIGHEST];
    const behind = (highest - sequenceNumber) & 0xffff;
    if (behind >= 0x8000 || highest - behind < fields[at + LOWEST] - 1) return Number.NaN;
    const expected = fields[at + EXPECTED_BEFORE] + highest - fields[at + LOWEST] + 1;
    return expected - fields[at + RECEIVED] - (this.#missing[row]?.above(highest - behind) ?? 0);
  }

  /** Unique and expected packets so far. */
  counts(at: number): { readonly received: number; readonly expected: number } {
    const fields = this.#rows.fields;
    const expected = fields[at + EXPECTED_BEFORE] + fields[at + HIGHEST] - fields[at + LOWEST] + 1;
    return { received: fields[at + RECEIVED], expected };
  }

  /** Where the numbers of a stream begin and end, for what came before and comes after in other captures. */
  edges(row: number, at: number): SequenceEdges {
    const fields = this.#rows.fields;
    const [lowest, highest] = [fields[at + LOWEST], fields[at + HIGHEST]];
    const restarts = fields[at + RESTARTS];
    const near: (readonly [number, number])[] = [];
    this.#missing[row]?.tell({
      lost: (first, count) => {
        const last = first + count - 1;
        if (first >= lowest && (first - lowest < MAX_DROPOUT || highest - last < MAX_DROPOUT))
          near.push([first - lowest, last - lowest]);
      },
    });
    return {
      lowest: restarts > 0 ? null : lowest & 0xffff,
      highest: highest & 0xffff,
      span: highest - lowest + 1,
      missing: near,
    };
  }

  summary(row: number, at: number): SequenceSummary {
    const fields = this.#rows.fields;
    const received = fields[at + RECEIVED];
    const expected = fields[at + EXPECTED_BEFORE] + fields[at + HIGHEST] - fields[at + LOWEST] + 1;
    const late = fields[at + LATE];
    const bursts = this.#bursts[row]?.copy();
    if (bursts !== undefined) this.#missing[row]?.tell(bursts);
    return {
      received,
      expected,
      lost: expected - received,
      duplicates: fields[at + DUPLICATES],
      late,
      reorderingExtent: late === 0 ? null : { mean: fields[at + EXTENT_SUM] / late, max: fields[at + EXTENT_MAX] },
      restarts: fields[at + RESTARTS],
      bursts: bursts?.finish() ?? null,
    };
  }
}

export interface SequenceEdges {
  /** Low 16 bits of the lowest number of the first numbering; null where there was another numbering after it. */
  readonly lowest: number | null;
  /** Low 16 bits of the highest number of the last numbering. */
  readonly highest: number;
  /** Numbers from the lowest to the highest of the last numbering. */
  readonly span: number;
  /** Ranges that did not come, near the ends, as distances from the lowest number. */
  readonly missing: readonly (readonly [first: number, last: number])[];
}

export interface SequenceSummary {
  /** Unique packets. */
  readonly received: number;
  /** RFC 3550 A.3, summed over restarts. */
  readonly expected: number;
  /** Numbers that never came: exact, and never negative. */
  readonly lost: number;
  readonly duplicates: number;
  readonly late: number;
  /** RFC 4737, 4.2.1, as far as numbers tell it: how far behind the highest number the late packets came. */
  readonly reorderingExtent: { readonly mean: number; readonly max: number } | null;
  readonly restarts: number;
  readonly bursts: BurstSummary | null;
}

/** Places a packet that carries the next number. @returns false, and does nothing, where it does not. */
export function placeNext(fields: Float64Array, at: number, sequenceNumber: number, timestamp: number): boolean {
  const highest = fields[at + HIGHEST];
  if (((sequenceNumber - highest) & 0xffff) !== 1) return false;
  fields[at + HIGHEST] = highest + 1;
  fields[at + TIMESTAMP] = timestamp;
  fields[at + RECEIVED]++;
  fields[at + STRANGE_NEXT] = NONE;
  return true;
}

/** Unique packets so far. */
export function received(fields: Float64Array, at: number): number {
  return fields[at + RECEIVED];
}

/** Timestamp of the packet with the highest number. */
export function highestTimestamp(fields: Float64Array, at: number): number {
  return fields[at + TIMESTAMP];
}

function begin(fields: Float64Array, at: number, sequenceNumber: number, timestamp: number): void {
  // A cycle up, so that a packet from before the first one has a number above zero.
  fields[at + HIGHEST] = fields[at + LOWEST] = sequenceNumber + 0x10000;
  fields[at + TIMESTAMP] = timestamp;
  fields[at + STRANGE_NEXT] = NONE;
}

function strange(fields: Float64Array, at: number, sequenceNumber: number): Arrival {
  fields[at + STRANGE_NEXT] = (sequenceNumber + 1) & 0xffff;
  return Arrival.strange;
}

function tooLate(fields: Float64Array, at: number, number: number, arrival: Arrival): Arrival {
  const extent = fields[at + HIGHEST] - number;
  fields[at + LATE]++;
  fields[at + RECEIVED]++;
  fields[at + EXTENT_SUM] += extent;
  if (extent > fields[at + EXTENT_MAX]) fields[at + EXTENT_MAX] = extent;
  return arrival;
}
