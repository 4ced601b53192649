/*
 * Values at a rank: what sorting all of them would put there. Values are counted by size first, 2048 sizes up to the largest; then only those of
 * one size have to be looked through, by quickselect.
 */
import { BUCKETS_AT, GATHERED_AT } from '../memory-layout';

const BUCKETS: i32 = 2048;
let perValue: f64 = 0;

let state: u32 = 1;

/** @param seed that nobody can guess: against values laid out to make the search slow. */
export function seedSelection(seed: u32): void {
  state = seed | 1;
}

function between(low: i32, high: i32): i32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return low + <i32>(state % <u32>(high - low + 1));
}

/** Counts `count` values, none of them below 0, none above `highest`. */
export function countFloat64(values: usize, count: i32, highest: f64): void {
  begin(highest);
  for (let at = 0; at < count; at++) addToBucket(load<f64>(values + (<usize>at << 3)));
}

/** As {@link countFloat64}. */
export function countFloat32(values: usize, count: i32, highest: f32): void {
  begin(<f64>highest);
  for (let at = 0; at < count; at++) addToBucket(<f64>load<f32>(values + (<usize>at << 2)));
}

/** @returns the value at `rank`, from 0, of the values counted before. */
export function selectFloat64(values: usize, count: i32, rank: i32): f64 {
  const bucket = findBucket(rank);
  let held = 0;
  for (let at = 0; at < count; at++) {
    const value = load<f64>(values + (<usize>at << 3));
    store<f64>(gathered(held), value);
    held += <i32>(bucketOf(value) == bucket);
  }
  return quickselect(held, rank - below);
}

/** As {@link selectFloat64}. */
export function selectFloat32(values: usize, count: i32, rank: i32): f32 {
  const bucket = findBucket(rank);
  let held = 0;
  for (let at = 0; at < count; at++) {
    const value = <f64>load<f32>(values + (<usize>at << 2));
    store<f64>(gathered(held), value);
    held += <i32>(bucketOf(value) == bucket);
  }
  return <f32>quickselect(held, rank - below);
}

function begin(highest: f64): void {
  memory.fill(BUCKETS_AT, 0, BUCKETS * 4);
  perValue = highest > 0 ? <f64>(BUCKETS - 1) / highest : 0;
}

function bucketOf(value: f64): i32 {
  return <i32>(value * perValue);
}

function addToBucket(value: f64): void {
  const place = bucketPlace(bucketOf(value));
  store<u32>(place, load<u32>(place) + 1);
}

/** Values in the buckets before the one found last. */
let below: i32 = 0;

function findBucket(rank: i32): i32 {
  below = 0;
  let bucket = 0;
  for (; bucket < BUCKETS - 1; bucket++) {
    const held = load<i32>(bucketPlace(bucket));
    if (below + held > rank) break;
    below += held;
  }
  return bucket;
}

function bucketPlace(bucket: i32): usize {
  return <usize>(BUCKETS_AT + (bucket << 2));
}

function gathered(at: i32): usize {
  return <usize>(GATHERED_AT + (at << 3));
}

function quickselect(count: i32, rank: i32): f64 {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = load<f64>(gathered(between(low, high)));
    let up = low;
    let down = high;
    do {
      while (load<f64>(gathered(up)) < pivot) up++;
      while (pivot < load<f64>(gathered(down))) down--;
      if (up <= down) {
        const kept = load<f64>(gathered(up));
        store<f64>(gathered(up), load<f64>(gathered(down)));
        store<f64>(gathered(down), kept);
        up++;
        down--;
      }
    } while (up <= down);
    if (down < rank) low = up;
    if (rank < up) high = down;
  }
  return load<f64>(gathered(rank));
}
