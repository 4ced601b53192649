import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogHistograms } from '../../../analyzers/statistics/log-histogram.ts';

function histogramOf(values: readonly number[], row = 0): LogHistograms {
  const histograms = new LogHistograms();
  histograms.ensure(row + 1);
  for (const value of values) histograms.add(row, value);
  return histograms;
}

const nearestRank = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)];

describe('logarithmic histograms', () => {
  it('give each value back within 0.8 %', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 2 ** 40, maxExcluded: true, noNaN: true }), (value) => {
        const found = histogramOf([value]).quantile(0, 0.5)!;
        expect(Math.abs(found - value) / value).toBeLessThanOrEqual(0.008);
      }),
    );
  });

  it('give every quantile within 0.8 % of the nearest rank, values below 1 as zero', () => {
    const value = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.double({ min: 0, max: 100, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const truth = nearestRank(values, share);
          const found = histogramOf(values, 20).quantile(20, share)!;
          expect(Math.abs(found - truth)).toBeLessThanOrEqual(truth < 1 ? 1 : truth * 0.008);
          if (truth < 1) expect(found).toBe(0);
        },
      ),
    );
  });

  it('know nothing of an empty row, and count zeros at once', () => {
    const histograms = histogramOf([]);
    expect(histograms.quantile(0, 0.5)).toBeNull();
    histograms.addZeros(0, 19);
    histograms.add(0, 1000);
    expect([histograms.count(0), histograms.quantile(0, 0.95)]).toEqual([20, 0]);
    expect(Math.abs(histograms.quantile(0, 1)! - 1000)).toBeLessThan(8);
  });

  it('put what is beyond 2^40 into the highest class', () => {
    for (const value of [2 ** 40, 1e15, Number.MAX_VALUE]) {
      expect(histogramOf([value]).quantile(0, 1)).toBeGreaterThan(2 ** 40 * 0.99);
    }
  });

  it('keep rows apart, also as they grow in number, and forget one alone', () => {
    const histograms = new LogHistograms(1);
    for (let row = 0; row < 300; row++) {
      histograms.ensure(row + 1);
      for (let times = 0; times < 3; times++) histograms.add(row, 10 * (row + 1));
    }
    histograms.clear(7);
    histograms.add(7, 5);
    for (let row = 0; row < 300; row++) {
      const truth = row === 7 ? 5 : 10 * (row + 1);
      expect(Math.abs(histograms.quantile(row, 0.95)! - truth)).toBeLessThanOrEqual(truth * 0.008);
      expect(histograms.count(row)).toBe(row === 7 ? 1 : 3);
    }
  });
});
