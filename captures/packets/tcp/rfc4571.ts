import { type Frame, FrameStep } from './frame.ts';
import { isStunHeader } from './stun-frames.ts';

/** RFC 4571, 2: length(2), then that many bytes of RTP or RTCP; with ICE over TCP (RFC 6544, 3) of STUN and DTLS, too. */
export function nextRfc4571Frame(frame: Frame, bytes: Uint8Array, at: number, end: number): FrameStep {
  if (end - at < 2) return FrameStep.more;
  const length = (bytes[at] << 8) | bytes[at + 1];
  frame.set(2 + length, at + 2, length);
  // RFC 7983, 7: what may be multiplexed with RTP begins with 0 to 79 or 128 to 191.
  if (length > 0 && end - at > 2 && (bytes[at + 2] >= 192 || (bytes[at + 2] >= 80 && bytes[at + 2] < 128))) {
    return FrameStep.lost;
  }
  return frame.stepWithin(at, end);
}

/** Larger frames than this are not waited for in order to decide. */
const LARGEST_GUESS_BYTES = 4096;
/** Numbers may be missing between two packets of a stream that is sent over TCP: the sender drops before it sends. */
const LARGEST_SEQUENCE_STEP = 64;

/**
 * Whether a stream that begins here is framed so: STUN or DTLS inside is proof, RTP is where two packets of one source follow
 * each other, RTCP where its own length agrees with the frame's.
 * @returns null where more bytes must tell.
 */
export function looksLikeRfc4571(bytes: Uint8Array, at: number, end: number): boolean | null {
  let sourceBefore = -1;
  let sequenceBefore = 0;
  for (;;) {
    if (end - at < 3) return null;
    const length = (bytes[at] << 8) | bytes[at + 1];
    const payload = at + 2;
    if (length < 8 || length > LARGEST_GUESS_BYTES) return false;
    const first = bytes[payload];
    if (first < 4) return end - payload < 8 ? null : isStunHeader(bytes, payload) && length >= 20;
    if (first >= 20 && first <= 25) {
      // A DTLS record: type(1) version(2) 0xfefd or 0xfeff, epoch and number(8) length(2).
      if (end - payload < 3) return null;
      return bytes[payload + 1] === 0xfe && (bytes[payload + 2] === 0xfd || bytes[payload + 2] === 0xff);
    }
    if (first >>> 6 !== 2) return false;
    if (end - payload < 12) return null;
    const type = bytes[payload + 1];
    if (type >= 192 && type <= 223) {
      const words = ((bytes[payload + 2] << 8) | bytes[payload + 3]) + 1;
      return words * 4 <= length && type >= 200 && type <= 207;
    }
    const source =
      ((bytes[payload + 8] << 24) | (bytes[payload + 9] << 16) | (bytes[payload + 10] << 8) | bytes[payload + 11]) >>>
      0;
    const sequence = (bytes[payload + 2] << 8) | bytes[payload + 3];
    if (sourceBefore === source) {
      const step = (sequence - sequenceBefore) & 0xffff;
      return step > 0 && step <= LARGEST_SEQUENCE_STEP;
    }
    if (sourceBefore >= 0) return false;
    sourceBefore = source;
    sequenceBefore = sequence;
    at = payload + length;
  }
}
