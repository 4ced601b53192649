import type { ReportLine, ReportLines, ReportStream, RunLines } from '../report-data.ts';
import type { ChosenStreams } from './chosen-streams.ts';

/** A line as a chart draws it: places and values, side by side, places rising. */
export interface ChartLine {
  readonly slot: number;
  readonly id: string;
  /** A value holds until the next. */
  readonly steps?: boolean;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export type ChartName = 'loss' | 'jitter' | 'throughput' | 'delay' | 'timeline' | `run-${string}`;

/** The chart that brings its data along: it has no lines. */
export function bringsData(name: ChartName): name is 'timeline' {
  return name === 'timeline';
}

export function isOfRun(name: ChartName): name is `run-${string}` {
  return name.startsWith('run-');
}

/** The lines of one of the run's charts, whatever streams are chosen. */
export function runLines(name: ChartName, runs: readonly RunLines[]): ChartLine[] {
  const of = runs.find((one) => one.name === name);
  return (of?.lines ?? []).map(({ name: id, x, y }, slot) => ({ slot, id, x, y, steps: of?.steps === true }));
}

/** The lines of the chosen streams, in the order of their slots. */
export function chosenLines(
  name: ChartName,
  streams: ReadonlyMap<string, ReportStream>,
  chosen: ChosenStreams,
): ChartLine[] {
  const lines: ChartLine[] = [];
  // The time line brings its own data: all streams, whatever is chosen.
  if (bringsData(name) || isOfRun(name)) return lines;
  chosen.slots.forEach((id, slot) => {
    const of = id === null ? null : (streams.get(id)?.lines ?? null);
    if (id === null || of === null) return;
    if (name === 'delay') {
      lines.push({ slot, id, x: of.delay.map(([delayMs]) => delayMs), y: of.delay.map(([, share]) => share) });
    } else {
      const line = of.measures[name];
      lines.push({ slot, id, x: times(of, line), y: line.values });
    }
  });
  return lines;
}

function times({ startMs, windowMs }: ReportLines, { windows, values }: ReportLine): number[] {
  return values.map((_, place) => startMs + (windows === null ? place : windows[place]) * windowMs);
}

/** The part of a line within `from` and `to`, with one point more at each end, so that it runs to the edge. */
export function cutLine(line: ChartLine, from: number, to: number): ChartLine {
  let first = line.x.findIndex((x) => x >= from);
  if (first < 0) first = line.x.length;
  let end = line.x.findIndex((x) => x > to);
  if (end < 0) end = line.x.length;
  first = Math.max(0, first - 1);
  end = Math.min(line.x.length, end + 1);
  return { ...line, x: line.x.slice(first, end), y: line.y.slice(first, end) };
}

/** The place of the point that counts at `x`: the nearest, of steps the one before; -1 for none. */
export function placeAt(line: ChartLine, x: number): number {
  const place = nearest(line, x);
  return line.steps === true && place >= 0 && line.x[place] > x ? place - 1 : place;
}

/** The place of the point nearest to `x`; -1 for a line without points. */
export function nearest(line: ChartLine, x: number): number {
  let low = 0;
  let high = line.x.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (line.x[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - line.x[low - 1] <= line.x[low] - x ? low - 1 : low;
}
