const RING = 2048;
const MOST_IN_FEEDBACK = 490;
const TICKS_PER_MS = 4;

/**
 * Tells a sender when its packets came (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1), for its estimate of the
 * bandwidth.
 */
export class ArrivalFeedback {
  readonly #arrivalMs = new Float64Array(RING);
  /** Extended sequence number that the slot is of. */
  readonly #of = new Float64Array(RING).fill(-1);
  #highest = -1;
  #next = -1;
  #count = 0;

  receive(sequenceNumber: number, nowMs: number): void {
    if (this.#highest < 0) this.#highest = this.#next = sequenceNumber + 65_536;
    const extended = this.#highest + (((sequenceNumber - this.#highest) << 16) >> 16);
    if (extended > this.#highest) this.#highest = extended;
    this.#arrivalMs[extended & (RING - 1)] = nowMs;
    this.#of[extended & (RING - 1)] = extended;
  }

  /** @returns the feedback for what came since the last, or null where nothing did. */
  take(senderSsrc: number, mediaSsrc: number): Buffer | null {
    if (this.#highest < this.#next) return null;
    if (this.#highest - this.#next >= RING / 2) this.#next = this.#highest - RING / 2;
    let first = this.#next;
    while (first <= this.#highest && this.#of[first & (RING - 1)] !== first) first++;
    const last = Math.min(this.#highest, first + MOST_IN_FEEDBACK - 1);
    this.#next = last + 1;
    const referenceTicks = Math.floor(this.#arrivalMs[first & (RING - 1)] / 64);
    let previousTicks = referenceTicks * 64 * TICKS_PER_MS;
    const symbols: number[] = [];
    const deltas: number[] = [];
    for (let extended = first; extended <= last; extended++) {
      const slot = extended & (RING - 1);
      const ticks = Math.round(this.#arrivalMs[slot] * TICKS_PER_MS);
      const delta = ticks - previousTicks;
      if (this.#of[slot] !== extended || delta < -32_768 || delta > 32_767) {
        symbols.push(0);
        continue;
      }
      previousTicks = ticks;
      if (delta >= 0 && delta <= 255) {
        symbols.push(1);
        deltas.push(delta);
      } else {
        symbols.push(2);
        deltas.push((delta >> 8) & 0xff, delta & 0xff);
      }
    }
    return this.#layOut(senderSsrc, mediaSsrc, first, symbols, deltas, referenceTicks);
  }

  #layOut(
    sender: number,
    media: number,
    first: number,
    symbols: number[],
    deltas: number[],
    reference: number,
  ): Buffer {
    const chunks = Math.ceil(symbols.length / 7);
    const length = Math.ceil((20 + chunks * 2 + deltas.length) / 4) * 4;
    const out = Buffer.alloc(length);
    out[0] = 0x8f;
    out[1] = 205;
    out.writeUInt16BE(length / 4 - 1, 2);
    out.writeUInt32BE(sender, 4);
    out.writeUInt32BE(media, 8);
    out.writeUInt16BE(first & 0xffff, 12);
    out.writeUInt16BE(symbols.length, 14);
    out.writeUIntBE(reference & 0xffffff, 16, 3);
    out[19] = this.#count++ & 0xff;
    let at = 20;
    for (let chunk = 0; chunk < chunks; chunk++, at += 2) {
      // Status vector of seven two-bit symbols.
      let word = 0xc000;
      for (let index = 0; index < 7; index++) word |= (symbols[chunk * 7 + index] ?? 0) << (12 - index * 2);
      out.writeUInt16BE(word, at);
    }
    for (const byte of deltas) out[at++] = byte;
    return out;
  }
}
