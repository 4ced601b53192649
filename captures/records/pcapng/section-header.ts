import { readUint16, readUint32 } from '../integers.ts';
import { BlockType, BYTE_ORDER_MAGIC } from './block-types.ts';

/*
 * Section Header Block (draft-ietf-opsawg-pcapng, 4.1).
 *
 *   type(4)=0x0A0D0D0A length(4) magic(4)=0x1A2B3C4D major(2) minor(2) sectionLength(8) options length(4)
 */
export const SMALLEST_SECTION_HEADER_BYTES = 28;

/** @returns the byte order of the section that begins here, or null where these bytes do not begin one. */
export function pcapngByteOrder(bytes: Uint8Array, offset = 0): 'little' | 'big' | null {
  if (bytes.length - offset < 12) return null;
  if (readUint32(bytes, offset, true) !== BlockType.sectionHeader) return null;
  if (readUint32(bytes, offset + 8, true) === BYTE_ORDER_MAGIC) return 'little';
  if (readUint32(bytes, offset + 8, false) === BYTE_ORDER_MAGIC) return 'big';
  return null;
}

/** Whether a section header stands here beyond doubt: needed where the blocks before it cannot be trusted. */
export function isPlainSectionHeader(bytes: Uint8Array, offset: number): boolean {
  const order = pcapngByteOrder(bytes, offset);
  if (order === null || bytes.length - offset < 16) return false;
  const little = order === 'little';
  const length = readUint32(bytes, offset + 4, little);
  return length >= SMALLEST_SECTION_HEADER_BYTES && (length & 3) === 0 && isKnownVersion(bytes, offset + 12, little);
}

/** Version 1.0 is the only one; 1.2 was written for a while by mistake and reads the same (section 4.1). */
export function isKnownVersion(bytes: Uint8Array, offset: number, littleEndian: boolean): boolean {
  const minor = readUint16(bytes, offset + 2, littleEndian);
  return readUint16(bytes, offset, littleEndian) === 1 && (minor === 0 || minor === 2);
}
