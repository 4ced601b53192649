import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWindow } from '../../../captures/records/byte-window.ts';
import { DecompressedSource, type Decompression } from '../../../captures/sources/decompressed-source.ts';
import { gunzip } from '../../../captures/sources/gzip.ts';
import { unlz4 } from '../../../captures/sources/lz4.ts';
import { decodeLz4Block } from '../../../captures/sources/lz4-block.ts';
import { unzstd } from '../../../captures/sources/zstd.ts';
import { walkCaptures } from '../../../captures/walk-captures.ts';
import { concatenate, hex, sourceOf } from '../records/every-record.ts';
import { sampleCapture } from '../sample-capture.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const without = (program: string) => (has(program) ? '' : ` (SKIPPED: no ${program})`);

/** Compresses with the program itself, so that no code of ours stands on both sides. */
function compress(program: string, args: string[], input: Uint8Array): Uint8Array {
  const { stdout, status } = spawnSync(program, args, { input, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} failed`);
  return stdout;
}

async function decompress(
  method: (window: ByteWindow) => Decompression,
  bytes: Uint8Array,
  piece = bytes.length,
): Promise<{ bytes: Uint8Array; damage: string | null }> {
  const source = new DecompressedSource(sourceOf(bytes), method(new ByteWindow(sourceOf(bytes, piece), 300)));
  const pieces: Uint8Array[] = [];
  const into = new Uint8Array(50_000);
  for (;;) {
    const count = await source.read(into);
    if (count === 0) break;
    pieces.push(into.slice(0, count));
  }
  await source.close();
  return { bytes: concatenate(...pieces), damage: source.damage };
}

const plain = sampleCapture(3000);
const repetitive = concatenate(...Array.from({ length: 60 }, () => plain.subarray(0, 5000)));
const SKIPPABLE = hex('502a4d18 05000000 0102030405');

const gzip = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes));
const zstd = (bytes: Uint8Array, ...args: string[]) => compress('zstd', ['-q', '-c', ...args], bytes);
const lz4 = (bytes: Uint8Array, ...args: string[]) => compress('lz4', ['-q', '-c', ...args], bytes);

interface Case {
  readonly name: string;
  readonly program: string;
  readonly method: (window: ByteWindow) => Decompression;
  readonly make: (bytes: Uint8Array) => Uint8Array;
}
const CASES: Case[] = [
  { name: 'gzip', program: 'gzip', method: gunzip, make: gzip },
  { name: 'gzip with a name', program: 'gzip', method: gunzip, make: (bytes) => compress('gzip', ['-c', '-N'], bytes) },
  { name: 'zstd', program: 'zstd', method: unzstd, make: zstd },
  { name: 'zstd, small window', program: 'zstd', method: unzstd, make: (bytes) => zstd(bytes, '--zstd=wlog=10') },
  { name: 'zstd, no checksum', program: 'zstd', method: unzstd, make: (bytes) => zstd(bytes, '--no-check', '-19') },
  { name: 'lz4', program: 'lz4', method: unlz4, make: lz4 },
  { name: 'lz4, linked blocks', program: 'lz4', method: unlz4, make: (bytes) => lz4(bytes, '-BD', '-B4') },
  { name: 'lz4, block checksums', program: 'lz4', method: unlz4, make: (bytes) => lz4(bytes, '-BX', '-B4') },
  { name: 'lz4, content size', program: 'lz4', method: unlz4, make: (bytes) => lz4(bytes, '--content-size', '-9') },
  { name: 'lz4, legacy', program: 'lz4', method: unlz4, make: (bytes) => lz4(bytes, '-l') },
];

for (const { name, program, method, make } of CASES) {
  describe.skipIf(!has(program))(`${name}${without(program)}`, () => {
    it('gives back what was compressed, however the reads fall', async () => {
      for (const content of [plain, repetitive, plain.subarray(0, 30)]) {
        const compressed = make(content);
        for (const piece of [compressed.length, 997]) {
          const result = await decompress(method, compressed, piece);
          expect(result.damage).toBeNull();
          expect(Buffer.compare(result.bytes, content)).toBe(0);
        }
      }
    });

    it('reads several one after another', async () => {
      const two = concatenate(make(plain), make(repetitive));
      const result = await decompress(method, two);
      expect(result.damage).toBeNull();
      expect(Buffer.compare(result.bytes, concatenate(plain, repetitive))).toBe(0);
    });

    it('gives everything before a cut, and says that it is cut', async () => {
      const compressed = make(plain);
      for (const share of [0.3, 0.7, 0.99]) {
        const result = await decompress(method, compressed.subarray(0, Math.floor(compressed.length * share)));
        expect(result.damage).toBe('truncated');
        expect(Buffer.compare(result.bytes, plain.subarray(0, result.bytes.length))).toBe(0);
        // A Zstandard block is 128 KiB, and comes whole or not at all.
        const lost = program === 'zstd' ? 128 * 1024 : 70 * 1024;
        expect(result.bytes.length).toBeGreaterThanOrEqual(plain.length * share - lost);
      }
    });

    it('never throws, whatever is damaged', async () => {
      const compressed = make(plain.subarray(0, 20_000));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(compressed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          async (changes) => {
            const damaged = compressed.slice();
            for (const [at, value] of changes) damaged[at] = value;
            const result = await decompress(method, damaged);
            expect([null, 'truncated', 'bad-compression']).toContain(result.damage);
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}

describe('gzip damage', () => {
  it('gives out all that a wrong checksum covers, and says that it is damaged', async () => {
    const compressed = gzip(plain);
    compressed[compressed.length - 6] ^= 0xff;
    const result = await decompress(gunzip, compressed);
    expect(result.damage).toBe('bad-compression');
    expect(Buffer.compare(result.bytes, plain)).toBe(0);
  });

  it('passes over zeros after the end, and tells of anything else there', async () => {
    expect((await decompress(gunzip, concatenate(gzip(plain), new Uint8Array(1000)))).damage).toBeNull();
    const result = await decompress(gunzip, concatenate(gzip(plain), hex('abcdef')));
    expect(result).toMatchObject({ damage: 'bad-compression' });
    expect(result.bytes).toHaveLength(plain.length);
  });

  it('gives out what came before damage in the middle', async () => {
    const compressed = gzip(plain);
    compressed.fill(0xff, compressed.length / 2, compressed.length / 2 + 50);
    const result = await decompress(gunzip, compressed);
    expect(result.damage).toBe('bad-compression');
    expect(result.bytes.length).toBeGreaterThan(plain.length / 3);
  });
});

describe.skipIf(!has('zstd') || !has('lz4'))(`frames to skip${without('zstd')}${without('lz4')}`, () => {
  it('are passed over before, between and after', async () => {
    for (const [method, make] of [
      [unzstd, zstd],
      [unlz4, lz4],
    ] as const) {
      const result = await decompress(method, concatenate(SKIPPABLE, make(plain), SKIPPABLE, make(plain), SKIPPABLE));
      expect(result.damage).toBeNull();
      expect(Buffer.compare(result.bytes, concatenate(plain, plain))).toBe(0);
    }
  });
});

describe('hostile frames', () => {
  it('refuses a Zstandard window beyond 128 MiB before reserving it', async () => {
    // Window descriptor 0xa0: exponent 20, 2^30 bytes; then a last raw block of 1 byte.
    const result = await decompress(unzstd, hex('28b52ffd 00 a0 090000 41'));
    expect(result).toMatchObject({ damage: 'bad-compression', bytes: new Uint8Array(0) });
  });

  it('refuses an LZ4 header whose check byte is wrong', async () => {
    const result = await decompress(unlz4, hex('04224d18 64 40 00 00000000'));
    expect(result.damage).toBe('bad-compression');
  });

  it('reads an LZ4 frame from its byte table', async () => {
    const frame = hex(`04224d18 60 40 82        ; version 1, independent blocks of 64 KiB, header check
                       05000080 68656c6c6f      ; stored: "hello"
                       07000000 10 61 0100 20 62 63 ; "a", a match of 4 at 1; then "bc"
                       00000000`);
    const result = await decompress(unlz4, frame);
    expect(new TextDecoder().decode(result.bytes)).toBe('helloaaaaabc');
    expect(result.damage).toBeNull();
  });

  it.each([
    ['an offset of 0', '10 61 0000 00'],
    ['an offset before the beginning', '10 61 0200 00'],
    ['literals beyond the end', '50 61'],
    ['a match as the end', '10 61 0100'],
    ['a cut offset', '10 61 01'],
  ])('keeps what came before %s in an LZ4 block', (_, text) => {
    const output = new Uint8Array(100);
    const input = hex(text);
    const { end, damaged } = decodeLz4Block(input, 0, input.length, output, 0, output.length, 0);
    expect(damaged).toBe(true);
    expect(output[0]).toBe(0x61);
    expect(end).toBeGreaterThanOrEqual(1);
  });

  it('never writes beyond the limit of an LZ4 block', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(100), (input, limit) => {
        const output = new Uint8Array(200).fill(0xee);
        const { end } = decodeLz4Block(input, 0, input.length, output, 10, 10 + limit, 5);
        expect(end).toBeLessThanOrEqual(10 + limit);
        expect(output.subarray(10 + limit).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('takes a bomb of a gigabyte in flat memory', async () => {
    // 1 MiB of zeros deflates to 1 KiB; a gzip file may hold any number of members.
    const header = sampleCapture(1);
    const million = gzipSync(new Uint8Array(1024 * 1024));
    const path = join(folder.path, 'bomb.pcap.gz');
    const file = openSync(path, 'w');
    writeSync(file, gzipSync(header));
    for (let count = 0; count < 1024; count++) writeSync(file, million);
    closeSync(file);
    // The peak of the whole process never sinks: what counts is how far it rises from here.
    const before = process.resourceUsage().maxRSS;
    const [summary] = await walkCaptures([path], () => {});
    expect(summary.packets).toBe(1 + (1024 * 1024 * 1024) / 16);
    expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(150);
  }, 60_000);

  it('refuses a gigabyte of zeros after its first bytes', async () => {
    const path = join(folder.path, 'zeros.gz');
    const million = gzipSync(new Uint8Array(1024 * 1024));
    const file = openSync(path, 'w');
    for (let count = 0; count < 1024; count++) writeSync(file, million);
    closeSync(file);
    await expect(walkCaptures([path], () => {})).rejects.toMatchObject({ code: 'not-a-capture' });
  });
});
