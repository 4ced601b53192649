import type { StreamSeries } from '../analysis.ts';
import { parseReportTime } from '../ice/report-time.ts';

/** As of a stream in one analysis: an hour of seconds. */
const MOST_WINDOWS = 3600;

interface Columns {
  readonly packets: number[];
  readonly bytes: number[];
  readonly lost: number[];
  readonly jitterMs: (number | null)[];
  readonly maxJitterMs: (number | null)[];
}

/**
 * Windows of two parts on the grid of the first. Windows of the second part began with it, so each is laid to the window of the grid in which
 * most of it lies: sums are kept, and a packet may count one window early or late.
 */
export function mergeSeries(a: StreamSeries, b: StreamSeries): StreamSeries {
  const elapsed = Math.max(0, secondsBetween(a.startTime, b.startTime));
  let windowSeconds = Math.max(a.windowSeconds, b.windowSeconds);
  const spanSeconds = Math.max(a.packets.length * a.windowSeconds, elapsed + b.packets.length * b.windowSeconds);
  while (spanSeconds / windowSeconds > MOST_WINDOWS) windowSeconds *= 2;
  const first = widened(a, windowSeconds);
  const second = widened(b, windowSeconds);
  const offset = Math.round(elapsed / windowSeconds);
  const joined = empty(Math.max(first.packets.length, offset + second.packets.length));
  lay(joined, first, 0);
  lay(joined, second, offset);
  return { startTime: a.startTime ?? b.startTime, windowSeconds, ...joined, delayHistogram: delaysOf(a, b) };
}

/** 95th percentile of the bits a second over the complete windows of a series of seconds. @returns null without such. */
export function windowBitrates({ bytes, windowSeconds }: StreamSeries): { p95: number } | null {
  const complete = bytes.slice(0, -1).sort((x, y) => x - y);
  if (complete.length === 0) return null;
  return { p95: (complete[Math.max(0, Math.ceil(0.95 * complete.length) - 1)] * 8) / windowSeconds };
}

function secondsBetween(from: string | null, to: string | null): number {
  const [a, b] = [from, to].map((text) => (text === null ? null : parseReportTime(text)));
  return a == null || b == null ? 0 : b.seconds - a.seconds + (b.nanoseconds - a.nanoseconds) / 1e9;
}

function empty(length: number): Columns {
  const zeros = () => new Array<number>(length).fill(0);
  const nulls = () => new Array<number | null>(length).fill(null);
  return { packets: zeros(), bytes: zeros(), lost: zeros(), jitterMs: nulls(), maxJitterMs: nulls() };
}

function lay(into: Columns, from: Pick<StreamSeries, keyof Columns>, offset: number): void {
  for (const [window, packets] of from.packets.entries()) {
    const at = offset + window;
    const before = into.packets[at];
    const [was, is] = [into.jitterMs[at], from.jitterMs[window]];
    into.jitterMs[at] =
      was === null || is === null ? (was ?? is) : (was * before + is * packets) / Math.max(1, before + packets);
    const [wasMax, isMax] = [into.maxJitterMs[at], from.maxJitterMs[window]];
    into.maxJitterMs[at] = wasMax === null || isMax === null ? (wasMax ?? isMax) : Math.max(wasMax, isMax);
    into.packets[at] = before + packets;
    into.bytes[at] += from.bytes[window];
    into.lost[at] += from.lost[window];
  }
}

function widened(series: StreamSeries, windowSeconds: number): Pick<StreamSeries, keyof Columns> {
  let columns: Pick<StreamSeries, keyof Columns> = series;
  for (let width = series.windowSeconds; width < windowSeconds; width *= 2) columns = halved(columns);
  return columns;
}

function halved(series: Pick<StreamSeries, keyof Columns>): Columns {
  const half = empty((series.packets.length + 1) >>> 1);
  for (let window = 0; window < series.packets.length; window++) {
    const one = {
      ...{ packets: [series.packets[window]], bytes: [series.bytes[window]], lost: [series.lost[window]] },
      ...{ jitterMs: [series.jitterMs[window]], maxJitterMs: [series.maxJitterMs[window]] },
    };
    lay(half, one, window >>> 1);
  }
  return half;
}

/** The classes are the same everywhere but for the upper end of the last one. */
function delaysOf(
  { delayHistogram: a }: StreamSeries,
  { delayHistogram: b }: StreamSeries,
): StreamSeries['delayHistogram'] {
  const length = Math.max(a.packets.length, b.packets.length);
  const at = (list: readonly number[], place: number) => list[place] ?? 0;
  const indices = Array.from({ length }, (_, place) => place);
  return {
    upperMs: indices.map((place) => Math.max(at(a.upperMs, place), at(b.upperMs, place))),
    packets: indices.map((place) => at(a.packets, place) + at(b.packets, place)),
  };
}
