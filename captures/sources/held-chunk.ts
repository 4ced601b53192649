/** Bytes that came at once, handed on as far as there is room for them. */
export class HeldChunk {
  #bytes: Uint8Array = new Uint8Array(0);

  /** Bytes that have not been taken. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Holds these in place of what is left. */
  hold(bytes: Uint8Array): void {
    this.#bytes = bytes;
  }

  /** Puts the next bytes at the start of `into`. @returns how many. */
  take(into: Uint8Array): number {
    const count = Math.min(into.length, this.#bytes.length);
    into.set(this.#bytes.subarray(0, count));
    this.#bytes = this.#bytes.subarray(count);
    return count;
  }
}
