/*
 * The windows of a stream: as `roll` and `over` in analyzers/rtp/stream-windows.ts, `add` and `reach` in analyzers/rtp/series.ts and `close` in
 * analyzers/rtp/throughput.ts, for the rows whose series lie in this memory.
 */
import { SERIES_FACTOR, SERIES_LENGTH, STREAM_RARE_AT, THROUGHPUT_AT, WINDOW_AT } from '../../rtp/row-layout';
import { MOST_WINDOWS, SERIES_FIELDS, STREAMS_WITH_MOST } from '../../rtp/stream-limits';
import {
  SERIES_AT,
  THROUGHPUT_CLASSES_AT,
  THROUGHPUT_COUNTS_AT,
  THROUGHPUT_ZEROS_AT,
  WINDOW_LIMIT_AT,
} from '../memory-layout';
import { countValue, countZeros } from './log-classes';
import { noteWindow } from './notes';
import { get, set } from './row';

export const WINDOW_END_NS: i32 = WINDOW_AT;
export const WINDOW_BASE: i32 = WINDOW_AT + 1;
export const WINDOW_PACKETS: i32 = WINDOW_AT + 2;
export const WINDOW_BYTES: i32 = WINDOW_AT + 3;
export const WINDOW_JITTER_COUNT: i32 = WINDOW_AT + 4;
export const WINDOW_JITTER_SUM: i32 = WINDOW_AT + 5;
export const WINDOW_JITTER_MAX: i32 = WINDOW_AT + 6;
const START_NS: i32 = STREAM_RARE_AT;
const HIGHEST_BPS: i32 = THROUGHPUT_AT;

/** Places of a window's numbers. */
const PACKETS: usize = 0;
const BYTES: usize = 8;
const LOST: usize = 16;
const JITTER_COUNT: usize = 24;
const JITTER_SUM: usize = 32;
const JITTER_MAX: usize = 40;

let windowNs: f64 = 1e9;
let bitsPerSecondPerByte: f64 = 8;

export function setWindowLength(lengthNs: f64, bitsPerSecondOfAByte: f64): void {
  windowNs = lengthNs;
  bitsPerSecondPerByte = bitsPerSecondOfAByte;
}

/** Whether the window that holds the arrival can be begun here: windows are joined in pairs elsewhere. */
export function canRoll(fields: usize, row: i32, arrivalNs: f64): bool {
  if (row >= STREAMS_WITH_MOST) return true;
  const base = Math.floor((arrivalNs - get(fields, START_NS)) / windowNs);
  return Math.floor(base / get(fields, SERIES_FACTOR)) < load<f64>(<usize>WINDOW_LIMIT_AT);
}

export function roll(fields: usize, row: i32, arrivalNs: f64): void {
  const base = Math.floor((arrivalNs - get(fields, START_NS)) / windowNs);
  if (row < STREAMS_WITH_MOST) windowOver(fields, row, base);
  else noteWindow(row, fields + (WINDOW_BASE << 3), base);
  set(fields, WINDOW_PACKETS, 0);
  set(fields, WINDOW_BYTES, 0);
  set(fields, WINDOW_JITTER_COUNT, 0);
  set(fields, WINDOW_JITTER_SUM, 0);
  set(fields, WINDOW_JITTER_MAX, 0);
  set(fields, WINDOW_BASE, base);
  set(fields, WINDOW_END_NS, get(fields, START_NS) + (base + 1) * windowNs);
}

/** Adds to the losses of the window that holds base window `base`. */
export function addLost(fields: usize, row: i32, base: f64, lost: f64): void {
  add(windowAt(fields, row, base) + LOST, lost);
}

function windowOver(fields: usize, row: i32, next: f64): void {
  const base = get(fields, WINDOW_BASE);
  const window = windowAt(fields, row, base);
  add(window + PACKETS, get(fields, WINDOW_PACKETS));
  add(window + BYTES, get(fields, WINDOW_BYTES));
  add(window + JITTER_COUNT, get(fields, WINDOW_JITTER_COUNT));
  add(window + JITTER_SUM, get(fields, WINDOW_JITTER_SUM));
  const maxNs = get(fields, WINDOW_JITTER_MAX);
  if (maxNs > load<f64>(window + JITTER_MAX)) store<f64>(window + JITTER_MAX, maxNs);

  const bitsPerSecond = get(fields, WINDOW_BYTES) * bitsPerSecondPerByte;
  countValue(THROUGHPUT_COUNTS_AT, THROUGHPUT_ZEROS_AT, THROUGHPUT_CLASSES_AT, row, bitsPerSecond);
  if (bitsPerSecond > get(fields, HIGHEST_BPS)) set(fields, HIGHEST_BPS, bitsPerSecond);
  const empty = next - base - 1;
  if (empty > 0) countZeros(THROUGHPUT_COUNTS_AT, THROUGHPUT_ZEROS_AT, row, empty);

  const length = Math.floor(next / get(fields, SERIES_FACTOR)) + 1;
  if (length > get(fields, SERIES_LENGTH)) set(fields, SERIES_LENGTH, length);
}

function windowAt(fields: usize, row: i32, base: f64): usize {
  const window = <i32>Math.floor(base / get(fields, SERIES_FACTOR));
  return <usize>(SERIES_AT + (row * MOST_WINDOWS + window) * (SERIES_FIELDS * 8));
}

function add(place: usize, value: f64): void {
  store<f64>(place, load<f64>(place) + value);
}
