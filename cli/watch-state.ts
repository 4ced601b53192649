import { LIVE_SORTS, type LiveRow, type LiveSort } from '../analyzers/index.ts';

/** What the keys change. */
export interface WatchState {
  sort: LiveSort;
  reversed: boolean;
  paused: boolean;
  help: boolean;
  /** Number of the chosen stream. */
  selected: number | null;
}

/** What a key asks of the program, beside another picture. */
export type WatchRequest = 'end' | 'suspend' | 'redraw' | null;

const SORT_KEYS: Readonly<Record<string, LiveSort>> = {
  w: 'worst',
  l: 'loss',
  j: 'jitter',
  b: 'bitrate',
  a: 'age',
};
const UP = ['\u001b[A', '\u001bOA', 'k'];
const DOWN = ['\u001b[B', '\u001bOB', 'n'];
const RIGHT = ['\u001b[C', '\u001bOC', '>'];
const LEFT = ['\u001b[D', '\u001bOD', '<'];

/** Single keys of what a terminal sent at once, as in a paste or with a slow connection. */
export function keysIn(text: string): string[] {
  return text.match(/\u001b[[O][0-9;]*[A-Za-z~]|\u001b|[\s\S]/g) ?? [];
}

/** @param rows as they are shown. */
export function pressKey(state: WatchState, key: string, rows: readonly LiveRow[]): WatchRequest {
  if (key === 'q' || key === '\u0003' || key === '\u0004') return 'end';
  if (key === '\u001a') return 'suspend';
  if (key === '\f') return 'redraw';
  if (key === '?' || key === 'h') state.help = !state.help;
  else if (key === ' ' || key === 'p') state.paused = !state.paused;
  else if (key === 'r') state.reversed = !state.reversed;
  else if (key in SORT_KEYS) sortBy(state, SORT_KEYS[key]);
  else if (RIGHT.includes(key)) sortBy(state, neighbour(state.sort, 1));
  else if (LEFT.includes(key)) sortBy(state, neighbour(state.sort, -1));
  else if (UP.includes(key)) choose(state, rows, -1);
  else if (DOWN.includes(key)) choose(state, rows, 1);
  else if (key === '\u001b') {
    state.selected = null;
    state.help = false;
  }
  return null;
}

function sortBy(state: WatchState, sort: LiveSort): void {
  state.sort = sort;
  state.reversed = false;
}

function neighbour(sort: LiveSort, way: number): LiveSort {
  const count = LIVE_SORTS.length;
  return LIVE_SORTS[(LIVE_SORTS.indexOf(sort) + way + count) % count];
}

function choose(state: WatchState, rows: readonly LiveRow[], way: number): void {
  if (rows.length === 0) return;
  const place = rows.findIndex(({ number }) => number === state.selected);
  const next = place < 0 ? (way > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, place + way));
  state.selected = rows[next].number;
}
