import { isRtcpType } from './rtcp-kind.ts';
import type { RtcpDefect, RtcpPacket } from './rtcp-packet.ts';

/**
 * Walks the RTCP packets of a datagram (RFC 3550, 6.1), reduced-size ones too (RFC 5506: nothing says that SR or RR must
 * come first). The walk is the packet: `next()` overwrites its fields, so that walking allocates nothing.
 */
export class CompoundWalk implements RtcpPacket {
  bytes: Uint8Array = new Uint8Array(0);
  offset = 0;
  length = 0;
  end = 0;
  count = 0;
  type = 0;
  /** Why the walk ended; null after the last byte of the datagram. */
  defect: RtcpDefect | null = null;
  /** Where the walk stands: after the packets returned so far. */
  at = 0;
  #capturedEnd = 0;
  #wireEnd = 0;

  /** @param capturedLength bytes present. @param length bytes that were on the wire. */
  begin(bytes: Uint8Array, offset: number, capturedLength: number, length: number): void {
    this.bytes = bytes;
    this.at = offset;
    this.#capturedEnd = Math.min(offset + capturedLength, bytes.length);
    this.#wireEnd = Math.max(offset + length, this.#capturedEnd);
    this.defect = null;
  }

  /** @returns false at the end, and where the next header cannot be true: `defect` then says why. */
  next(): boolean {
    const at = this.at;
    const wireLeft = this.#wireEnd - at;
    if (wireLeft === 0 || this.defect !== null) return false;
    if (at + 4 > this.#capturedEnd) return this.#stop(wireLeft < 4 ? 'too-short' : 'cut');
    const bytes = this.bytes;
    const first = bytes[at];
    if (first >>> 6 !== 2) return this.#stop('bad-version');
    if (!isRtcpType(bytes[at + 1])) return this.#stop('unknown-type');
    const wireLength = (((bytes[at + 2] << 8) | bytes[at + 3]) + 1) * 4;
    if (wireLength > wireLeft) return this.#stop('bad-length');
    let length = wireLength;
    if (first & 0x20 && at + wireLength <= this.#capturedEnd) {
      // RFC 3550, 6.4.1 pads the last packet of a compound, and by whole words. WebRTC endpoints pad transport-wide
      // feedback up to the word, wherever it stands, so both are taken as they come.
      const padding = bytes[at + wireLength - 1];
      if (padding === 0 || padding > wireLength - 4) return this.#stop('bad-padding');
      length -= padding;
    }
    this.offset = at;
    this.length = length;
    this.end = Math.min(at + length, this.#capturedEnd);
    this.count = first & 31;
    this.type = bytes[at + 1];
    this.at = at + wireLength;
    return true;
  }

  #stop(defect: RtcpDefect): false {
    this.defect = defect;
    return false;
  }
}
