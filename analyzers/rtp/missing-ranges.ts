import { MOST_RANGES, REACH } from './stream-limits.ts';

/** Told of each run of packets that never came, in the order of their numbers. */
export interface LossSink {
  /**
   * @param first extended sequence number of the first lost packet.
   * @param count how many in a row.
   * @param beforeNs arrival of the last packet before the hole was noticed, since the stream's first second.
   * @param afterNs arrival of the packet that showed the hole.
   */
  lost(first: number, count: number, beforeNs: number, afterNs: number): void;
}

/** Columns for the most ranges of one stream, in memory that others write to as well. */
export interface RangeColumns {
  /** How many ranges there are: one number. */
  readonly count: Int32Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly beforeNs: Float64Array;
  readonly afterNs: Float64Array;
  readonly window: Float64Array;
}

/**
 * The sequence numbers of one stream that have been passed over and may still come: the exact complement of what was
 * received, so that no bitmap of received numbers is needed. Takes memory by holes, not by packets.
 *
 * Ranges are ordered and disjoint, [first, last], by extended number.
 */
export class MissingRanges {
  #first: Int32Array;
  #last: Int32Array;
  #beforeNs: Float64Array;
  #afterNs: Float64Array;
  /** As a float: a window of a millisecond in a stream of a month has a number beyond 32 bits. */
  #window: Float64Array;
  readonly #counted: Int32Array;

  /** @param columns of its own, which grow, where not given. */
  constructor(columns: RangeColumns = ownColumns(8)) {
    this.#counted = columns.count;
    this.#first = columns.first;
    this.#last = columns.last;
    this.#beforeNs = columns.beforeNs;
    this.#afterNs = columns.afterNs;
    this.#window = columns.window;
  }

  get #count(): number {
    return this.#counted[0];
  }

  set #count(count: number) {
    this.#counted[0] = count;
  }

  /** Opens a range above all others. `window` is the number of the time window in which it was noticed. */
  open(first: number, last: number, beforeNs: number, afterNs: number, window: number, sink: LossSink): void {
    while (this.#count > 0 && (this.#count === MOST_RANGES || last - this.#last[0] > REACH)) this.#settleOldest(sink);
    this.#insert(this.#count, first, last, beforeNs, afterNs, window);
  }

  /** Opens a range below all others: the stream begins earlier than was thought. */
  openBelow(first: number, last: number, noticedNs: number, window: number, sink: LossSink): void {
    if (this.#count === MOST_RANGES) this.#settleOldest(sink);
    this.#insert(0, first, last, noticedNs, noticedNs, window);
  }

  /**
   * Takes a number out that came after all.
   *
   * @returns the window in which it had been missed, -1 where it was not missing: it is a duplicate.
   */
  take(number: number, sink: LossSink): number {
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (number < this.#first[middle]) high = middle - 1;
      else if (number > this.#last[middle]) low = middle + 1;
      else return this.#takeFrom(middle, number, sink);
    }
    return -1;
  }

  /** Packets in open ranges above this number. */
  above(number: number): number {
    let sum = 0;
    for (let at = this.#count - 1; at >= 0 && this.#last[at] > number; at--) {
      sum += this.#last[at] - Math.max(this.#first[at], number + 1) + 1;
    }
    return sum;
  }

  /** Tells all open ranges to `sink` and keeps them. */
  tell(sink: LossSink): void {
    for (let at = 0; at < this.#count; at++) this.#tellOne(at, sink);
  }

  /** Tells all open ranges to `sink` and forgets them: they never came. */
  settle(sink: LossSink): void {
    this.tell(sink);
    this.#count = 0;
  }

  #takeFrom(at: number, number: number, sink: LossSink): number {
    const window = this.#window[at];
    const first = this.#first[at];
    const last = this.#last[at];
    if (first === last) {
      this.#remove(at);
    } else if (number === first) {
      this.#first[at] = number + 1;
    } else if (number === last) {
      this.#last[at] = number - 1;
    } else {
      this.#split(at, number, sink);
    }
    return window;
  }

  #split(at: number, number: number, sink: LossSink): void {
    const last = this.#last[at];
    this.#last[at] = number - 1;
    const beforeNs = this.#beforeNs[at];
    const afterNs = this.#afterNs[at];
    const window = this.#window[at];
    let above = at + 1;
    if (this.#count === MOST_RANGES) {
      this.#settleOldest(sink);
      above--;
    }
    this.#insert(above, number + 1, last, beforeNs, afterNs, window);
  }

  #tellOne(at: number, sink: LossSink): void {
    sink.lost(this.#first[at], this.#last[at] - this.#first[at] + 1, this.#beforeNs[at], this.#afterNs[at]);
  }

  #settleOldest(sink: LossSink): void {
    this.#tellOne(0, sink);
    this.#remove(0);
  }

  #insert(at: number, first: number, last: number, beforeNs: number, afterNs: number, window: number): void {
    if (this.#count === this.#first.length) this.#grow();
    const end = this.#count++;
    if (at < end) {
      for (const column of [this.#first, this.#last, this.#beforeNs, this.#afterNs, this.#window]) {
        column.copyWithin(at + 1, at, end);
      }
    }
    this.#first[at] = first;
    this.#last[at] = last;
    this.#beforeNs[at] = beforeNs;
    this.#afterNs[at] = afterNs;
    this.#window[at] = window;
  }

  #remove(at: number): void {
    const end = this.#count--;
    for (const column of [this.#first, this.#last, this.#beforeNs, this.#afterNs, this.#window]) {
      column.copyWithin(at, at + 1, end);
    }
  }

  #grow(): void {
    const grown = ownColumns(this.#first.length * 2);
    grown.first.set(this.#first);
    grown.last.set(this.#last);
    grown.beforeNs.set(this.#beforeNs);
    grown.afterNs.set(this.#afterNs);
    grown.window.set(this.#window);
    this.#first = grown.first;
    this.#last = grown.last;
    this.#beforeNs = grown.beforeNs;
    this.#afterNs = grown.afterNs;
    this.#window = grown.window;
  }
}

function ownColumns(size: number): RangeColumns {
  return {
    count: new Int32Array(1),
    first: new Int32Array(size),
    last: new Int32Array(size),
    beforeNs: new Float64Array(size),
    afterNs: new Float64Array(size),
    window: new Float64Array(size),
  };
}
