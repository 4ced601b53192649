import type { ExtensionIds } from '../sdp/header-extensions.ts';

/**
 * One RTP packet (RFC 3550 section 5.1) with the header extensions (RFC 8285, one-byte form) that the SFU acts on. An instance is
 * filled again for each packet.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |           synchronization source (SSRC) identifier            |
 * ```
 */
export class RtpPacket {
  bytes: Uint8Array = new Uint8Array(0);
  payloadType = 0;
  marker = false;
  sequenceNumber = 0;
  timestamp = 0;
  ssrc = 0;
  payloadAt = 0;
  /** Without padding. */
  payloadEnd = 0;
  /** Where an extension's value lies; 0 where the packet has none. */
  midAt = 0;
  midLength = 0;
  ridAt = 0;
  ridLength = 0;
  /** Whether `rid` names the stream that this one repairs (RFC 8852 section 3.2). */
  isRepair = false;
  /** -1 where absent. */
  transportSequence = -1;
  /** The octet of RFC 6464: voice activity and -dBov; -1 where absent. */
  audioLevel = -1;
  /** The octet of 3GPP TS 26.114 section 7.4.5; -1 where absent. */
  videoOrientation = -1;
  /** Whether the payload begins a picture that needs no other; told by whoever knows the codec. */
  startsKeyFrame = false;

  /** @returns false for what is no whole RTP packet. */
  read(bytes: Uint8Array, length: number, ids: ExtensionIds): boolean {
    if (length < 12 || bytes[0] >> 6 !== 2) return false;
    this.bytes = bytes;
    this.marker = (bytes[1] & 0x80) !== 0;
    this.payloadType = bytes[1] & 0x7f;
    this.sequenceNumber = (bytes[2] << 8) | bytes[3];
    this.timestamp = ((bytes[4] << 24) | (bytes[5] << 16) | (bytes[6] << 8) | bytes[7]) >>> 0;
    this.ssrc = ((bytes[8] << 24) | (bytes[9] << 16) | (bytes[10] << 8) | bytes[11]) >>> 0;
    this.midAt = this.midLength = this.ridAt = this.ridLength = 0;
    this.isRepair = this.startsKeyFrame = false;
    this.transportSequence = this.audioLevel = this.videoOrientation = -1;
    let at = 12 + (bytes[0] & 0x0f) * 4;
    if ((bytes[0] & 0x10) !== 0) {
      if (at + 4 > length) return false;
      const end = at + 4 + ((bytes[at + 2] << 8) | bytes[at + 3]) * 4;
      if (end > length) return false;
      if (bytes[at] === 0xbe && bytes[at + 1] === 0xde) this.#readExtensions(at + 4, end, ids);
      at = end;
    }
    if (at > length) return false;
    const padding = (bytes[0] & 0x20) !== 0 ? bytes[length - 1] : 0;
    if (at + padding > length) return false;
    this.payloadAt = at;
    this.payloadEnd = length - padding;
    return true;
  }

  #readExtensions(from: number, end: number, ids: ExtensionIds): void {
    const { bytes } = this;
    let at = from;
    while (at < end) {
      const head = bytes[at++];
      if (head === 0) continue;
      const id = head >> 4;
      if (id === 15) return;
      const length = (head & 0x0f) + 1;
      if (at + length > end) return;
      if (id === ids.mid) {
        this.midAt = at;
        this.midLength = length;
      } else if (id === ids.transportSequence && length >= 2) this.transportSequence = (bytes[at] << 8) | bytes[at + 1];
      else if (id === ids.audioLevel) this.audioLevel = bytes[at];
      else if (id === ids.videoOrientation) this.videoOrientation = bytes[at];
      else if (id === ids.rid || id === ids.repairedRid) {
        this.ridAt = at;
        this.ridLength = length;
        this.isRepair = id === ids.repairedRid;
      }
      at += length;
    }
  }
}

/** A short extension's value as text; for streams that are new, not for every packet. */
export function extensionText(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let index = at; index < at + length; index++) text += String.fromCharCode(bytes[index]);
  return text;
}
