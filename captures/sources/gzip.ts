import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import type { ByteWindow } from '../records/byte-window.ts';
import { readUint16, readUint32 } from '../records/integers.ts';
import type { CompressionDamage, Decompression } from './decompressed-source.ts';

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
const INFLATED_CHUNK_BYTES = 64 * 1024;
/** More than one step can come to: the stream never waits for its reader in the middle of a step. */
const STREAM_BUFFER_BYTES = 64 * 1024 * 1024;

export async function* gunzip(window: ByteWindow): Decompression {
  for (;;) {
    const header = await passHeader(window);
    if (header !== null) return header;
    const member = new Member();
    try {
      const damage = yield* member.inflate(window);
      if (damage !== null) return damage;
    } finally {
      member.close();
    }
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

class Member {
  readonly #stream: InflateRaw = createInflateRaw({
    chunkSize: INFLATED_CHUNK_BYTES,
    readableHighWaterMark: STREAM_BUFFER_BYTES,
  } as object);
  #failed = false;
  #given = 0;
  #check = 0;
  #size = 0;

  constructor() {
    this.#stream.on('error', () => {
      this.#failed = true;
    });
  }

  async *inflate(window: ByteWindow): Decompression {
    let step = FIRST_STEP_BYTES;
    for (;;) {
      if (window.end === window.start) await window.fill(1);
      const count = Math.min(step, window.end - window.start);
      if (count === 0) return 'truncated';
      await this.#write(window.bytes.slice(window.start, window.start + count));
      this.#given += count;
      step = Math.min(step * 2, LARGEST_STEP_BYTES);
      const piece: Uint8Array | null = this.#stream.read();
      if (piece !== null) {
        this.#check = crc32(piece, this.#check);
        this.#size = (this.#size + piece.length) >>> 0;
        yield piece;
      }
      if (this.#failed) return 'bad-compression';
      // zlib takes nothing beyond the end of a member: that is how the end is told.
      const left = this.#given - this.#stream.bytesWritten;
      window.start += count - left;
      if (left > 0) return this.#checkTrailer(window);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((done) => {
      this.#stream.once('close', done);
      this.#stream.write(bytes, () => {
        this.#stream.removeListener('close', done);
        done();
      });
    });
  }

  async #checkTrailer(window: ByteWindow): Promise<CompressionDamage | null> {
    await window.fill(TRAILER_BYTES);
    if (window.end - window.start < TRAILER_BYTES) return 'truncated';
    const { bytes, start } = window;
    window.start += TRAILER_BYTES;
    const right = readUint32(bytes, start, true) === this.#check && readUint32(bytes, start + 4, true) === this.#size;
    return right ? null : 'bad-compression';
  }

  close(): void {
    this.#stream.destroy();
  }
}
