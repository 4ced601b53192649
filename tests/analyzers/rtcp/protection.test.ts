import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protectionOf } from '../../../analyzers/index.ts';
import { concat, hex } from '../../captures/packets/decoding.ts';

const judge = (bytes: Uint8Array, captured = bytes.length): string => protectionOf(bytes, 0, captured, bytes.length);

const RR = hex('80c90001 11111111');
const NOISE = hex('5a17c3e09b4d2f81 77aa00ff13572468');
const TAG = hex('0123456789abcdef0123');

describe('RTCP in clear or encrypted (RFC 3711, 3.4)', () => {
  it('is clear where the headers end with the datagram', () => {
    expect(judge(RR)).toBe('clear');
    expect(judge(concat(RR, hex('81cb0001 11111111')))).toBe('clear');
  });

  it.each([
    ['AES-CM with a tag of 80 bits', concat(RR, NOISE, hex('80000001'), TAG)],
    ['AES-CM with a tag of 32 bits', concat(RR, NOISE, hex('80000001'), TAG.subarray(0, 4))],
    ['AES-CM with an MKI of one byte', concat(RR, NOISE, hex('8000a16d 01'), TAG)],
    ['AES-GCM (RFC 7714)', concat(RR, NOISE, hex('80000001'))],
    ['a single packet', concat(hex('81ce0002 11111111 5a17c3e0'), hex('80000203'), TAG)],
  ])('is encrypted: %s', (_, bytes) => {
    expect(judge(bytes)).toBe('encrypted');
  });

  it('is clear where it is only authenticated (E = 0)', () => {
    expect(judge(concat(RR, hex('00000001'), TAG))).toBe('clear');
    expect(judge(concat(RR, TAG, TAG.subarray(0, 6), hex('00000001')))).toBe('clear');
  });

  it('is unsure where no trailer that it knows follows', () => {
    expect(judge(concat(RR, NOISE, hex('cd010080')))).toBe('unsure');
  });

  it('is malformed where no header is right, or nothing that ends it has room', () => {
    expect(judge(hex('80c90002 11111111'))).toBe('malformed');
    expect(judge(hex('40c90001 11111111'))).toBe('malformed');
    expect(judge(concat(RR, hex('01020304')))).toBe('malformed');
    expect(judge(new Uint8Array(0))).toBe('malformed');
  });

  it('tells of a snapped datagram what it can', () => {
    const clear = concat(RR, RR, RR);
    const encrypted = concat(RR, NOISE, hex('80000001'), TAG);
    expect(judge(clear, 20)).toBe('clear');
    expect(judge(clear, 10)).toBe('cut');
    expect(judge(encrypted, 8)).toBe('cut');
    expect(judge(encrypted, 12)).toBe('encrypted');
    expect(judge(clear, 3)).toBe('cut');
  });

  it('never takes noise behind a header for clear text, and reads no byte beyond the capture', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 80 }),
        fc.nat(0xffffff),
        fc.nat(100),
        (noise, index, cut) => {
          // Noise that is a header by chance is no noise: one of 100 million is.
          fc.pre(noise[0] >>> 6 !== 2);
          const bytes = concat(RR, noise, Uint8Array.of(0x80, index >>> 16, index >>> 8, index), TAG);
          expect(judge(bytes)).toBe('encrypted');
          const captured = Math.max(0, bytes.length - cut);
          const zeros = concat(bytes.subarray(0, captured), new Uint8Array(32));
          const ones = concat(bytes.subarray(0, captured), new Uint8Array(32).fill(255));
          expect(protectionOf(zeros, 0, captured, bytes.length)).toBe(protectionOf(ones, 0, captured, bytes.length));
        },
      ),
    );
  });
});
