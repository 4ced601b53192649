import { countHeaderExtensions } from './header-extensions.ts';
import { CSRC_COUNT, FIXED_HEADER_BYTES } from './rtp-header.ts';

/** Elements of header extensions are counted by ID up to here; 0 takes those above (two-byte form only). */
export const EXTENSION_IDS = 16;

/** How many packets of each stream have an element of each ID (RFC 8285). */
export class HeaderExtensionCounts {
  #counts = new Float64Array(64 * EXTENSION_IDS);

  /** Makes room for `row` and empties it. */
  open(row: number): void {
    const end = (row + 1) * EXTENSION_IDS;
    if (end > this.#counts.length) {
      const counts = new Float64Array(this.#counts.length * 2);
      counts.set(this.#counts);
      this.#counts = counts;
    } else {
      this.#counts.fill(0, row * EXTENSION_IDS, end);
    }
  }

  /** Takes a packet whose X bit is set. @param offset @param capturedLength of the packet in `bytes`. @param first its first byte. */
  packet(row: number, bytes: Uint8Array, offset: number, capturedLength: number, first: number): void {
    const at = offset + FIXED_HEADER_BYTES + (first & CSRC_COUNT) * 4;
    const present = offset + capturedLength;
    if (at + 4 > present) return;
    const words = (bytes[at + 2] << 8) | bytes[at + 3];
    const end = Math.min(at + 4 + words * 4, present);
    const profile = (bytes[at] << 8) | bytes[at + 1];
    countHeaderExtensions(bytes, at + 4, end, profile, this.#counts, row * EXTENSION_IDS, EXTENSION_IDS);
  }

  /** Packets with an element of this ID, below {@link EXTENSION_IDS}. */
  packets(row: number, id: number): number {
    return this.#counts[row * EXTENSION_IDS + id];
  }
}
