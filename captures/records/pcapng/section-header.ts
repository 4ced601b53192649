import { readUint16, readUint32 } from '../integers.ts';
import type { CaptureSection } from '../record-cursor.ts';
import { BlockType, BYTE_ORDER_MAGIC } from './block-types.ts';
import { type OptionWalk, optionText } from './options.ts';

/*
 * Section Header Block (draft-ietf-opsawg-pcapng, 4.1).
 *
 *   type(4)=0x0A0D0D0A length(4) magic(4)=0x1A2B3C4D major(2) minor(2) sectionLength(8) options length(4)
 */
export const SMALLEST_SECTION_HEADER_BYTES = 28;
const OPT_COMMENT = 1;
const SHB_HARDWARE = 2;
const SHB_OS = 3;
const SHB_USERAPPL = 4;
const MOST_COMMENTS = 16;

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

/** @param end where the block's options end. The block must hold at least its fixed part. */
export function decodeSectionDescription(
  bytes: Uint8Array,
  offset: number,
  end: number,
  littleEndian: boolean,
  options: OptionWalk,
): CaptureSection {
  let hardware: string | null = null;
  let operatingSystem: string | null = null;
  let application: string | null = null;
  const comments: string[] = [];
  options.begin(bytes, offset + 24, end, littleEndian);
  while (options.next()) {
    const { code, offset: at, length } = options;
    if (code === OPT_COMMENT && comments.length < MOST_COMMENTS) comments.push(optionText(bytes, at, length));
    else if (code === SHB_HARDWARE) hardware = optionText(bytes, at, length);
    else if (code === SHB_OS) operatingSystem = optionText(bytes, at, length);
    else if (code === SHB_USERAPPL) application = optionText(bytes, at, length);
  }
  return { hardware, operatingSystem, application, comments };
}
