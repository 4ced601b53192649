const EMPTY = -1;

/**
 * Numbers the RTP streams of a capture: a stream is one SSRC in one direction of one flow. Rows are handed out from 0
 * up and given again once released, so that sources which never prove themselves take no lasting memory.
 */
export class StreamTable {
  #slots = new Int32Array(256).fill(EMPTY);
  #flow = new Int32Array(64);
  #ssrc = new Int32Array(64);
  #rows = 0;
  #live = 0;
  readonly #released: number[] = [];
  #last = EMPTY;

  /** Rows handed out so far, the released ones included: rows run from 0 to below it. */
  get rows(): number {
    return this.#rows;
  }

  flow(row: number): number {
    return this.#flow[row];
  }

  /** Unsigned. */
  ssrc(row: number): number {
    return this.#ssrc[row] >>> 0;
  }

  /** @returns the stream's row, -1 where it is not known. */
  find(flow: number, ssrc: number): number {
    const last = this.#last;
    if (last !== EMPTY && this.#flow[last] === flow && this.#ssrc[last] === (ssrc | 0)) return last;
    const slot = this.#slotOf(flow, ssrc | 0);
    return (this.#last = this.#slots[slot]);
  }

  /** Numbers a stream that {@link find} did not know. */
  add(flow: number, ssrc: number): number {
    const row = this.#released.pop() ?? this.#rows++;
    if (row >= this.#flow.length) {
      this.#flow = doubled(this.#flow);
      this.#ssrc = doubled(this.#ssrc);
    }
    this.#flow[row] = flow;
    this.#ssrc[row] = ssrc | 0;
    this.#slots[this.#slotOf(flow, ssrc | 0)] = row;
    this.#live++;
    if (this.#live * 2 > this.#slots.length) this.#rehash();
    return row;
  }

  /** Forgets a stream; its row will be given to another. */
  release(row: number): void {
    const mask = this.#slots.length - 1;
    let hole = this.#slotOf(this.#flow[row], this.#ssrc[row]);
    this.#slots[hole] = EMPTY;
    // Linear probing: what stands after the hole and belongs before it moves up, or it would not be found again.
    for (let slot = (hole + 1) & mask; this.#slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const other = this.#slots[slot];
      const home = mix(this.#flow[other], this.#ssrc[other]) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#slots[hole] = other;
        this.#slots[slot] = EMPTY;
        hole = slot;
      }
    }
    this.#flow[row] = EMPTY;
    this.#live--;
    this.#released.push(row);
    if (this.#last === row) this.#last = EMPTY;
  }

  /** False for a row that was released. */
  isLive(row: number): boolean {
    return this.#flow[row] !== EMPTY;
  }

  #slotOf(flow: number, ssrc: number): number {
    const mask = this.#slots.length - 1;
    let slot = mix(flow, ssrc) & mask;
    for (;;) {
      const row = this.#slots[slot];
      if (row === EMPTY || (this.#flow[row] === flow && this.#ssrc[row] === ssrc)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    for (let row = 0; row < this.#rows; row++) {
      if (this.#flow[row] !== EMPTY) this.#slots[this.#slotOf(this.#flow[row], this.#ssrc[row])] = row;
    }
  }
}

function mix(flow: number, ssrc: number): number {
  let hash = Math.imul(flow, 0x9e3779b1) ^ Math.imul(ssrc, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const next = new Int32Array(column.length * 2);
  next.set(column);
  return next;
}
