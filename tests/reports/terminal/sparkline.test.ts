import { describe, expect, it } from 'vitest';
import { sparkCells, sparkSpan } from '../../../reports/charts/time-cells.ts';
import { drawSparkline } from '../../../reports/terminal/sparkline.ts';
import { analysisFixture } from '../analysis-fixture.ts';

const [base] = analysisFixture(1).streams;
function stream(startTime: string, lost: number[]) {
  const { series } = base;
  return { ...base, series: { ...series, startTime, windowSeconds: 1, lost, packets: lost.map(() => 1) } };
}

describe('sparkline', () => {
  const early = stream('2026-11-24T03:12:40Z', [0, 5, 0, 0]);
  const late = stream('2026-11-24T03:12:42Z', [1, 2]);

  it('puts what happened at one moment into one column', () => {
    const span = sparkSpan([early, late])!;
    expect(sparkCells(early, (window) => early.series.lost[window], span, 4)).toEqual([0, 5, 0, 0]);
    expect(sparkCells(late, (window) => late.series.lost[window], span, 4)).toEqual([null, null, 1, 2]);
  });

  it('keeps the worst second of a cell and fills cells shorter than a window', () => {
    const span = sparkSpan([early])!;
    expect(sparkCells(early, (window) => early.series.lost[window], span, 2)).toEqual([5, 0]);
    expect(sparkCells(early, (window) => early.series.lost[window], span, 8)).toEqual([0, 0, 5, 5, 0, 0, 0, 0]);
  });

  it('draws nothing, none, little and most apart, in ASCII too', () => {
    const cells = [null, 0, 1, 8];
    expect(drawSparkline(cells, 8, { unicode: true, zeroIsBlank: true })).toBe(' ·▁█');
    expect(drawSparkline(cells, 8, { unicode: true, zeroIsBlank: false })).toBe(' ▁▁█');
    expect(drawSparkline(cells, 8, { unicode: false, zeroIsBlank: true })).toBe(' _.@');
  });

  it('has no span without a series', () => {
    expect(sparkSpan([])).toBeNull();
  });
});
