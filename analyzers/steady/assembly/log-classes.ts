/* As `add` and `addZeros` in analyzers/statistics/log-histogram.ts, for the rows whose classes lie in this memory. */
import { OCTAVES, STEPS, STEPS_BITS } from '../../statistics/log-classes';

/** Counts a value of `row`. */
export function countValue(countsAt: i32, zerosAt: i32, classesAt: i32, row: i32, value: f64): void {
  addTo(countsAt, row, 1);
  if (value < 1) {
    addTo(zerosAt, row, 1);
    return;
  }
  const high = <i32>(reinterpret<u64>(value) >> 32);
  let octave = (high >> 20) - 1023;
  let step = (high >> (20 - STEPS_BITS)) & (STEPS - 1);
  if (octave >= OCTAVES) {
    octave = OCTAVES - 1;
    step = STEPS - 1;
  }
  const place = <usize>(classesAt + (((row * OCTAVES + octave) * STEPS + step) << 2));
  store<u32>(place, load<u32>(place) + 1);
}

export function countZeros(countsAt: i32, zerosAt: i32, row: i32, times: f64): void {
  addTo(countsAt, row, times);
  addTo(zerosAt, row, times);
}

function addTo(at: i32, row: i32, value: f64): void {
  const place = <usize>(at + (row << 3));
  store<f64>(place, load<f64>(place) + value);
}
