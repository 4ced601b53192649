/*
 * RTP (RFC 3550, section 5.1), read and written by shifts on the bytes:
 *
 *   |V=2|P|X| CC |M| PT | sequence number | timestamp | SSRC | CSRCs... | extension (RFC 8285) | payload | padding
 */
export const RTP_HEADER_BYTES = 12;
const ONE_BYTE_PROFILE = 0xbede;

export const sequenceOf = (packet: Uint8Array) => (packet[2] << 8) | packet[3];
export const timestampOf = (packet: Uint8Array) => read32(packet, 4);
export const ssrcOf = (packet: Uint8Array) => read32(packet, 8);
export const payloadTypeOf = (packet: Uint8Array) => packet[1] & 0x7f;

export function read32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

export function write32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** RFC 5761, section 4: whether a datagram of RTP's version is RTCP. */
export const isRtcp = (bytes: Uint8Array) => bytes[1] >= 192 && bytes[1] <= 223;

/** @returns where the payload begins, or -1 where the header does not fit in `length`. */
export function payloadOffset(packet: Uint8Array, length: number): number {
  if (length < RTP_HEADER_BYTES || packet[0] >>> 6 !== 2) return -1;
  let at = RTP_HEADER_BYTES + 4 * (packet[0] & 0x0f);
  if ((packet[0] & 0x10) !== 0) {
    if (at + 4 > length) return -1;
    at += 4 + 4 * ((packet[at + 2] << 8) | packet[at + 3]);
  }
  return at <= length ? at : -1;
}

/** @returns where the payload ends: before the padding, or -1 where that is more than there is. */
export function payloadEnd(packet: Uint8Array, length: number, from: number): number {
  if ((packet[0] & 0x20) === 0) return length;
  const end = length - packet[length - 1];
  return packet[length - 1] > 0 && end >= from ? end : -1;
}

/** @returns where an extension's value begins (its length minus one stands in the low half of the octet before), or -1. */
export function extensionOffset(packet: Uint8Array, length: number, id: number): number {
  if (id === 0 || (packet[0] & 0x10) === 0) return -1;
  const start = RTP_HEADER_BYTES + 4 * (packet[0] & 0x0f);
  if (start + 4 > length || ((packet[start] << 8) | packet[start + 1]) !== ONE_BYTE_PROFILE) return -1;
  const end = Math.min(length, start + 4 + 4 * ((packet[start + 2] << 8) | packet[start + 3]));
  for (let at = start + 4; at < end; ) {
    const entry = packet[at] >>> 4;
    if (entry === 0) {
      at++;
      continue;
    }
    if (entry === 15) return -1;
    const bytes = (packet[at] & 0x0f) + 1;
    if (at + 1 + bytes > end) return -1;
    if (entry === id) return at + 1;
    at += 1 + bytes;
  }
  return -1;
}

/** Identifiers of the extensions in use; 0 for one that is not. */
export interface ExtensionIds {
  readonly mid: number;
  readonly audioLevel: number;
  readonly transportSequence: number;
}

export const NO_EXTENSIONS: ExtensionIds = { mid: 0, audioLevel: 0, transportSequence: 0 };

/** The block of extensions of one stream, with places for what differs from packet to packet (-1 for none). */
export interface ExtensionBlock {
  readonly bytes: Uint8Array;
  readonly levelAt: number;
  readonly transportSequenceAt: number;
}

export function extensionBlock(ids: ExtensionIds, mid: string, audio: boolean): ExtensionBlock {
  const entries: number[] = [];
  let levelAt = -1;
  let transportSequenceAt = -1;
  if (ids.mid > 0) entries.push((ids.mid << 4) | (mid.length - 1), ...Buffer.from(mid, 'latin1'));
  if (audio && ids.audioLevel > 0) {
    levelAt = 4 + entries.push(ids.audioLevel << 4, 0) - 1;
  }
  if (ids.transportSequence > 0) {
    transportSequenceAt = 4 + entries.push((ids.transportSequence << 4) | 1, 0, 0) - 2;
  }
  if (entries.length === 0) return { bytes: new Uint8Array(0), levelAt, transportSequenceAt };
  while (entries.length % 4 !== 0) entries.push(0);
  const words = entries.length / 4;
  return { bytes: Uint8Array.of(0xbe, 0xde, words >> 8, words & 0xff, ...entries), levelAt, transportSequenceAt };
}
