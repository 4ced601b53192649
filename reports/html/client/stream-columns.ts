import { formatBitrate, formatCount, formatMs, formatPercent, formatScore } from '../../text/figures.ts';
import type { ReportStream } from '../report-data.ts';

/** A column of the table that sorts. */
export interface StreamColumn {
  readonly name: string;
  readonly title: string;
  readonly numeric: boolean;
  /** What it sorts by; null sorts last either way. */
  value(stream: ReportStream): string | number | null;
  text(stream: ReportStream): string;
}

export const GRADE_WORDS = { bad: 'bad', fair: 'impaired', good: 'good' } as const;
const GRADE_RANK = { bad: 0, fair: 1, good: 2 } as const;

export const STREAM_COLUMNS: readonly StreamColumn[] = [
  column(
    'grade',
    'Grade',
    (stream) => GRADE_RANK[stream.grade],
    (stream) => GRADE_WORDS[stream.grade],
    false,
  ),
  column('media', 'Media', mediaOf, mediaOf, false),
  column(
    'source',
    'Source',
    (stream) => stream.source,
    (stream) => stream.source,
    false,
  ),
  column(
    'destination',
    'Destination',
    (stream) => stream.destination,
    (stream) => stream.destination,
    false,
  ),
  column(
    'packets',
    'Packets',
    (stream) => stream.packets,
    (stream) => formatCount(stream.packets),
  ),
  column(
    'loss',
    'Loss',
    (stream) => stream.lostPercent,
    (stream) => formatPercent(stream.lostPercent),
  ),
  column(
    'jitter',
    'Jitter mean (ms)',
    (stream) => stream.jitterMs?.mean ?? null,
    (stream) => formatMs(stream.jitterMs?.mean ?? null),
  ),
  column(
    'jitter-max',
    'Jitter max (ms)',
    (stream) => stream.jitterMs?.max ?? null,
    (stream) => formatMs(stream.jitterMs?.max ?? null),
  ),
  column(
    'bitrate',
    'Bitrate',
    (stream) => stream.bitrateBps.mean,
    (stream) => formatBitrate(stream.bitrateBps.mean),
  ),
  column(
    'mos',
    'MOS',
    (stream) => stream.mos,
    (stream) => formatScore(stream.mos),
  ),
];

export function mediaOf(stream: ReportStream): string {
  if (stream.codec === null) return stream.kind;
  return stream.kind === 'unknown' ? stream.codec : `${stream.kind} ${stream.codec}`;
}

/** A copy in the order of the column; equal ones stay as they were, worst first. */
export function sortStreams(
  streams: readonly ReportStream[],
  by: StreamColumn,
  direction: 'ascending' | 'descending',
): ReportStream[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return [...streams].sort((a, b) => {
    const left = by.value(a);
    const right = by.value(b);
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * String(left).localeCompare(String(right), 'en', { numeric: true });
  });
}

function column(
  name: string,
  title: string,
  value: StreamColumn['value'],
  text: StreamColumn['text'],
  numeric = true,
): StreamColumn {
  return { name, title, numeric, value, text };
}
