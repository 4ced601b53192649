import { isDtls } from '../dtls/dtls-record.ts';
import { isStun } from '../ice/stun-message.ts';

/*
 * ChannelData (RFC 8656, 12.4). Channel numbers run from 0x4000 to 0x4FFF, hence the first byte from 64 to 79
 * (RFC 7983). Over TCP the message is padded to a multiple of four, over UDP it may be (12.5).
 *
 *   | channel number 16 | length 16 | application data |
 */
export const CHANNEL_DATA_HEADER_BYTES = 4;

/** Whether a first byte is that of ChannelData. */
export function isChannelByte(first: number): boolean {
  return first >= 64 && first <= 79;
}

/**
 * @param length bytes of the datagram on the wire.
 * @returns bytes of application data, -1 where the length field contradicts the datagram's length.
 */
export function channelDataLength(bytes: Uint8Array, offset: number, length: number): number {
  const stated = (bytes[offset + 2] << 8) | bytes[offset + 3];
  const padding = length - CHANNEL_DATA_HEADER_BYTES - stated;
  return padding >= 0 && padding <= 3 ? stated : -1;
}

/**
 * Whether application data look like what WebRTC and VoIP send through a channel: RTP or RTCP (version 2, RFC 3550),
 * STUN, DTLS. This is the evidence asked of ChannelData where no allocation was seen, as in a capture begun mid-call.
 */
export function isPlausibleChannelContent(
  bytes: Uint8Array,
  offset: number,
  length: number,
  capturedLength: number,
): boolean {
  if (capturedLength < 1) return false;
  if (bytes[offset] >= 128 && bytes[offset] <= 191) return length >= 8;
  return isStun(bytes, offset, length, capturedLength) || isDtls(bytes, offset, length, capturedLength);
}
