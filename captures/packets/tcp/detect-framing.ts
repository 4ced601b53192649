import { Framing } from './frame.ts';
import { looksLikeRfc4571 } from './rfc4571.ts';
import { looksLikeStunFrames } from './stun-frames.ts';
import { looksLikeRtsp, looksLikeSip } from './text-messages.ts';

/** What a stream's first bytes say: its framing, that they are not enough, or that it is of no interest. */
export type FramingVerdict = Framing | 'undecided' | 'tls' | 'other';

/** TLS (RFC 8446, 5.1): content type 20 to 23, then a version of 3.x. */
function looksLikeTls(bytes: Uint8Array, at: number, end: number): boolean {
  return end - at >= 3 && bytes[at] >= 20 && bytes[at] <= 23 && bytes[at + 1] === 3 && bytes[at + 2] <= 4;
}

const CANDIDATES = [
  [Framing.sip, looksLikeSip],
  [Framing.rtsp, looksLikeRtsp],
  [Framing.stun, looksLikeStunFrames],
  [Framing.rfc4571, looksLikeRfc4571],
] as const;

/** Tells the framing of a stream that has a frame's start at `at`. */
export function detectFraming(bytes: Uint8Array, at: number, end: number): FramingVerdict {
  if (looksLikeTls(bytes, at, end)) return 'tls';
  let undecided = end === at;
  for (const [framing, looks] of CANDIDATES) {
    const answer = looks(bytes, at, end);
    if (answer === true) return framing;
    if (answer === null) undecided = true;
  }
  return undecided ? 'undecided' : 'other';
}
