import type { LiveRow, LiveSort } from '../../analyzers/index.ts';
import { chooseInk, type Ink, paintGrade } from '../terminal/ink.ts';
import { drawSparkline } from '../terminal/sparkline.ts';
import { padEnd, padStart, shorten } from '../text/display-width.ts';
import { countOf, formatBitrate, formatCount, formatMs, formatPercent, formatSsrc } from '../text/figures.ts';
import { visible } from '../text/visible.ts';
import { fittingColumns, mediaOf } from './live-columns.ts';

/** What is shown of a live look. */
export interface LiveScreen {
  /** What is watched: an interface, a file, an address. */
  readonly source: string;
  /** In the order to show. */
  readonly rows: readonly LiveRow[];
  readonly packets: number;
  /** Dropped by the capture so far; null where unknown. */
  readonly dropped: number | null;
  readonly sort: LiveSort;
  readonly reversed: boolean;
  /** Words beside the source: held, ended, whose times they are. */
  readonly notes: readonly string[];
  /** Number of the stream that is looked at closely; null for none. */
  readonly selected: number | null;
  /** Instead of the streams: what the keys do. */
  readonly help: boolean;
}

export interface LiveOptions {
  readonly width: number;
  /** Lines that there are; null for as many as are needed, without the line of keys. */
  readonly height: number | null;
  readonly color: boolean;
  readonly unicode: boolean;
}

const GAP = '  ';
const DETAIL_LINES = 5;
const SPARK_CELLS = 120;
/** From here on a stream is shown as silent. */
const SILENT_SECONDS = 3;

export const LIVE_HELP: readonly (readonly [string, string])[] = [
  ['left, right', 'sort by the column before, after'],
  ['w l j b a', 'sort: worst first, loss, jitter, bitrate, age'],
  ['r', 'turn the order round'],
  ['up, down', 'choose a stream, to see how it went'],
  ['esc', 'choose none'],
  ['space', 'hold the picture, and go on'],
  ['?', 'this help'],
  ['q, Ctrl-C', 'end'],
];

/** Draws a look at live streams: lines no wider than the terminal, and no more than it has. */
export function renderLive(screen: LiveScreen, options: LiveOptions): string[] {
  const ink = chooseInk(options);
  const { width, height } = options;
  const head = [ink.bold(shorten(summaryOf(screen, ink), width, ink.ellipsis))];
  if (screen.help) return toHeight([...head, '', ...helpLines(ink, width)], footer(screen, ink, width), height);
  const chosen = screen.rows.find(({ number }) => number === screen.selected);
  const detail = chosen === undefined || height === null ? [] : detailLines(chosen, ink, options);
  const room = height === null ? screen.rows.length : Math.max(0, height - head.length - 2 - detail.length);
  const rows = visibleRows(screen, room);
  const lines = [...head, ...tableLines(screen, rows, ink, width)];
  if (screen.rows.length === 0) lines.push(ink.dim(shorten('no RTP streams yet', width, ink.ellipsis)));
  return toHeight(lines, height === null ? [] : [...detail, ...footer(screen, ink, width)], height);
}

function summaryOf({ source, rows, packets, dropped, notes }: LiveScreen, ink: Ink): string {
  const bitrate = rows.reduce((sum, row) => sum + row.bitrateBps, 0);
  const parts = [
    ink.plain(visible(source)),
    ...notes,
    countOf(rows.length, 'stream'),
    formatBitrate(bitrate),
    countOf(packets, 'packet'),
    ...(dropped === null ? [] : [`${formatCount(dropped)} dropped`]),
  ];
  return parts.join(ink.rule === '-' ? ' | ' : ' · ');
}

/** Such a part of the rows that the chosen one is among them. */
function visibleRows({ rows, selected }: LiveScreen, room: number): readonly LiveRow[] {
  const place = Math.max(
    0,
    rows.findIndex(({ number }) => number === selected),
  );
  const first = Math.max(0, Math.min(place - Math.floor(room / 2), rows.length - room));
  return rows.slice(first, first + room);
}

function tableLines(screen: LiveScreen, rows: readonly LiveRow[], ink: Ink, width: number): string[] {
  const columns = fittingColumns(width - 2);
  const mark = screen.reversed ? '^' : 'v';
  let isMarked = false;
  const heading = columns.map(({ column, width: columnWidth }) => {
    const marked = !isMarked && column.sort === screen.sort;
    isMarked ||= marked;
    const title = column.sort === 'address' ? `source ${ink.arrow} destination` : column.title;
    return pad(shorten(marked ? `${title} ${mark}` : title, columnWidth, ink.ellipsis), columnWidth, column.align);
  });
  const lines = [ink.dim(shorten(`  ${heading.join(GAP)}`, width, ink.ellipsis).trimEnd())];
  for (const row of rows) {
    const cells = columns.map(({ column, width: columnWidth }) =>
      pad(shorten(column.cell(row, ink, columnWidth), columnWidth, ink.ellipsis), columnWidth, column.align),
    );
    const sign = row.number === screen.selected ? '>' : row.grade === 'good' ? ' ' : ink.signs[row.grade];
    const line = shorten(`${sign} ${cells.join(GAP)}`, width, ink.ellipsis).trimEnd();
    if (row.silentSeconds >= SILENT_SECONDS) lines.push(ink.dim(line));
    else lines.push(row.grade === 'good' ? line : paintGrade(ink, row.grade)(line));
  }
  return lines;
}

function detailLines(row: LiveRow, ink: Ink, { width, unicode }: LiveOptions): string[] {
  const cells = Math.max(0, Math.min(SPARK_CELLS, width - 34));
  const spark = (values: readonly (number | null)[], least: number, zeroIsBlank: boolean) => {
    const shown = values.slice(-cells);
    const top = shown.reduce<number>((most, value) => Math.max(most, value ?? 0), least);
    return drawSparkline(shown, top, { unicode, zeroIsBlank }).padEnd(cells);
  };
  const silence = row.silentSeconds >= SILENT_SECONDS ? `, silent for ${Math.floor(row.silentSeconds)} s` : '';
  const lines = [
    `${mediaOf(row, ink, 24)}${GAP}${row.source} ${ink.arrow} ${row.destination}${GAP}${row.transport}${GAP}${formatSsrc(row.ssrc)}${silence}`,
    `loss     ${spark(row.history.lossPercent, 10, true)} ${formatPercent(row.lossPercent)}, ${formatCount(row.lost)} of ${formatCount(row.expected)}`,
    `jitter   ${spark(row.history.jitterMs, 1, false)} ${formatMs(row.jitterMs)} ms`,
    `bitrate  ${spark(row.history.bitrateBps, 1, false)} ${formatBitrate(row.bitrateBps)}`,
  ];
  return ['', ...lines.map((line) => shorten(line, width, ink.ellipsis).trimEnd())].slice(0, DETAIL_LINES);
}

function helpLines(ink: Ink, width: number): string[] {
  return LIVE_HELP.map(([keys, meaning]) => shorten(`  ${keys.padEnd(14)}${meaning}`, width, ink.ellipsis));
}

function footer({ sort, reversed }: LiveScreen, ink: Ink, width: number): string[] {
  const order = `sorted by ${sort}${reversed ? ', reversed' : ''}`;
  return [ink.dim(shorten(`q ends  ? helps  ${order}`, width, ink.ellipsis))];
}

/** The lines, and those at the foot of the terminal. */
function toHeight(lines: readonly string[], foot: readonly string[], height: number | null): string[] {
  if (height === null) return [...lines, ...foot];
  const room = Math.max(0, height - foot.length);
  const top = lines.slice(0, room);
  while (top.length < room) top.push('');
  return [...top, ...foot].slice(0, height);
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  return align === 'left' ? padEnd(text, width) : padStart(text, width);
}
