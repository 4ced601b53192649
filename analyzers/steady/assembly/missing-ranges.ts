/* As analyzers/rtp/missing-ranges.ts, for the rows whose ranges lie in this memory. */
import { MOST_RANGES, REACH } from '../../rtp/stream-limits';
import { RANGE_BYTES, RANGE_COUNTS_AT, RANGES_AT } from '../memory-layout';
import { NOTE_LOST, note4 } from './notes';

const LASTS: usize = MOST_RANGES * 4;
const BEFORES: usize = MOST_RANGES * 8;
const AFTERS: usize = MOST_RANGES * 16;
const WINDOWS: usize = MOST_RANGES * 24;

function columnsOf(row: i32): usize {
  return <usize>(RANGES_AT + row * (MOST_RANGES * RANGE_BYTES));
}

function countOf(row: i32): i32 {
  return load<i32>(<usize>(RANGE_COUNTS_AT + (row << 2)));
}

function setCount(row: i32, count: i32): void {
  store<i32>(<usize>(RANGE_COUNTS_AT + (row << 2)), count);
}

/** Whether a range can be opened without telling of more settled ones than there is room for in the notes of a packet. */
export function canOpen(row: i32, last: i32): bool {
  const count = countOf(row);
  if (count == 0) return true;
  const columns = columnsOf(row);
  if (count > 1) return count < MOST_RANGES && last - load<i32>(columns + LASTS + 4) <= REACH;
  return true;
}

export function open(row: i32, first: i32, last: i32, beforeNs: f64, afterNs: f64, window: f64): void {
  const columns = columnsOf(row);
  while (countOf(row) > 0 && (countOf(row) == MOST_RANGES || last - load<i32>(columns + LASTS) > REACH)) {
    settleOldest(row, columns);
  }
  const at = <usize>countOf(row);
  store<i32>(columns + (at << 2), first);
  store<i32>(columns + LASTS + (at << 2), last);
  store<f64>(columns + BEFORES + (at << 3), beforeNs);
  store<f64>(columns + AFTERS + (at << 3), afterNs);
  store<f64>(columns + WINDOWS + (at << 3), window);
  setCount(row, <i32>at + 1);
}

/** The range that holds a number, -1 where none does. */
export function find(row: i32, number: i32): i32 {
  const columns = columnsOf(row);
  let low = 0;
  let high = countOf(row) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (number < load<i32>(columns + (<usize>middle << 2))) high = middle - 1;
    else if (number > load<i32>(columns + LASTS + (<usize>middle << 2))) low = middle + 1;
    else return middle;
  }
  return -1;
}

/** Whether taking a number out of the range `at` leaves no more ranges than there were. */
export function canTake(row: i32, at: i32, number: i32): bool {
  const columns = columnsOf(row);
  return (
    number == load<i32>(columns + (<usize>at << 2)) ||
    number == load<i32>(columns + LASTS + (<usize>at << 2)) ||
    countOf(row) < MOST_RANGES
  );
}

/** Takes a number out of the range `at`. @returns the window in which it had been missed. */
export function take(row: i32, at: i32, number: i32): f64 {
  const columns = columnsOf(row);
  const firstAt = columns + (<usize>at << 2);
  const lastAt = columns + LASTS + (<usize>at << 2);
  const window = load<f64>(columns + WINDOWS + (<usize>at << 3));
  const first = load<i32>(firstAt);
  const last = load<i32>(lastAt);
  if (first == last) {
    remove(row, columns, at);
  } else if (number == first) {
    store<i32>(firstAt, number + 1);
  } else if (number == last) {
    store<i32>(lastAt, number - 1);
  } else {
    store<i32>(lastAt, number - 1);
    makeRoom(row, columns, at + 1);
    store<i32>(firstAt, number + 1, 4);
    store<i32>(lastAt, last, 4);
    const wide = columns + (<usize>at << 3);
    store<f64>(wide + BEFORES, load<f64>(wide + BEFORES), 8);
    store<f64>(wide + AFTERS, load<f64>(wide + AFTERS), 8);
    store<f64>(wide + WINDOWS, window, 8);
  }
  return window;
}

function settleOldest(row: i32, columns: usize): void {
  const first = load<i32>(columns);
  const count = load<i32>(columns + LASTS) - first + 1;
  note4(NOTE_LOST, row, <f64>first, <f64>count, load<f64>(columns + BEFORES), load<f64>(columns + AFTERS));
  remove(row, columns, 0);
}

function remove(row: i32, columns: usize, at: i32): void {
  const end = countOf(row) - 1;
  move(columns, at + 1, at, end - at);
  setCount(row, end);
}

function makeRoom(row: i32, columns: usize, at: i32): void {
  const end = countOf(row);
  move(columns, at, at + 1, end - at);
  setCount(row, end + 1);
}

/** Moves `count` ranges. */
function move(columns: usize, from: i32, to: i32, count: i32): void {
  if (count == 0) return;
  moveColumn(columns, from, to, count, 2);
  moveColumn(columns + LASTS, from, to, count, 2);
  moveColumn(columns + BEFORES, from, to, count, 3);
  moveColumn(columns + AFTERS, from, to, count, 3);
  moveColumn(columns + WINDOWS, from, to, count, 3);
}

function moveColumn(column: usize, from: i32, to: i32, count: i32, shift: usize): void {
  memory.copy(column + (<usize>to << shift), column + (<usize>from << shift), <usize>count << shift);
}
