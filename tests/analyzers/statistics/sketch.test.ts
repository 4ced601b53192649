import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSketches, sketchOf, sketchQuantile } from '../../../analyzers/statistics/sketch.ts';

/** Half a class of 64 an octave, as docs/merging.md says. */
const ERROR = 1 / 128;

const VALUES = fc.array(fc.double({ min: 1, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 300 });
const SHARE = fc.double({ min: 0, max: 1, noNaN: true });

/** Nearest rank, of the values themselves. */
const quantileOf = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1];

describe('a sketch of a distribution', () => {
  it('has every quantile to half a class', () => {
    fc.assert(
      fc.property(VALUES, SHARE, (values, share) => {
        const exact = quantileOf(values, share);
        expect(Math.abs(sketchQuantile(sketchOf(values, 1), share)! - exact)).toBeLessThanOrEqual(exact * ERROR);
      }),
    );
  });

  it('of parts, added, is that of the whole: no error is added, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(VALUES, { minLength: 1, maxLength: 6 }), SHARE, (parts, share) => {
        const whole = sketchOf(parts.flat(), 1);
        const sketches = parts.map((part) => sketchOf(part, 1));
        expect(addSketches(sketches)).toEqual(whole);
        expect(addSketches(sketches.toReversed())).toEqual(whole);
        expect(sketchQuantile(addSketches(sketches), share)).toBe(sketchQuantile(whole, share));
      }),
    );
  });

  it('of nothing has no quantile', () => {
    expect(sketchQuantile([], 0.5)).toBeNull();
    expect(sketchQuantile(addSketches([[], sketchOf([0.2, 0], 3)]), 1)).toBe(0);
  });
});
