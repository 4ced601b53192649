import { describe, expect, it } from 'vitest';
import { combineSeries, measureSeries } from '../../../reports/charts/measures.ts';
import { analysisFixture } from '../analysis-fixture.ts';

const [base] = analysisFixture(1).streams;
function stream(
  startTime: string,
  columns: { packets: number[]; bytes: number[]; lost: number[]; jitterMs: (number | null)[] },
) {
  return { ...base, series: { ...base.series, startTime, windowSeconds: 2, ...columns } };
}

const first = stream('2026-11-24T00:00:00Z', {
  packets: [10, 5, 0, 8],
  bytes: [1000, 500, 0, 800],
  lost: [0, 5, 0, 2],
  jitterMs: [1, 4, null, 2],
});
const second = stream('2026-11-24T00:00:04Z', {
  packets: [10, 10],
  bytes: [3000, 1000],
  lost: [0, 10],
  jitterMs: [9, 1],
});

describe('measures of a stream', () => {
  it('throughput is bits per second, without the last window that the end cuts short', () => {
    expect(measureSeries(first, 'throughput')).toEqual([4000, 2000, 0, null]);
  });

  it('loss is percent of the packets expected in a window, unknown where none was', () => {
    expect(measureSeries(first, 'loss')).toEqual([0, 50, null, 20]);
  });

  it('jitter is null where no packet came', () => {
    expect(measureSeries(first, 'jitter')).toEqual([1, 4, null, 2]);
  });
});

describe('many streams as one line', () => {
  const grid = { startMs: Date.parse('2026-11-24T00:00:00Z'), cellMs: 4000, cells: 3 };

  it('throughput of the average stream', () => {
    // First cell: 12,000 bit in 4 s of one stream; second: 6,400 + 32,000 bit in 4 s of two.
    expect(combineSeries([first, second], 'throughput', grid)).toEqual([3000, 38_400 / 8, null]);
  });

  it('loss over all packets', () => {
    expect(combineSeries([first, second], 'loss', grid)).toEqual([25, 100 * (12 / 40), null]);
  });

  it('jitter of the worst', () => {
    expect(combineSeries([first, second], 'jitter', grid)).toEqual([4, 9, null]);
  });
});
