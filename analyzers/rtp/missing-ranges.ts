/** Above this many open ranges the oldest is taken for lost: a bound on memory under absurd reordering. */
const MOST_RANGES = 4096;
/** A number further behind the highest than half the 16-bit space cannot be told from one ahead of it. */
const REACH = 32768;

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

/**
 * The sequence numbers of one stream that have been passed over and may still come: the exact complement of what was
 * received, so that no bitmap of received numbers is needed. Takes memory by holes, not by packets.
 *
 * Ranges are ordered and disjoint, [first, last], by extended number.
 */
export class MissingRanges {
  #first = new Int32Array(8);
  #last = new Int32Array(8);
  #beforeNs = new Float64Array(8);
  #afterNs = new Float64Array(8);
  /** As a float: a window of a millisecond in a stream of a month has a number beyond 32 bits. */
  #window = new Float64Array(8);
  #count = 0;
  /** Packets in all open ranges. */
  missing = 0;

  /** Opens a range above all others. `window` is the number of the time window in which it was noticed. */
  open(first: number, last: number, beforeNs: number, afterNs: number, window: number, sink: LossSink): void {
    while (this.#count > 0 && (this.#count === MOST_RANGES || last - this.#last[0] > REACH)) this.#settleOldest(sink);
    this.#insert(this.#count, first, last, beforeNs, afterNs, window);
    this.missing += last - first + 1;
  }

  /** Opens a range below all others: the stream begins earlier than was thought. */
  openBelow(first: number, last: number, noticedNs: number, window: number, sink: LossSink): void {
    if (this.#count === MOST_RANGES) this.#settleOldest(sink);
    this.#insert(0, first, last, noticedNs, noticedNs, window);
    this.missing += last - first + 1;
  }

  /**
   * Takes a number out that came after all.
   *
   * @returns the window in which it had been missed, -1 where it was not missing: it is a duplicate.
   */
  take(number: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (number < this.#first[middle]) high = middle - 1;
      else if (number > this.#last[middle]) low = middle + 1;
      else return this.#takeFrom(middle, number);
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
    this.missing = 0;
  }

  #takeFrom(at: number, number: number): number {
    const window = this.#window[at];
    const first = this.#first[at];
    const last = this.#last[at];
    this.missing--;
    if (first === last) {
      this.#remove(at);
    } else if (number === first) {
      this.#first[at] = number + 1;
    } else if (number === last) {
      this.#last[at] = number - 1;
    } else {
      this.#last[at] = number - 1;
      this.#insert(at + 1, number + 1, last, this.#beforeNs[at], this.#afterNs[at], window);
    }
    return window;
  }

  #tellOne(at: number, sink: LossSink): void {
    sink.lost(this.#first[at], this.#last[at] - this.#first[at] + 1, this.#beforeNs[at], this.#afterNs[at]);
  }

  #settleOldest(sink: LossSink): void {
    this.#tellOne(0, sink);
    this.missing -= this.#last[0] - this.#first[0] + 1;
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
    const size = this.#first.length * 2;
    const int32 = (column: Int32Array) => {
      const next = new Int32Array(size);
      next.set(column);
      return next;
    };
    const float64 = (column: Float64Array) => {
      const next = new Float64Array(size);
      next.set(column);
      return next;
    };
    this.#first = int32(this.#first);
    this.#last = int32(this.#last);
    this.#window = float64(this.#window);
    this.#beforeNs = float64(this.#beforeNs);
    this.#afterNs = float64(this.#afterNs);
  }
}
