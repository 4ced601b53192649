/** Why a packet was refused, in place of its length. */
export const SRTP_REFUSAL = {
  /** Shorter than its header and trailer say. */
  TOO_SHORT: -1,
  /** Not version 2, or longer than any datagram of media. */
  MALFORMED: -2,
  /** The tag does not fit: not from the peer, or changed on its way. */
  AUTHENTICATION: -3,
  /** Its index was seen before, or lies behind the window (RFC 3711 section 3.3.2). */
  REPLAY: -4,
  /** The peer uses more SSRCs than one session keeps track of. */
  TOO_MANY_SOURCES: -5,
  /** SRTCP that is not encrypted, which WebRTC never sends (RFC 3711 section 3.4, the E bit). */
  NOT_ENCRYPTED: -6,
  /** All 2^48 packets of RTP, or 2^31 of RTCP, were sent with this key (RFC 3711 section 9.2). */
  KEY_USED_UP: -7,
} as const;

const NAMES = Object.fromEntries(
  Object.entries(SRTP_REFUSAL).map(([name, code]) => [code, name.toLowerCase().replaceAll('_', '-')]),
);

/** @returns the reason in words, for logs and counters; `unknown` for a number that is none. */
export function srtpRefusalName(code: number): string {
  return NAMES[code] ?? 'unknown';
}
