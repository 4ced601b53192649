import type { StreamAnalysis } from '../../analyzers/index.ts';

/** What a chart over time shows of a stream. */
export type Measure = 'throughput' | 'loss' | 'jitter';

export const MEASURES: readonly Measure[] = ['throughput', 'loss', 'jitter'];

/** Bits per second, percent, milliseconds: a value for each window of the stream's series; null where there is none. */
export function measureSeries(stream: StreamAnalysis, measure: Measure): (number | null)[] {
  const { packets, bytes, lost, jitterMs, windowSeconds } = stream.series;
  if (measure === 'jitter') return [...jitterMs];
  if (measure === 'loss') {
    return packets.map((came, window) => {
      const expected = came + lost[window];
      return expected === 0 ? null : (100 * lost[window]) / expected;
    });
  }
  const values: (number | null)[] = bytes.map((count) => (count * 8) / windowSeconds);
  // The last window is cut short by the end of the stream; drawn, it would look like a drop of throughput.
  if (values.length > 1) values[values.length - 1] = null;
  return values;
}

/**
 * Many streams as one line on a grid of `cells` equal parts of the time: throughput of the average one, loss over all their
 * packets, jitter of the worst.
 */
export function combineSeries(
  streams: readonly StreamAnalysis[],
  measure: Measure,
  { startMs, cellMs, cells }: { startMs: number; cellMs: number; cells: number },
): (number | null)[] {
  const sums = new Float64Array(cells);
  const weights = new Float64Array(cells);
  for (const { series } of streams) {
    if (series.startTime === null) continue;
    const first = Date.parse(series.startTime) - startMs;
    for (let window = 0; window < series.packets.length; window++) {
      const cell = Math.floor((first + window * series.windowSeconds * 1000) / cellMs);
      if (cell < 0 || cell >= cells) continue;
      if (measure === 'throughput') {
        sums[cell] += series.bytes[window] * 8;
        weights[cell] += series.windowSeconds;
      } else if (measure === 'loss') {
        sums[cell] += 100 * series.lost[window];
        weights[cell] += series.lost[window] + series.packets[window];
      } else if (series.jitterMs[window] !== null) {
        sums[cell] = Math.max(sums[cell], series.jitterMs[window] as number);
        weights[cell] = 1;
      }
    }
  }
  return Array.from(sums, (sum, cell) => (weights[cell] === 0 ? null : sum / weights[cell]));
}
