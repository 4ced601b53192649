import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Series, SeriesField, windowLimit } from '../../../analyzers/rtp/series.ts';

const column = (series: Series, field: number) =>
  Array.from({ length: series.length }, (_, window) => series.value(window, field));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('series', () => {
  it('add up by window', () => {
    const series = new Series();
    for (const [base, packets] of [
      [0, 3],
      [2, 5],
      [2, 1],
    ]) {
      series.reach(base, 100);
      series.add(base, SeriesField.packets, packets);
    }
    expect(column(series, SeriesField.packets)).toEqual([3, 0, 6]);
  });

  it('join windows in pairs beyond the limit: sums stay, the maximum stays one', () => {
    const series = new Series();
    for (let base = 0; base < 5; base++) {
      series.reach(base, 4);
      series.add(base, SeriesField.packets, base + 1);
      series.addJitter(base, 1, base * 10, base * 10);
    }
    expect(series.factor).toBe(2);
    expect(column(series, SeriesField.packets)).toEqual([3, 7, 5]);
    expect(column(series, SeriesField.jitterMaxNs)).toEqual([10, 30, 40]);
    expect(column(series, SeriesField.jitterSumNs)).toEqual([10, 50, 40]);
    expect(column(series, SeriesField.jitterCount)).toEqual([2, 2, 1]);
  });

  it('keep all sums whatever comes, in bounds', () => {
    const additions = fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: -3, max: 50 })), { maxLength: 60 });
    fc.assert(
      fc.property(additions, fc.integer({ min: 2, max: 40 }), (steps, limit) => {
        const series = new Series();
        for (const [base, value] of steps) {
          series.reach(base, limit);
          series.add(base, SeriesField.lost, value);
        }
        expect(sum(column(series, SeriesField.lost))).toBe(sum(steps.map(([, value]) => value)));
        expect(series.length).toBeLessThanOrEqual(limit);
        // Each window holds what was added to its part of time.
        for (let window = 0; window < series.length; window++) {
          const inside = steps.filter(([base]) => Math.floor(base / series.factor) === window);
          expect(series.value(window, SeriesField.lost)).toBe(sum(inside.map(([, value]) => value)));
        }
      }),
    );
  });

  it('jump over a long gap without holding what lies between', () => {
    const series = new Series();
    series.reach(0, 3600);
    series.add(0, SeriesField.packets, 1);
    series.reach(2 ** 40, 3600);
    series.add(2 ** 40, SeriesField.packets, 1);
    expect(series.length).toBeLessThanOrEqual(3600);
    expect(sum(column(series, SeriesField.packets))).toBe(2);
  });

  it('are copied, not shared, and forget jitter alone', () => {
    const series = new Series();
    series.reach(1, 10);
    series.add(1, SeriesField.packets, 4);
    series.addJitter(1, 4, 8, 3);
    const copy = series.copy();
    copy.add(1, SeriesField.packets, 1);
    series.clearJitter();
    expect(column(copy, SeriesField.packets)).toEqual([0, 5]);
    expect(column(copy, SeriesField.jitterSumNs)).toEqual([0, 8]);
    expect(column(series, SeriesField.packets)).toEqual([0, 4]);
    expect(column(series, SeriesField.jitterSumNs)).toEqual([0, 0]);
  });

  it('are an hour of seconds for few streams, at least two minutes for many', () => {
    expect([windowLimit(0), windowLimit(1), windowLimit(166), windowLimit(1000), windowLimit(100_000)]).toEqual([
      ...[3600, 3600, 3600, 600, 120],
    ]);
  });
});
