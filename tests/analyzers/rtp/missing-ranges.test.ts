import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LossSink, MissingRanges } from '../../../analyzers/rtp/missing-ranges.ts';

class Told implements LossSink {
  readonly runs: [first: number, count: number][] = [];
  lost(first: number, count: number): void {
    this.runs.push([first, count]);
  }
}

describe('missing numbers', () => {
  it('remember the window in which each was missed, also where the stream turns out to begin earlier', () => {
    const missing = new MissingRanges();
    const sink = new Told();
    missing.open(110, 112, 0, 0, 3, sink);
    missing.openBelow(95, 99, 0, 7, sink);
    expect([missing.take(111, sink), missing.take(96, sink), missing.take(111, sink), missing.take(105, sink)]).toEqual(
      [3, 7, -1, -1],
    );
  });

  it('hold windows beyond 32 bits: milliseconds over years', () => {
    const missing = new MissingRanges();
    missing.open(1, 2, 0, 0, 4_294_967_295_000, new Told());
    expect(missing.take(2, new Told())).toBe(4_294_967_295_000);
  });

  it('are what was opened less what came, in order, whatever comes', () => {
    const step = fc.record({ gap: fc.integer({ min: 1, max: 5 }), below: fc.boolean(), takes: fc.array(fc.nat(99)) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const missing = new MissingRanges();
        const model = new Set<number>();
        let [lowest, highest] = [1000, 1000];
        for (const { gap, below, takes } of steps) {
          const first = below ? lowest - gap : highest + 1;
          const last = below ? lowest - 1 : highest + gap;
          if (below) missing.openBelow(first, last, 0, 0, new Told());
          else missing.open(first, last, 0, 0, 0, new Told());
          for (let number = first; number <= last; number++) model.add(number);
          lowest = Math.min(lowest, first - 1);
          highest = Math.max(highest, last + 1);
          for (const take of takes) {
            const number = lowest + (take % (highest - lowest + 1));
            expect(missing.take(number, new Told()) >= 0).toBe(model.delete(number));
          }
        }
        const told = new Told();
        missing.tell(told);
        const numbers = told.runs.flatMap(([from, count]) => Array.from({ length: count }, (_, index) => from + index));
        expect(numbers).toEqual([...model].sort((a, b) => a - b));
      }),
    );
  });
});
