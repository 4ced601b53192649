import type { ByteWindow } from '../records/byte-window.ts';
import { readUint32 } from '../records/integers.ts';
import type { CompressionDamage, Decompression } from './decompressed-source.ts';
import { decodeLz4Block } from './lz4-block.ts';
import { passSkippable } from './zstd.ts';

/*
 * LZ4 frames (lz4 frame format 1.6), one after another, each
 *
 *   magic(4)=184D2204 flags(1) block size(1) [content size(8)] [dictionary(4)] header check(1)
 *   blocks: size(4, top bit: stored) data [checksum(4)], the last of size 0    [content checksum(4)]
 *
 * and the legacy frames that the Linux kernel's tools still write: magic(4)=184C2102, then blocks of 8 MiB to the end.
 *
 * Checksums of blocks and content are passed over: a packet that they would reject is told by the capture format too, and
 * they cost as much time as the decompression.
 */
const FRAME_MAGIC = 0x184d2204;
const LEGACY_MAGIC = 0x184c2102;
const LEGACY_BLOCK_BYTES = 8 * 1024 * 1024;
const HISTORY_BYTES = 64 * 1024;
const STORED = 0x80000000;

interface FrameHeader {
  readonly linkedBlocks: boolean;
  readonly blockChecksumBytes: number;
  readonly contentChecksumBytes: number;
  readonly blockBytes: number;
}

export async function* unlz4(window: ByteWindow): Decompression {
  // Kept from frame to frame: a file of a million empty frames must not reserve it a million times.
  let output = new Uint8Array(0);
  const room = (bytes: number): Uint8Array => {
    if (output.length < bytes) output = new Uint8Array(bytes);
    return output;
  };
  for (;;) {
    await window.fill(4);
    const available = window.end - window.start;
    if (available === 0) return null;
    if (available < 4) return 'truncated';
    const magic = readUint32(window.bytes, window.start, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      if (!(await passSkippable(window))) return 'truncated';
      continue;
    }
    window.start += 4;
    let damage: CompressionDamage | null;
    if (magic === FRAME_MAGIC) damage = yield* decompressFrame(window, room);
    else if (magic === LEGACY_MAGIC) damage = yield* decompressLegacy(window, room(LEGACY_BLOCK_BYTES));
    else return 'bad-compression';
    if (damage !== null) return damage;
  }
}

async function* decompressFrame(window: ByteWindow, room: (bytes: number) => Uint8Array): Decompression {
  const header = await takeFrameHeader(window);
  if (typeof header === 'string') return header;
  const limit = HISTORY_BYTES + header.blockBytes;
  const output = room(limit);
  let historyBytes = 0;
  for (;;) {
    await window.fill(4);
    if (window.end - window.start < 4) return 'truncated';
    const word = readUint32(window.bytes, window.start, true);
    window.start += 4;
    if (word === 0) break;
    const size = word & ~STORED;
    if (size > header.blockBytes) return 'bad-compression';
    await window.fill(size + header.blockChecksumBytes);
    const present = Math.min(size, window.end - window.start);
    const from = window.start;
    window.start += Math.min(size + header.blockChecksumBytes, window.end - from);

    let end = HISTORY_BYTES + present;
    let damaged = false;
    if (word & STORED) output.set(window.bytes.subarray(from, from + present), HISTORY_BYTES);
    else {
      const history = HISTORY_BYTES - historyBytes;
      const to = from + present;
      const block = decodeLz4Block(window.bytes, from, to, output, HISTORY_BYTES, limit, history);
      end = block.end;
      damaged = block.damaged;
    }
    if (end > HISTORY_BYTES) yield output.subarray(HISTORY_BYTES, end);
    if (present < size) return 'truncated';
    if (damaged) return 'bad-compression';
    if (header.linkedBlocks) {
      historyBytes = Math.min(HISTORY_BYTES, historyBytes + end - HISTORY_BYTES);
      output.copyWithin(HISTORY_BYTES - historyBytes, end - historyBytes, end);
    }
  }
  await window.fill(header.contentChecksumBytes);
  if (window.end - window.start < header.contentChecksumBytes) return 'truncated';
  window.start += header.contentChecksumBytes;
  return null;
}

async function takeFrameHeader(window: ByteWindow): Promise<FrameHeader | CompressionDamage> {
  await window.fill(2);
  if (window.end - window.start < 2) return 'truncated';
  const flags = window.bytes[window.start];
  const sizes = window.bytes[window.start + 1];
  const length = 2 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  await window.fill(length + 1);
  if (window.end - window.start < length + 1) return 'truncated';
  const { bytes, start } = window;
  const check = (shortHash32(bytes.subarray(start, start + length)) >>> 8) & 0xff;
  const sizeCode = (sizes >> 4) & 7;
  // A dictionary is not part of the file, so that nothing of the frame could be read.
  const readable = flags >> 6 === 1 && (flags & 0x03) === 0 && sizeCode >= 4 && (sizes & 0x8f) === 0;
  if (!readable || bytes[start + length] !== check) return 'bad-compression';
  window.start += length + 1;
  return {
    linkedBlocks: (flags & 0x20) === 0,
    blockChecksumBytes: flags & 0x10 ? 4 : 0,
    contentChecksumBytes: flags & 0x04 ? 4 : 0,
    blockBytes: 1 << (8 + 2 * sizeCode),
  };
}

async function* decompressLegacy(window: ByteWindow, output: Uint8Array): Decompression {
  for (;;) {
    await window.fill(4);
    const available = window.end - window.start;
    if (available === 0) return null;
    if (available < 4) return 'truncated';
    const size = readUint32(window.bytes, window.start, true);
    // No end mark: the frame ends with the file, or where another one's magic number stands.
    if (size === FRAME_MAGIC || size === LEGACY_MAGIC || (size & 0xfffffff0) >>> 0 === 0x184d2a50) return null;
    if (size > LEGACY_BLOCK_BYTES + LEGACY_BLOCK_BYTES / 255 + 16) return 'bad-compression';
    window.start += 4;
    await window.fill(size);
    const from = window.start;
    const present = Math.min(size, window.end - from);
    window.start += present;
    const block = decodeLz4Block(window.bytes, from, from + present, output, 0, LEGACY_BLOCK_BYTES, 0);
    if (block.end > 0) yield output.subarray(0, block.end);
    if (present < size) return 'truncated';
    if (block.damaged) return 'bad-compression';
  }
}

/** XXH32 of fewer than 16 bytes with seed 0: all that a frame header needs. */
function shortHash32(bytes: Uint8Array): number {
  let hash = (0x165667b1 + bytes.length) | 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = Math.imul(rotate(hash + Math.imul(readUint32(bytes, at, true), 0xc2b2ae3d), 17), 0x27d4eb2f);
  }
  for (; at < bytes.length; at++) hash = Math.imul(rotate(hash + Math.imul(bytes[at], 0x165667b1), 11), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
