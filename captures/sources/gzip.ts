import type { ByteWindow } from '../records/byte-window.ts';
import { readUint16, readUint32 } from '../records/integers.ts';
import type { CompressionDamage, Decompression } from './decompressed-source.ts';
import { ZLIB_STEP_OPTIONS, ZlibSteps } from './zlib-steps.ts';

/*
 * gzip (RFC 1952): members one after another, each
 *
 *   1f 8b 08 flags(1) time(4) extra(1) system(1) [extra field] [name\0] [comment\0] [crc16(2)] deflate crc32(4) size(4)
 *
 * Members are walked here and node:zlib only inflates, because its gunzip drops what it had inflated when the end is cut or
 * the check fails: here everything that came before goes out first.
 */
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
/** A name or comment longer than this is damage. */
const LONGEST_TEXT_BYTES = 64 * 1024;

/**
 * Compressed bytes given to zlib at a time. They bound what one step may come to (1,032 times as much at worst), and
 * what damage takes along: a step that fails gives nothing. So the first steps are small.
 */
const FIRST_STEP_BYTES = 256;
const LARGEST_STEP_BYTES = 16 * 1024;

export async function* gunzip(window: ByteWindow): Decompression {
  for (;;) {
    const header = await passHeader(window);
    if (header !== null) return header;
    const damage = yield* inflateMember(window);
    if (damage !== null) return damage;
    await passPadding(window);
    if (window.end === window.start) return null;
    await window.fill(2);
    // gzip itself ignores what follows and is no member, with a warning.
    if (window.bytes[window.start] !== 0x1f || window.bytes[window.start + 1] !== 0x8b) return 'bad-compression';
  }
}

/** @returns what is wrong with the header, or null. */
async function passHeader(window: ByteWindow): Promise<CompressionDamage | null> {
  await window.fill(HEADER_BYTES);
  if (window.end - window.start < HEADER_BYTES) return 'truncated';
  const { bytes, start } = window;
  if (bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b || bytes[start + 2] !== 8) return 'bad-compression';
  const flags = bytes[start + 3];
  window.start += HEADER_BYTES;
  if (flags & FEXTRA) {
    await window.fill(2);
    if (window.end - window.start < 2) return 'truncated';
    if (!(await pass(window, 2 + readUint16(window.bytes, window.start, true)))) return 'truncated';
  }
  for (const flag of [FNAME, FCOMMENT]) {
    if (!(flags & flag)) continue;
    const damage = await passText(window);
    if (damage !== null) return damage;
  }
  return flags & FHCRC && !(await pass(window, 2)) ? 'truncated' : null;
}

async function pass(window: ByteWindow, count: number): Promise<boolean> {
  await window.fill(count);
  if (window.end - window.start < count) return false;
  window.start += count;
  return true;
}

async function passText(window: ByteWindow): Promise<CompressionDamage | null> {
  for (let length = 0; length < LONGEST_TEXT_BYTES; length++) {
    if (window.end === window.start) await window.fill(1);
    if (window.end === window.start) return 'truncated';
    if (window.bytes[window.start++] === 0) return null;
  }
  return 'bad-compression';
}

/** Tapes and some tools fill up with zeros. */
async function passPadding(window: ByteWindow): Promise<void> {
  for (;;) {
    if (window.end === window.start) await window.fill(1);
    if (window.end === window.start || window.bytes[window.start] !== 0) return;
    window.start++;
  }
}

async function* inflateMember(window: ByteWindow): Decompression {
  // Loaded here: most captures are not compressed.
  const { crc32, createInflateRaw } = process.getBuiltinModule('node:zlib');
  const steps = new ZlibSteps(createInflateRaw(ZLIB_STEP_OPTIONS as object));
  let check = 0;
  let size = 0;
  let stepBytes = FIRST_STEP_BYTES;
  try {
    for (;;) {
      if (window.end === window.start) await window.fill(1);
      const count = Math.min(stepBytes, window.end - window.start);
      if (count === 0) return 'truncated';
      const piece = await steps.step(window.bytes.subarray(window.start, window.start + count));
      stepBytes = Math.min(stepBytes * 2, LARGEST_STEP_BYTES);
      if (piece !== null) {
        check = crc32(piece, check);
        size = (size + piece.length) >>> 0;
        yield piece;
      }
      if (steps.failed) return 'bad-compression';
      // zlib uses nothing beyond the end of a member: that is how the end is told.
      window.start += count - steps.left;
      if (steps.left > 0) return await checkTrailer(window, check, size);
    }
  } finally {
    steps.close();
  }
}

async function checkTrailer(window: ByteWindow, check: number, size: number): Promise<CompressionDamage | null> {
  await window.fill(TRAILER_BYTES);
  if (window.end - window.start < TRAILER_BYTES) return 'truncated';
  const { bytes, start } = window;
  window.start += TRAILER_BYTES;
  return readUint32(bytes, start, true) === check && readUint32(bytes, start + 4, true) === size
    ? null
    : 'bad-compression';
}
