import type { StreamAnalysis } from '../../analyzers/index.ts';

/** The time that all sparklines of a report share, so that what happened at one moment stands in one column. */
export interface SparkSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** The span of all streams that have a series; null where none has. */
export function sparkSpan(streams: readonly StreamAnalysis[]): SparkSpan | null {
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const { series } of streams) {
    if (series.startTime === null) continue;
    const start = Date.parse(series.startTime);
    startMs = Math.min(startMs, start);
    endMs = Math.max(endMs, start + series.packets.length * series.windowSeconds * 1000);
  }
  return startMs < endMs ? { startMs, endMs } : null;
}

/**
 * The largest value of each of `cells` equal parts of the span; null where the stream has no window. The largest rather
 * than the mean: one bad second in an hour must be seen.
 */
export function sparkCells(
  stream: StreamAnalysis,
  values: (window: number) => number,
  span: SparkSpan,
  cells: number,
): (number | null)[] {
  const result: (number | null)[] = new Array(cells).fill(null);
  const { series } = stream;
  if (series.startTime === null) return result;
  const first = Date.parse(series.startTime) - span.startMs;
  const cellMs = (span.endMs - span.startMs) / cells;
  const windowMs = series.windowSeconds * 1000;
  for (let window = 0; window < series.packets.length; window++) {
    const value = values(window);
    const from = Math.floor((first + window * windowMs) / cellMs);
    // A window longer than a cell fills all cells that it covers.
    const to = Math.max(from, Math.ceil((first + (window + 1) * windowMs) / cellMs - 1e-9) - 1);
    for (let cell = Math.max(0, from); cell <= to && cell < cells; cell++) {
      const known = result[cell];
      if (known === null || value > known) result[cell] = value;
    }
  }
  return result;
}
