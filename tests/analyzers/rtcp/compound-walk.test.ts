import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex } from '../../captures/packets/decoding.ts';
import { decodeEverything, walkCompound } from './rtcp-packets.ts';

const RR = hex(`
  80 c9 0001 // RR of 8 bytes, no report
  11111111   // SSRC`);
const PADDED_BYE = hex(`
  a1 cb 0002 // BYE of 12 bytes, one source, padded
  22222222   // SSRC
  00000004   // 4 bytes of padding`);
// WebRTC endpoints pad transport-wide feedback by one to three bytes.
const TWCC = hex(`
  af cd 0005      // RTPFB, format 15, padded, 24 bytes
  11111111 22222222
  0010 0001       // base 16, one packet
  000001 07       // reference time, count
  2001            // run of one, small delta
  04              // 1 ms
  01              // one byte of padding`);

describe('a compound of RTCP (RFC 3550, 6.1)', () => {
  it('walks packet by packet to the end', () => {
    const { packets, defect } = walkCompound(concat(RR, TWCC, PADDED_BYE));
    expect(defect).toBeNull();
    expect(packets.map(({ type, count, offset, length, end }) => [type, count, offset, length, end])).toEqual([
      [201, 0, 0, 8, 8],
      [205, 15, 8, 23, 31],
      [203, 1, 32, 8, 40],
    ]);
  });

  it('takes feedback alone (RFC 5506)', () => {
    expect(walkCompound(TWCC).packets).toHaveLength(1);
  });

  it.each([
    ['bad-version', '00c90001 11111111'],
    ['unknown-type', '80c40001 11111111'],
    ['unknown-type', '80de0001 11111111'],
    ['bad-length', '80c90002 11111111'],
    ['bad-padding', 'a0c90001 11111100'],
    ['bad-padding', 'a0c90001 11111105'],
    ['too-short', '80c9'],
  ])('says %s of %s, after the packets before it', (reason, listing) => {
    const { packets, defect } = walkCompound(concat(RR, hex(listing)));
    expect([packets.length, defect]).toEqual([1, reason]);
  });

  it('goes as far as a snapped capture goes', () => {
    const compound = concat(RR, TWCC, PADDED_BYE);
    expect(walkCompound(compound, 10, compound.length)).toMatchObject({ defect: 'cut', packets: [{ end: 8 }] });
    expect(walkCompound(compound, 20, compound.length)).toMatchObject({
      defect: 'cut',
      packets: [{ end: 8 }, { length: 24, end: 20 }],
    });
  });

  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    // Headers that are believed, over bytes of any kind.
    fc
      .array(
        fc.record({
          type: fc.integer({ min: 192, max: 213 }),
          count: fc.nat(31),
          padded: fc.boolean(),
          body: fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { maxLength: 20 }),
        }),
        { maxLength: 4 },
      )
      .map((packets) =>
        concat(
          ...packets.map(({ type, count, padded, body }) =>
            concat(Uint8Array.of(0x80 | (padded ? 32 : 0) | count, type, 0, body.length), ...body),
          ),
        ),
      ),
  );

  it('never throws, and never reads past what the capture holds', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(120), fc.nat(8), (bytes, cut, before) => {
        const captured = Math.max(0, bytes.length - cut);
        const present = bytes.subarray(0, captured);
        const low = concat(new Uint8Array(before), present, new Uint8Array(64));
        const high = concat(new Uint8Array(before), present, new Uint8Array(64).fill(0xff));
        for (const length of [captured, bytes.length]) {
          const decoded = decodeEverything(low, captured, length, before);
          expect(decodeEverything(high, captured, length, before)).toBe(decoded);
        }
      }),
    );
  });
});
