import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTransportWideFeedback,
  isDefect,
  type TransportWideFeedback,
  visitTransportWideFeedback,
} from '../../../analyzers/index.ts';
import { concat, hex } from '../../captures/packets/decoding.ts';
import { onlyPacket, walkCompound } from './rtcp-packets.ts';

function statuses(feedback: TransportWideFeedback): [sequence: number, received: boolean, arrivalUs: number | null][] {
  const all: [number, boolean, number | null][] = [];
  visitTransportWideFeedback(feedback, (...status) => all.push(status));
  return all;
}

function decoded(bytes: Uint8Array): TransportWideFeedback {
  const feedback = decodeTransportWideFeedback(onlyPacket(bytes));
  if (isDefect(feedback)) throw new Error(feedback);
  return feedback;
}

const FEEDBACK = hex(`
  8f cd 0008
  00000001 00000002
  fffe 0013      // from 65534 on, 19 packets
  fffffe 09      // reference time -2 (-128 ms), tenth feedback
  2002           // run of two with small deltas
  a001           // one-bit vector: 1 0 0 0 0 0 0 0 0 0 0 0 0 1
  d840           // two-bit vector, three of seven used: 01 10 00
  04 08          // 1 ms, 2 ms
  00 fc          // 0, 63 ms
  01             // 0.25 ms
  fff8           // -2 ms
  00 00 00       // filled up to the word without the padding bit`);

describe('transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01)', () => {
  it('reads run length and both vectors, small and large deltas, across the wrap', () => {
    const feedback = decoded(FEEDBACK);
    expect(feedback).toMatchObject({
      senderSsrc: 1,
      mediaSsrc: 2,
      baseSequence: 65534,
      statusCount: 19,
      referenceTime: -2,
      feedbackCount: 9,
      received: 6,
      notReceived: 13,
    });
    const all = statuses(feedback);
    expect(all).toHaveLength(19);
    expect(all.filter(([, received]) => received)).toEqual([
      [65534, true, -127_000],
      [65535, true, -125_000],
      [0, true, -125_000],
      [13, true, -62_000],
      [14, true, -61_750],
      [15, true, -63_750],
    ]);
    expect(all[18]).toEqual([16, false, null]);
  });

  it('lets a vector or run reach beyond the last packet', () => {
    expect(decoded(hex('8fcd0005 00000001 00000002 0000 0003 000000 00 1fff 0000'))).toMatchObject({
      received: 0,
      notReceived: 3,
    });
  });

  it('says bad-length where chunks or deltas are missing', () => {
    for (const listing of [
      '8fcd0004 00000001 00000002 0000 0001 000000 00', // no chunk
      '8fcd0005 00000001 00000002 0000 0003 000000 00 2003 0404', // two deltas of three
      '8fcd0005 00000001 00000002 0000 ffff 000000 00 2000 2000', // runs of none
    ]) {
      expect(decodeTransportWideFeedback(onlyPacket(hex(listing)))).toBe('bad-length');
    }
  });

  it('counts of a snapped feedback what its chunks still tell', () => {
    const cut = decodeTransportWideFeedback(walkCompound(FEEDBACK, 25, FEEDBACK.length).packets[0]);
    expect(cut).toMatchObject({ received: 4, notReceived: 12 });
    expect(statuses(cut as TransportWideFeedback)[0]).toEqual([65534, true, null]);
  });

  it('gives back what was put in, for any mixture of chunks', () => {
    const chunk = fc.oneof(
      fc.record({ run: fc.integer({ min: 1, max: 40 }), symbol: fc.nat(2) }),
      fc.record({ bits: fc.array(fc.nat(1), { minLength: 14, maxLength: 14 }) }),
      fc.record({ pairs: fc.array(fc.nat(2), { minLength: 7, maxLength: 7 }) }),
    );
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 12 }), fc.nat(65535), (chunks, base) => {
        const symbols: number[] = [];
        const words: number[] = [];
        for (const part of chunks) {
          if ('run' in part) {
            words.push((part.symbol << 13) | part.run);
            for (let index = 0; index < part.run; index++) symbols.push(part.symbol);
          } else if ('bits' in part) {
            words.push(0x8000 | part.bits.reduce((word, bit) => (word << 1) | bit, 0));
            symbols.push(...part.bits);
          } else {
            words.push(0xc000 | part.pairs.reduce((word, pair) => (word << 2) | pair, 0));
            symbols.push(...part.pairs);
          }
        }
        const deltas = symbols.flatMap((symbol) => (symbol === 1 ? [2] : symbol === 2 ? [1, 0] : []));
        const body = [...words.flatMap((word) => [word >>> 8, word & 255]), ...deltas];
        while (body.length % 4 !== 0) body.push(0);
        const bytes = concat(
          Uint8Array.of(0x8f, 0xcd, 0, 4 + body.length / 4, 0, 0, 0, 1, 0, 0, 0, 2),
          Uint8Array.of(base >>> 8, base & 255, symbols.length >>> 8, symbols.length & 255, 0, 0, 0, 0),
          Uint8Array.from(body),
        );
        let arrivalUs = 0;
        const expected = symbols.map((symbol, index) => {
          arrivalUs += symbol === 1 ? 500 : symbol === 2 ? 64_000 : 0;
          return [(base + index) & 0xffff, symbol !== 0, symbol === 0 ? null : arrivalUs];
        });
        const feedback = decoded(bytes);
        expect(statuses(feedback)).toEqual(expected);
        expect(feedback.notReceived).toBe(symbols.filter((symbol) => symbol === 0).length);
      }),
    );
  });
});
