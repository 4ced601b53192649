/*
 * Attributes follow the 20-byte header one after the other, each padded to a multiple of four (RFC 8489, 14):
 *
 *   | type 16 | length 16 | value (length bytes) | 0 to 3 bytes of padding |
 */

/**
 * Walks the attributes of a message without allocating: set it on a message with `begin`, then read `type`, `offset`
 * and `length` after each `next()` that returned true.
 */
export class StunAttributeWalk {
  type = 0;
  /** Where the value begins, in the bytes given to `begin`. */
  offset = 0;
  /** Bytes of the value on the wire. */
  length = 0;
  /** Bytes of the value that are there; below `length` where the capture cut the packet. */
  capturedLength = 0;
  /** True once an attribute was found to run past the message's end. */
  malformed = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #wireEnd = 0;

  /**
   * @param start first byte after the header.
   * @param end byte after the attributes as far as the capture holds them.
   * @param wireEnd byte after the attributes by the header's length.
   */
  begin(bytes: Uint8Array, start: number, end: number, wireEnd: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = Math.min(end, wireEnd, bytes.length);
    this.#wireEnd = wireEnd;
    this.malformed = false;
  }

  next(): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + 4 > this.#end) {
      // One to three bytes are left only where lengths are not multiples of four.
      if (at < this.#wireEnd && at + 4 > this.#wireEnd) this.malformed = true;
      this.#at = this.#end;
      return false;
    }
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    const next = at + 4 + ((length + 3) & ~3);
    if (next > this.#wireEnd) {
      this.malformed = true;
      this.#at = this.#end;
      return false;
    }
    this.type = (bytes[at] << 8) | bytes[at + 1];
    this.offset = at + 4;
    this.length = length;
    this.capturedLength = Math.min(length, this.#end - this.offset);
    this.#at = next;
    return true;
  }
}
