import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trueTypeOfWoff } from '../../../reports/index.ts';

const file = createRequire(import.meta.url).resolve('@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff');
const woff = new Uint8Array(readFileSync(file));

/** Sum of the big-endian words, as the table directory has it (OpenType, calculating checksums). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum = (sum + bytes[at] * 2 ** (24 - 8 * (at % 4))) % 2 ** 32;
  return sum;
}

describe('a font in WOFF', () => {
  it('becomes the TrueType font that it was: every table has its checksum', () => {
    const font = trueTypeOfWoff(woff);
    const view = new DataView(font.buffer);
    const tables = view.getUint16(4);
    expect(view.getUint32(0)).toBe(0x00010000);
    expect(tables).toBeGreaterThan(10);
    // The total that the packer wrote down (totalSfntSize, at 16).
    expect(font.length).toBe(new DataView(woff.buffer, woff.byteOffset).getUint32(16));
    for (let table = 0; table < tables; table++) {
      const record = 12 + table * 16;
      const tag = Buffer.from(font.subarray(record, record + 4)).toString('latin1');
      const [sum, start, length] = [4, 8, 12].map((field) => view.getUint32(record + field));
      // `head` holds a sum over the whole font, and counts without it.
      if (tag !== 'head') expect([tag, checksum(font.subarray(start, start + length))]).toEqual([tag, sum]);
    }
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['another file', new Uint8Array(100)],
    ['a font cut short', woff.subarray(0, 5000)],
  ])('is refused where it is %s', (_, bytes) => {
    expect(() => trueTypeOfWoff(bytes)).toThrow(RangeError);
  });

  it('takes no more memory than its header may ask for, whatever is broken', () => {
    fc.assert(
      fc.property(fc.nat(43 + 20 * 8), fc.nat(255), (at, value) => {
        const broken = Uint8Array.from(woff.subarray(0, 4096));
        broken[at] = value;
        expect(() => trueTypeOfWoff(broken)).toThrow();
      }),
      { numRuns: 50 },
    );
  });
});
