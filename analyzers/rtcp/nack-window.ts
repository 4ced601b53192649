const SLOTS = 1024;

/** Tells sequence numbers asked for the first time from those asked for again, over the last 1024 or so. */
export class NackWindow {
  readonly #slots = new Int32Array(SLOTS);
  /** Extended by cycles; begins above the first so that no number ever is 0, which marks an empty slot. */
  #highest = -1;

  /** @returns whether this number was not asked for before. */
  add(sequenceNumber: number): boolean {
    if (this.#highest < 0) this.#highest = 0x10000 + sequenceNumber;
    const extended = this.#highest + (((sequenceNumber - this.#highest) << 16) >> 16);
    if (extended > this.#highest) this.#highest = extended;
    const slot = extended & (SLOTS - 1);
    if (this.#slots[slot] === extended) return false;
    this.#slots[slot] = extended;
    return true;
  }
}
