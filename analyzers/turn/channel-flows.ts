import type { FlowTable } from '../../captures/index.ts';

const EMPTY = -1;
const FIRST_SLOTS = 256;
/** Far above what one relay's capture has in use; beyond it nothing is remembered and each lookup is made anew. */
const MOST_CHANNELS = 1 << 15;

/** The relayed flow of each (flow, channel number), on typed columns: looking up allocates nothing. */
export class ChannelFlows {
  readonly #table: FlowTable;
  #count = 0;
  #flows = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  #channels = new Int32Array(FIRST_SLOTS);
  #relayed = new Int32Array(FIRST_SLOTS);

  constructor(flows: FlowTable) {
    this.#table = flows;
  }

  /** @returns the relayed flow's number, -1 where none is known. */
  get(flow: number, channel: number): number {
    const slot = this.#slotOf(flow, channel);
    return this.#flows[slot] === EMPTY ? EMPTY : this.#relayed[slot];
  }

  set(flow: number, channel: number, relayed: number): void {
    let slot = this.#slotOf(flow, channel);
    if (this.#flows[slot] === EMPTY) {
      if (this.#count === MOST_CHANNELS) return;
      this.#count++;
      if (this.#count * 2 > this.#flows.length) {
        this.#grow();
        slot = this.#slotOf(flow, channel);
      }
      this.#flows[slot] = flow;
      this.#channels[slot] = channel;
      this.#relayed[slot] = EMPTY;
      this.#table.hold(flow);
    }
    this.#table.hold(relayed);
    if (this.#relayed[slot] !== EMPTY) this.#table.letGo(this.#relayed[slot]);
    this.#relayed[slot] = relayed;
  }

  /** The channel was bound to another peer: the next lookup finds none. */
  forget(flow: number, channel: number): void {
    const slot = this.#slotOf(flow, channel);
    if (this.#flows[slot] === EMPTY || this.#relayed[slot] === EMPTY) return;
    this.#table.letGo(this.#relayed[slot]);
    this.#relayed[slot] = EMPTY;
  }

  #slotOf(flow: number, channel: number): number {
    const mask = this.#flows.length - 1;
    let hash = Math.imul(flow, 0x9e3779b1) ^ Math.imul(channel, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & mask;
    while (this.#flows[slot] !== EMPTY && (this.#flows[slot] !== flow || this.#channels[slot] !== channel)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const flows = this.#flows;
    const channels = this.#channels;
    const relayed = this.#relayed;
    this.#flows = new Int32Array(flows.length * 2).fill(EMPTY);
    this.#channels = new Int32Array(flows.length * 2);
    this.#relayed = new Int32Array(flows.length * 2);
    for (let slot = 0; slot < flows.length; slot++) {
      if (flows[slot] === EMPTY) continue;
      const next = this.#slotOf(flows[slot], channels[slot]);
      this.#flows[next] = flows[slot];
      this.#channels[next] = channels[slot];
      this.#relayed[next] = relayed[slot];
    }
  }
}
