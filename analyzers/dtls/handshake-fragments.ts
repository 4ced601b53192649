/*
 * Handshake messages may come in fragments (RFC 6347, 4.2.3). Only hellos are put together, and they are short: with
 * post-quantum key shares some two thousand bytes.
 */
const LARGEST_MESSAGE_BYTES = 16 * 1024;
const MOST_RANGES = 64;

/** The fragments of one message, which may overlap and come in any order. */
export class HandshakeFragments {
  readonly bytes: Uint8Array;
  /** Covered ranges as start and end by turns, sorted, apart from each other. */
  #ranges: number[] = [];

  /** @returns null for a message longer than any hello. */
  static forMessage(length: number): HandshakeFragments | null {
    return length > LARGEST_MESSAGE_BYTES ? null : new HandshakeFragments(length);
  }

  private constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  get complete(): boolean {
    const ranges = this.#ranges;
    return this.bytes.length === 0 || (ranges.length === 2 && ranges[0] === 0 && ranges[1] === this.bytes.length);
  }

  /** Bytes that do not fit the message are left out; where the pieces are too many, the fragment is. */
  add(offset: number, fragment: Uint8Array): void {
    let start = offset;
    let end = offset + fragment.length;
    if (end > this.bytes.length || end <= start) return;
    const ranges = this.#ranges;
    for (let at = 0; at < ranges.length; at += 2) {
      if (ranges[at] <= start && ranges[at + 1] >= end) return;
    }
    const next: number[] = [];
    for (let at = 0; at < ranges.length; at += 2) {
      if (ranges[at + 1] < start || ranges[at] > end) {
        next.push(ranges[at], ranges[at + 1]);
      } else {
        start = Math.min(start, ranges[at]);
        end = Math.max(end, ranges[at + 1]);
      }
    }
    if (next.length >= MOST_RANGES * 2) return;
    next.push(start, end);
    if (next.length > 2) sortRanges(next);
    this.#ranges = next;
    this.bytes.set(fragment, offset);
  }
}

function sortRanges(ranges: number[]): void {
  let at = ranges.length - 2;
  while (at > 0 && ranges[at - 2] > ranges[at]) {
    const [start, end] = ranges.splice(at, 2);
    at -= 2;
    ranges.splice(at, 0, start, end);
  }
}
