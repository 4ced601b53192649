const EMPTY = -1;
const UNKNOWN = -2;

/** As the flow table has it. */
export interface FlowHolds {
  hold(flow: number): void;
  letGo(flow: number): void;
}

/**
 * Numbers the RTP streams of a capture: a stream is one SSRC in one direction of one flow. Rows are handed out from 0
 * up and given again once released, so that sources which never prove themselves take no lasting memory.
 */
export class StreamTable {
  /** Holds the flows of the streams that are known; null where flows are never forgotten. */
  flows: FlowHolds | null = null;
  #slots = new Int32Array(256).fill(EMPTY);
  #flow = new Int32Array(64);
  #ssrc = new Int32Array(64);
  #rows = 0;
  #live = 0;
  readonly #hashSeed: number;
  readonly #released: number[] = [];
  /** The stream seen last on each flow: most flows carry one, and then nothing has to be searched for. */
  #lastOfFlow = new Int32Array(256).fill(EMPTY);

  /** @param hashSeed any 32 bits, best ones that nobody can guess: as with the flow table. */
  constructor(hashSeed = 0) {
    this.#hashSeed = hashSeed | 0;
  }

  /** Rows handed out so far, the released ones included: rows run from 0 to below it. */
  get rows(): number {
    return this.#rows;
  }

  /** Streams that are known now. */
  get live(): number {
    return this.#live;
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
    if (flow >= this.#lastOfFlow.length) return EMPTY;
    const last = this.#lastOfFlow[flow];
    if (last === EMPTY || (last !== UNKNOWN && this.#ssrc[last] === (ssrc | 0))) return last;
    const row = this.#slots[this.#slotOf(flow, ssrc | 0)];
    if (row !== EMPTY) this.#lastOfFlow[flow] = row;
    return row;
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
    if (flow >= this.#lastOfFlow.length) this.#growFlows(flow);
    this.#lastOfFlow[flow] = row;
    this.#live++;
    this.flows?.hold(flow);
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
      const home = mix(this.#flow[other], this.#ssrc[other] ^ this.#hashSeed) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#slots[hole] = other;
        this.#slots[slot] = EMPTY;
        hole = slot;
      }
    }
    const flow = this.#flow[row];
    this.#flow[row] = EMPTY;
    this.#live--;
    this.#released.push(row);
    this.flows?.letGo(flow);
    // The flow may have other streams: EMPTY would say that it has none.
    if (this.#lastOfFlow[flow] === row) this.#lastOfFlow[flow] = UNKNOWN;
  }

  /** False for a row that was released. */
  isLive(row: number): boolean {
    return this.#flow[row] !== EMPTY;
  }

  #growFlows(flow: number): void {
    const next = new Int32Array(Math.max(flow + 1, this.#lastOfFlow.length * 2)).fill(EMPTY);
    next.set(this.#lastOfFlow);
    this.#lastOfFlow = next;
  }

  #slotOf(flow: number, ssrc: number): number {
    const mask = this.#slots.length - 1;
    let slot = mix(flow, ssrc ^ this.#hashSeed) & mask;
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
