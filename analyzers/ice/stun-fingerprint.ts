import { STUN_HEADER_BYTES } from './stun-message.ts';

/*
 * FINGERPRINT (RFC 8489, 14.7): the CRC-32 of ITU-T V.42 over the message up to the attribute, XORed with "STUN". It is
 * the last attribute, hence it lies in the last eight bytes.
 */
const FINGERPRINT_TYPE = 0x8028;
const FINGERPRINT_BYTES = 8;
const XOR = 0x5354554e;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

/**
 * What the fingerprint says of the message of `length` bytes at `offset`: true is as good as proof that it is STUN, null
 * means that there is none.
 */
export function checkStunFingerprint(bytes: Uint8Array, offset: number, length: number): boolean | null {
  if (length < STUN_HEADER_BYTES + FINGERPRINT_BYTES || offset + length > bytes.length) return null;
  const at = offset + length - FINGERPRINT_BYTES;
  if (((bytes[at] << 8) | bytes[at + 1]) !== FINGERPRINT_TYPE || bytes[at + 2] !== 0 || bytes[at + 3] !== 4)
    return null;
  let crc = -1;
  for (let index = offset; index < at; index++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[index]) & 255];
  const expected = ~crc ^ XOR;
  const stated = (bytes[at + 4] << 24) | (bytes[at + 5] << 16) | (bytes[at + 6] << 8) | bytes[at + 7];
  return expected === stated;
}
