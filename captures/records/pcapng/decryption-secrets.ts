import { readUint32 } from '../integers.ts';
import type { DecryptionSecrets } from '../record-cursor.ts';

/*
 * Decryption Secrets Block (draft-ietf-opsawg-pcapng, 4.7).
 *
 *   type(4)=0xA length(4) secretsType(4) secretsLength(4) secrets(padded to 4) options length(4)
 */
export const SMALLEST_DECRYPTION_SECRETS_BYTES = 20;

/** @returns a copy of the secrets, or null where their length does not fit the block that ends at `end`. */
export function decodeDecryptionSecrets(
  bytes: Uint8Array,
  offset: number,
  end: number,
  littleEndian: boolean,
): DecryptionSecrets | null {
  const length = readUint32(bytes, offset + 12, littleEndian);
  const from = offset + 16;
  if (length > end - from) return null;
  return { type: readUint32(bytes, offset + 8, littleEndian), data: bytes.slice(from, from + length) };
}
