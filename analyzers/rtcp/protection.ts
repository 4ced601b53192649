import { isRtcpType } from './rtcp-kind.ts';

/**
 * What a datagram of RTCP is, as far as it tells by itself:
 * `clear`; `encrypted` (SRTCP); `malformed`; `cut`: the capture holds too little to tell;
 * `unsure`: encrypted in an unusual way, or damaged: what came from the same source before decides.
 */
export type Protection = 'clear' | 'encrypted' | 'malformed' | 'cut' | 'unsure';

/** E flag, index and the shortest authentication tag: what SRTCP adds at least. */
const SHORTEST_TRAILER_BYTES = 8;
/** An index counts the packets from 0 on (RFC 3711, 3.2.1): a day of them at 190 a second. */
const LARGEST_LIKELY_INDEX = 1 << 24;
/** Bytes from the index to the end: tags of 10, 16 (before it) and 4 bytes, and a tag of 10 after an MKI of 1 or 4. */
const INDEX_PLACES = [14, 4, 8, 15, 18];

/**
 * SRTCP (RFC 3711, 3.4) leaves the first 8 bytes, header and SSRC, and adds at the end
 *
 *   |E|            SRTCP index          | [ MKI ] authentication tag        (RFC 3711: tag of 10 or 4 bytes)
 *   authentication tag of 16 bytes      |E|            SRTCP index          (RFC 7714: AES-GCM)
 *
 * The lengths in the headers leave the addition out. So RTCP in clear is a chain of headers that ends exactly with the
 * datagram, which ciphertext does not do by chance: the first header in it would have to have version, type and length
 * right. What does not end so is encrypted if a set E flag and a small index stand where they should.
 */
export function protectionOf(bytes: Uint8Array, offset: number, capturedLength: number, length: number): Protection {
  const end = offset + capturedLength;
  const wireEnd = offset + length;
  let at = offset;
  while (at + 4 <= end && bytes[at] >>> 6 === 2 && isRtcpType(bytes[at + 1])) {
    const next = at + packetBytes(bytes, at);
    if (next > wireEnd) break;
    at = next;
  }
  if (at === wireEnd && length > 0) return 'clear';
  const cut = capturedLength < length;
  if (at === offset) return cut && capturedLength < 4 ? 'cut' : 'malformed';
  if (cut) return at + 4 <= end ? 'encrypted' : 'cut';
  if (length - packetBytes(bytes, offset) < SHORTEST_TRAILER_BYTES) return 'malformed';
  // Authenticated and not encrypted: E is 0. Only the trailers of the profiles in use are believed.
  const rest = wireEnd - at;
  if (rest === 14 && isIndex(bytes, at, at, false)) return 'clear';
  if (rest === 20 && isIndex(bytes, wireEnd - 4, at, false)) return 'clear';
  for (const bytesFromEnd of INDEX_PLACES) if (isIndex(bytes, wireEnd - bytesFromEnd, at, true)) return 'encrypted';
  return 'unsure';
}

function packetBytes(bytes: Uint8Array, at: number): number {
  return (((bytes[at + 2] << 8) | bytes[at + 3]) + 1) * 4;
}

/** @returns whether a likely index stands at `at`, with the E flag as given; nothing before `from` is looked at. */
function isIndex(bytes: Uint8Array, at: number, from: number, encrypted: boolean): boolean {
  if (at < from || bytes[at] >= 128 !== encrypted) return false;
  const index = ((bytes[at] & 127) << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  return index < LARGEST_LIKELY_INDEX;
}
