import type { KeystreamAhead } from './counter-mode.ts';

/** One direction of a session under one profile. `buffer` holds the packet from its start, in place. */
export interface Protection {
  /** Bytes that protection adds to RTP. */
  readonly rtpTrailer: number;
  readonly rtcpTrailer: number;
  /** @returns the new length. */
  protectRtp(
    buffer: Uint8Array,
    length: number,
    headerLength: number,
    ssrc: number,
    index: number,
    ahead: KeystreamAhead | null,
  ): number;
  /** @returns the plain length, or -1 where the tag does not fit; the buffer then is as it was. */
  unprotectRtp(buffer: Uint8Array, length: number, headerLength: number, ssrc: number, index: number): number;
  protectRtcp(buffer: Uint8Array, length: number, ssrc: number, index: number): number;
  unprotectRtcp(buffer: Uint8Array, length: number, ssrc: number, index: number): number;
}

export const readUint32 = (buffer: Uint8Array, at: number): number =>
  ((buffer[at] << 24) | (buffer[at + 1] << 16) | (buffer[at + 2] << 8) | buffer[at + 3]) >>> 0;

export function writeUint32(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}
