import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossSide } from '../../../analyzers/index.ts';

const side = (observedLost: number, reportedLost: number, observedExpected = 1000, reportedExpected = 1000) =>
  lossSide({ observedLost, observedExpected, reportedLost, reportedExpected });

describe('on which side of the capture point packets were lost', () => {
  it.each([
    ['none', 0, 0],
    ['none', 0, -3],
    ['after', 0, 1],
    ['after', 0, 40],
    ['before', 40, 40],
    ['before', 40, 41],
    ['before', 1, 0],
    ['both', 20, 60],
    [null, 40, 0],
    [null, 3, 1],
  ])('says %s for %i lost here and %i reported', (expected, observed, reported) => {
    expect(side(observed, reported)).toBe(expected);
  });

  it('does not compare stretches that are too short or of different length', () => {
    expect(side(0, 5, 40, 40)).toBeNull();
    expect(side(0, 5, 1000, 500)).toBeNull();
    expect(side(0, 5, 1000, Number.NaN)).toBeNull();
  });

  it('allows for the packets at the ends', () => {
    // Half of all packets lost: 40 packets more at the end bring 20 losses more.
    expect(side(500, 520, 1000, 1040)).toBe('before');
    expect(side(500, 600, 1000, 1040)).toBe('both');
  });

  it('finds the side on which packets were dropped at random', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 5000 }),
        fc.nat(40),
        fc.nat(40),
        fc.infiniteStream(fc.double({ min: 0, max: 100, noNaN: true, maxExcluded: true })),
        (packets, beforePercent, afterPercent, chance) => {
          let before = 0;
          let after = 0;
          for (let packet = 0; packet < packets; packet++) {
            if (chance.next().value < beforePercent) before++;
            else if (chance.next().value < afterPercent) after++;
          }
          const found = side(before, before + after, packets, packets);
          if (before === 0) expect(found).toBe(after === 0 ? 'none' : 'after');
          else if (after > Math.max(1, 0.06 * (before + after))) expect(found).toBe('both');
          else expect(['before', 'both']).toContain(found);
        },
      ),
      { numRuns: 50 },
    );
  });
});
