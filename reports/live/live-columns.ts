import type { LiveRow, LiveSort } from '../../analyzers/index.ts';
import type { Ink } from '../terminal/ink.ts';
import { displayWidth, shorten } from '../text/display-width.ts';
import { formatBitrate, formatCount, formatMs, formatPercent, UNKNOWN } from '../text/figures.ts';
import { visible } from '../text/visible.ts';

export interface LiveColumn {
  readonly title: string;
  /** By which its heading is marked. */
  readonly sort: LiveSort;
  readonly align: 'left' | 'right';
  /** Columns of the terminal; null for what the others leave. */
  readonly width: number | null;
  /** Where there is too little room, the highest goes first. */
  readonly leavesAs: number;
  cell(row: LiveRow, ink: Ink, width: number): string;
}

const LEAST_FOR_ADDRESSES = 24;
const GAP = 2;

export const LIVE_COLUMNS: readonly LiveColumn[] = [
  {
    title: 'media',
    sort: 'media',
    align: 'left',
    width: 12,
    leavesAs: 1,
    cell: (row, ink, width) => mediaOf(row, ink, width),
  },
  {
    title: 'source',
    sort: 'address',
    align: 'left',
    width: null,
    leavesAs: 4,
    cell: (row, ink, width) => addressesOf(row, ink, width),
  },
  {
    title: 'loss',
    sort: 'loss',
    align: 'right',
    width: 8,
    leavesAs: 0,
    cell: ({ lossPercent }) => formatPercent(lossPercent),
  },
  {
    title: 'jitter ms',
    sort: 'jitter',
    align: 'right',
    width: 11,
    leavesAs: 2,
    cell: ({ jitterMs }) => formatMs(jitterMs),
  },
  {
    title: 'bitrate',
    sort: 'bitrate',
    align: 'right',
    width: 10,
    leavesAs: 3,
    cell: ({ bitrateBps }) => formatBitrate(bitrateBps),
  },
  {
    title: 'pkt/s',
    sort: 'packets',
    align: 'right',
    width: 7,
    leavesAs: 6,
    cell: ({ packetRate }) => formatCount(packetRate),
  },
  { title: 'age', sort: 'age', align: 'right', width: 6, leavesAs: 5, cell: ({ ageSeconds }) => formatAge(ageSeconds) },
  { title: 'lost in all', sort: 'loss', align: 'right', width: 11, leavesAs: 7, cell: ({ lost }) => formatCount(lost) },
];

/** The columns that there is room for, and how wide each is. */
export function fittingColumns(width: number): { readonly column: LiveColumn; readonly width: number }[] {
  let columns = [...LIVE_COLUMNS];
  const need = () => columns.reduce((sum, column) => sum + (column.width ?? LEAST_FOR_ADDRESSES) + GAP, 0);
  while (need() > width && columns.length > 1) {
    const first = columns.reduce((a, b) => (b.leavesAs > a.leavesAs ? b : a));
    columns = columns.filter((column) => column !== first);
  }
  const left = Math.max(0, width - need());
  return columns.map((column) => ({ column, width: column.width ?? LEAST_FOR_ADDRESSES + left }));
}

export function mediaOf({ kind, codec }: LiveRow, ink: Ink, width: number): string {
  const name = codec === null ? '' : ink.plain(visible(codec));
  return shorten(kind === 'unknown' && name !== '' ? name : `${kind} ${name}`.trimEnd(), width, ink.ellipsis);
}

/** Source and destination, the ends of both shown first where there is too little room. */
export function addressesOf({ source, destination }: LiveRow, ink: Ink, width: number): string {
  const between = ` ${ink.arrow} `;
  const room = width - displayWidth(between);
  const half = Math.floor(room / 2);
  const sourceRoom = Math.min(source.length, Math.max(half, room - destination.length));
  return (
    shorten(source, sourceRoom, ink.ellipsis, 'middle') +
    between +
    shorten(destination, room - sourceRoom, ink.ellipsis, 'middle')
  );
}

/** `42s`, `3m20`, `2h05`, `3d04`: five columns at most, up to years. */
export function formatAge(seconds: number): string {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${two(Math.floor(whole / 60) % 60)}`;
  return `${Math.floor(whole / 86_400)}d${two(Math.floor(whole / 3600) % 24)}`;
}
