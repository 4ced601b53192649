import type { ByteWindow } from '../records/byte-window.ts';
import { readUint16, readUint32 } from '../records/integers.ts';
import type { CompressionDamage, Decompression } from './decompressed-source.ts';
import { WindowCost, zstdFrameDecoder } from './zstd-frame-decoder.ts';

/*
 * Zstandard (RFC 8878): frames one after another, each
 *
 *   magic(4)=FD2FB528 descriptor(1) [window(1)] [dictionary(0-4)] [content size(0-8)] blocks [checksum(4)]
 *   block: last(1 bit) type(2 bits) size(21 bits) data
 *
 * Frames and blocks are walked here and the decoder is given one block at a time: what comes out at once is then at most a
 * block, everything before damage goes out, and a window beyond measure is refused before anything is reserved for it.
 */
const FRAME_MAGIC = 0xfd2fb528;
const LONGEST_FRAME_HEADER_BYTES = 18;
/** What the zstd program accepts without being told otherwise. */
const LARGEST_WINDOW_BYTES = 128 * 1024 * 1024;
const LARGEST_BLOCK_BYTES = 128 * 1024;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

interface FrameHeader {
  readonly headerBytes: number;
  readonly windowBytes: number;
  readonly checksumBytes: number;
}

export async function* unzstd(window: ByteWindow): Decompression {
  const cost = new WindowCost();
  for (;;) {
    await window.fill(LONGEST_FRAME_HEADER_BYTES);
    const available = window.end - window.start;
    if (available === 0) return null;
    if (available < 8) return 'truncated';
    const magic = readUint32(window.bytes, window.start, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      if (!(await passSkippable(window))) return 'truncated';
      continue;
    }
    const header = decodeFrameHeader(window.bytes, window.start);
    if (magic !== FRAME_MAGIC || header === null) return 'bad-compression';
    if (available < header.headerBytes) return 'truncated';
    const damage = yield* decompressFrame(window, header, cost);
    if (damage !== null) return damage;
  }
}

/** Shared with LZ4: magic(4) size(4) data. */
export async function passSkippable(window: ByteWindow): Promise<boolean> {
  await window.fill(8);
  if (window.end - window.start < 8) return false;
  let left = 8 + readUint32(window.bytes, window.start + 4, true);
  for (;;) {
    const count = Math.min(left, window.end - window.start);
    window.start += count;
    left -= count;
    if (left === 0) return true;
    await window.fill(1);
    if (window.end === window.start) return false;
  }
}

/** RFC 8878, 3.1.1.1. @returns null for what no encoder writes, or what this program does not keep a window for. */
function decodeFrameHeader(bytes: Uint8Array, start: number): FrameHeader | null {
  const descriptor = bytes[start + 4];
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3];
  // A dictionary is not part of the file, so that nothing of the frame could be read.
  if ((descriptor & 0x08) !== 0 || dictionaryBytes !== 0) return null;
  const sizeBytes = sizeFlag === 0 ? Number(singleSegment) : 1 << sizeFlag;
  const sizeAt = start + (singleSegment ? 5 : 6);
  const windowBytes = singleSegment ? contentSize(bytes, sizeAt, sizeBytes) : windowSize(bytes[start + 5]);
  if (windowBytes > LARGEST_WINDOW_BYTES) return null;
  return { headerBytes: sizeAt + sizeBytes - start, windowBytes, checksumBytes: descriptor & 0x04 ? 4 : 0 };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(bytes: Uint8Array, at: number, sizeBytes: number): number {
  if (sizeBytes === 1) return bytes[at];
  if (sizeBytes === 2) return readUint16(bytes, at, true) + 256;
  const lower = readUint32(bytes, at, true);
  return sizeBytes === 4 ? lower : lower + readUint32(bytes, at + 4, true) * 2 ** 32;
}

async function* decompressFrame(window: ByteWindow, header: FrameHeader, cost: WindowCost): Decompression {
  const decoder = zstdFrameDecoder(header.windowBytes, cost);
  try {
    await decoder.push(take(window, header.headerBytes), false);
    for (;;) {
      const count = await blockBytes(window);
      if (typeof count !== 'number') return count;
      const last = (window.bytes[window.start] & 1) !== 0;
      // With the checksum the frame is closed; where it is cut off, its last block is still good.
      const closing = last ? count + header.checksumBytes : count;
      await window.fill(closing);
      const available = window.end - window.start;
      if (available < count) return 'truncated';
      const whole = available >= closing;
      const pieces = await decoder.push(take(window, whole ? closing : count), last && whole);
      for (const piece of pieces) yield piece;
      if (decoder.failed) return 'bad-compression';
      if (!whole) return 'truncated';
      if (last) return null;
    }
  } finally {
    decoder.close();
  }
}

/** A copy: the library keeps what it could not use yet. */
function take(window: ByteWindow, count: number): Uint8Array {
  window.start += count;
  return window.bytes.slice(window.start - count, window.start);
}

/** RFC 8878, 3.1.1.2. @returns the bytes of the next block with its header, or what is wrong with it. */
async function blockBytes(window: ByteWindow): Promise<number | CompressionDamage> {
  await window.fill(3);
  if (window.end - window.start < 3) return 'truncated';
  const { bytes, start } = window;
  const header = bytes[start] | (bytes[start + 1] << 8) | (bytes[start + 2] << 16);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === RESERVED_BLOCK || size > LARGEST_BLOCK_BYTES) return 'bad-compression';
  return 3 + (type === RLE_BLOCK ? 1 : size);
}
