const WINDOW = 1024;

/**
 * Which of the last 1024 packet indices have come (RFC 3711 section 3.3.2 asks for 64 at least). So many, since a packet sent again on a
 * NACK comes with its old number, some hundreds behind.
 */
export class ReplayWindow {
  readonly #seen = new Int32Array(WINDOW / 32);
  #highest = -1;

  /** @returns whether a packet of this index may still be taken. */
  isFresh(index: number): boolean {
    if (index > this.#highest) return true;
    if (index <= this.#highest - WINDOW) return false;
    return (this.#seen[(index % WINDOW) >>> 5] & (1 << (index & 31))) === 0;
  }

  /** Takes note of a packet that has been authenticated. */
  add(index: number): void {
    if (index > this.#highest) {
      if (index - this.#highest >= WINDOW) this.#seen.fill(0);
      else for (let at = this.#highest + 1; at < index; at++) this.#seen[(at % WINDOW) >>> 5] &= ~(1 << (at & 31));
      this.#highest = index;
    }
    this.#seen[(index % WINDOW) >>> 5] |= 1 << (index & 31);
  }
}
