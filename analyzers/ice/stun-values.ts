/*
 * Values of attributes other than addresses. Each function takes the value as the capture holds it and gives null where
 * it is too short to say.
 */

/** Longer texts than this are cut: USERNAME may have 508 bytes, SOFTWARE 763 (RFC 8489, 14.3 and 14.14). */
const LONGEST_TEXT_BYTES = 128;
const utf8 = new TextDecoder('utf-8');

/** USERNAME, SOFTWARE, REALM. Padding that some agents count into the length is taken off. */
export function decodeStunText(value: Uint8Array): string {
  let end = Math.min(value.length, LONGEST_TEXT_BYTES);
  while (end > 0 && value[end - 1] === 0) end--;
  return utf8.decode(value.subarray(0, end));
}

export interface StunError {
  /** 300 to 699. */
  readonly code: number;
  readonly reason: string;
}

/** ERROR-CODE (RFC 8489, 14.8): 21 bits reserved, class 3, number 8, reason phrase. */
export function decodeStunError(value: Uint8Array): StunError | null {
  if (value.length < 4) return null;
  return { code: (value[2] & 7) * 100 + value[3], reason: decodeStunText(value.subarray(4)).trim() };
}

/** LIFETIME in seconds (RFC 8656, 18.2), PRIORITY (RFC 8445, 16.1). */
export function decodeStunUint32(value: Uint8Array): number | null {
  if (value.length < 4) return null;
  return ((value[0] << 24) | (value[1] << 16) | (value[2] << 8) | value[3]) >>> 0;
}

/** CHANNEL-NUMBER (RFC 8656, 18.1). */
export function decodeChannelNumber(value: Uint8Array): number | null {
  return value.length < 2 ? null : (value[0] << 8) | value[1];
}
