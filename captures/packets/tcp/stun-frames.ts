import { type Frame, FrameStep } from './frame.ts';

const STUN_HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;

/** RFC 8489, 5: two zero bits and the type(2) length(2) magic cookie(4) transaction id(12). 8 bytes must be there. */
export function isStunHeader(bytes: Uint8Array, at: number): boolean {
  const cookie = (bytes[at + 4] << 24) | (bytes[at + 5] << 16) | (bytes[at + 6] << 8) | bytes[at + 7];
  return bytes[at] < 0x40 && (bytes[at + 3] & 3) === 0 && cookie === MAGIC_COOKIE;
}

/** RFC 8656, 12: channels are numbered from 0x4000 to 0x4fff (to 0x7fff in RFC 5766). */
function isChannel(first: number): boolean {
  return first >= 0x40 && first <= 0x7f;
}

/**
 * STUN messages with the magic cookie, and channel data: channel(2) length(2) data, over TCP padded to 4 bytes
 * (RFC 8656, 12.5). The datagram is the message with its header, without the padding.
 */
export function nextStunFrame(frame: Frame, bytes: Uint8Array, at: number, end: number): FrameStep {
  if (end - at < 1) return FrameStep.more;
  if (isChannel(bytes[at])) {
    if (end - at < 4) return FrameStep.more;
    const length = 4 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    frame.set((length + 3) & ~3, at, length);
    return frame.stepWithin(at, end);
  }
  if (bytes[at] > 3) return FrameStep.lost;
  if (end - at < 8) return FrameStep.more;
  if (!isStunHeader(bytes, at)) return FrameStep.lost;
  const length = STUN_HEADER_BYTES + ((bytes[at + 2] << 8) | bytes[at + 3]);
  frame.set(length, at, length);
  return frame.stepWithin(at, end);
}

/** Frames of channel data that must follow each other before a stream joined in the middle is believed. */
const CHANNEL_PROOF = 2;

/** Whether a stream that begins here is framed so. @returns null where more bytes must tell. */
export function looksLikeStunFrames(bytes: Uint8Array, at: number, end: number): boolean | null {
  let channel = -1;
  for (let frames = 0; ; frames++) {
    if (end - at < 4) return null;
    if (bytes[at] < 4) return end - at < 8 ? null : isStunHeader(bytes, at);
    const number = (bytes[at] << 8) | bytes[at + 1];
    if (number < 0x4000 || number > 0x4fff || (channel >= 0 && channel !== number)) return false;
    if (frames === CHANNEL_PROOF) return true;
    channel = number;
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    if (end - at < 5) return null;
    // What a channel carries begins as RFC 7983 has it.
    const first = bytes[at + 4];
    if (length < 8 || length > 4096 || (first > 3 && (first < 20 || first > 63) && first >>> 6 !== 2)) return false;
    at += 4 + ((length + 3) & ~3);
  }
}
