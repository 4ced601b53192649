import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countHeaderExtensions,
  HeaderExtensionWalk,
  headerExtensionName,
  isElementProfile,
} from '../../../analyzers/rtp/header-extensions.ts';

function elements(bytes: readonly number[], profile: number): [id: number, data: number[]][] {
  const packet = Uint8Array.from(bytes);
  const walk = new HeaderExtensionWalk();
  const found: [number, number[]][] = [];
  walk.begin(packet, 0, packet.length, profile);
  while (walk.next()) found.push([walk.id, [...packet.subarray(walk.offset, walk.offset + walk.length)]]);
  return found;
}

// biome-ignore format: one element a line
const ONE_BYTE = [
  0x10, 0xaa, // ID 1, one byte
  0x22, 1, 2, 3, // ID 2, three bytes
  0, 0, // padding between elements
  0x33, 9, 8, 7, 6, // ID 3, four bytes
  0, 0, 0, // padding to the word
];
// biome-ignore format: one element a line
const TWO_BYTE = [
  1, 0, // ID 1, empty
  0, // padding
  200, 2, 5, 6, // ID 200, two bytes
  15, 1, 7, // ID 15 is an ordinary one here
];

describe('header extension elements (RFC 8285)', () => {
  it('walks the one-byte form', () => {
    expect(elements(ONE_BYTE, 0xbede)).toEqual([
      [1, [0xaa]],
      [2, [1, 2, 3]],
      [3, [9, 8, 7, 6]],
    ]);
  });

  it('walks the two-byte form, whatever its application bits', () => {
    const expected = [
      [1, []],
      [200, [5, 6]],
      [15, [7]],
    ];
    expect(elements(TWO_BYTE, 0x1000)).toEqual(expected);
    expect(elements(TWO_BYTE, 0x100f)).toEqual(expected);
  });

  it('stops at ID 15 and at ID 0 with a length in the one-byte form (section 4.2)', () => {
    expect(elements([0x10, 1, 0xf0, 1, 0x20, 1], 0xbede)).toEqual([[1, [1]]]);
    expect(elements([0x10, 1, 0x03, 1, 0x20, 1], 0xbede)).toEqual([[1, [1]]]);
  });

  it('takes nothing of other profiles', () => {
    expect(isElementProfile(0xbede)).toBe(true);
    expect(isElementProfile(0x1010)).toBe(false);
    expect(elements(ONE_BYTE, 0xabac)).toEqual([]);
  });

  it('drops an element that runs past the end, and says so', () => {
    const walk = new HeaderExtensionWalk();
    walk.begin(Uint8Array.of(0x10, 1, 0x2f, 1), 0, 4, 0xbede);
    expect([walk.next(), walk.next(), walk.malformed]).toEqual([true, false, true]);
    walk.begin(Uint8Array.of(0x10, 1), 0, 2, 0xbede);
    expect([walk.next(), walk.next(), walk.malformed]).toEqual([true, false, false]);
  });

  it('counts by ID into a row, those beyond its width at 0', () => {
    const counts = new Int32Array(32);
    const packet = Uint8Array.from(TWO_BYTE);
    expect(countHeaderExtensions(packet, 0, packet.length, 0x1000, counts, 16, 16)).toBe(3);
    expect([...counts.subarray(16)]).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect([...counts.subarray(0, 16)]).toEqual(new Array(16).fill(0));
  });

  it('names what it knows and repeats what it does not', () => {
    expect(headerExtensionName('urn:ietf:params:rtp-hdrext:sdes:mid')).toBe('media identification');
    expect(headerExtensionName('urn:x')).toBe('urn:x');
  });

  it('never reads past the end, and ends, on any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(80),
        fc.constantFrom(0xbede, 0x1000, 0x1005),
        (bytes, end, profile) => {
          const reads = new Set<number>();
          const guarded = new Proxy(bytes, {
            get: (target, key) => {
              const at = typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : -1;
              if (at >= 0) reads.add(at);
              return key === 'length' ? target.length : Reflect.get(target, key, target);
            },
          });
          const walk = new HeaderExtensionWalk();
          walk.begin(guarded, 0, end, profile);
          let steps = 0;
          while (walk.next()) {
            expect(walk.offset + walk.length).toBeLessThanOrEqual(Math.min(end, bytes.length));
            expect(++steps).toBeLessThanOrEqual(bytes.length);
          }
          for (const at of reads) expect(at).toBeLessThan(Math.min(end, bytes.length));
        },
      ),
    );
  });
});
