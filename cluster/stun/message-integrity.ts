import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type StunMessage, uint16 } from './stun-message.ts';

/**
 * Whether MESSAGE-INTEGRITY (RFC 8489 section 14.5) was made with this key: HMAC-SHA1 over what lies before the attribute, with the length
 * in the header ending behind it.
 *
 * @param key of a short-term credential, `createSecretKey` of the password's bytes: the receiver's in a request, in a response the same
 */
export function hasIntegrity(message: StunMessage, key: KeyObject): boolean {
  const { bytes, integrityAt } = message;
  if (integrityAt === null) return false;
  return timingSafeEqual(integrity(bytes, integrityAt - 4, key), bytes.subarray(integrityAt, integrityAt + 20));
}

/** @param end where the attribute begins. The header's length is as it was afterwards. */
export function integrity(bytes: Uint8Array, end: number, key: KeyObject): Buffer {
  const length = uint16(bytes, 2);
  const covered = end + 24 - 20;
  bytes[2] = covered >> 8;
  bytes[3] = covered;
  const digest = createHmac('sha1', key).update(bytes.subarray(0, end)).digest();
  bytes[2] = length >> 8;
  bytes[3] = length;
  return digest;
}
