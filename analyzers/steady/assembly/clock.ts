/* As `sample` in analyzers/rtp/clock-rate-inference.ts, which keeps the windows' slopes and says what all of it is about. */
import {
  ARRIVAL,
  FIRST_CHANGE,
  FIRST_MARKER,
  FIRST_TIMESTAMP,
  FLOATS,
  FRAME_PACKETS,
  FRAMES,
  INTEGERS,
  LAST_CHANGE,
  LAST_MARKER,
  LAST_TIMESTAMP,
  PAUSE_NS,
  PAYLOAD_BYTES,
  SHARED_FRAMES,
  SHARED_FRAMES_ENDED,
  SINGLE_FRAMES_MARKED,
  STEP_COUNTS,
  STEP_SLOTS,
  STEPS,
  WINDOW_NS,
  WINDOW_START,
  WINDOW_TIMESTAMP,
} from '../../rtp/clock-layout';
import { STREAM_RARE_AT } from '../../rtp/row-layout';
import { CLOCK_FLOATS_AT, CLOCK_INTEGERS_AT, CLOCK_SETTLED_AT } from '../memory-layout';
import { set } from './row';

const CLOCK_SETTLED: i32 = STREAM_RARE_AT + 13;

/** JavaScript's `endWindow`: it takes a logarithm, about once a second and stream. */
@external('streams', 'endClockWindow')
declare function endClockWindow(row: i32, endNs: f64, timestamp: i32): void;

function integer(numbers: usize, column: i32): i32 {
  return load<i32>(numbers + (<usize>column << 2));
}

function put(numbers: usize, column: i32, value: i32): void {
  store<i32>(numbers + (<usize>column << 2), value);
}

function count(numbers: usize, column: i32): void {
  put(numbers, column, integer(numbers, column) + 1);
}

function float(numbers: usize, column: i32): f64 {
  return load<f64>(numbers + (<usize>column << 3));
}

function putFloat(numbers: usize, column: i32, value: f64): void {
  store<f64>(numbers + (<usize>column << 3), value);
}

export function addClockEvidence(
  fields: usize,
  row: i32,
  arrivalNs: f64,
  timestamp: i32,
  marker: i32,
  payloadLength: f64,
): void {
  const integers = <usize>(CLOCK_INTEGERS_AT + row * (INTEGERS * 4));
  if (integer(integers, LAST_TIMESTAMP) == timestamp && integer(integers, FRAME_PACKETS) > 0) {
    count(integers, FRAME_PACKETS);
    put(integers, LAST_MARKER, marker);
    return;
  }
  const floats = <usize>(CLOCK_FLOATS_AT + row * (FLOATS * 8));
  putFloat(floats, ARRIVAL, arrivalNs);
  if (integer(integers, FRAME_PACKETS) == 0) {
    put(integers, WINDOW_TIMESTAMP, timestamp);
    put(integers, FIRST_TIMESTAMP, timestamp);
    putFloat(floats, WINDOW_START, arrivalNs);
    putFloat(floats, FIRST_CHANGE, arrivalNs);
  } else {
    endFrame(integers);
    const step = timestamp - integer(integers, LAST_TIMESTAMP);
    if (integer(integers, STEPS) == step) count(integers, STEP_COUNTS);
    else countStep(integers, step);
    const before = float(floats, LAST_CHANGE);
    const pause = arrivalNs - before;
    if (pause >= PAUSE_NS || pause <= -WINDOW_NS) {
      endClockWindow(row, before, integer(integers, LAST_TIMESTAMP));
      endClockWindow(row, arrivalNs, timestamp);
    } else if (arrivalNs - float(floats, WINDOW_START) >= WINDOW_NS) {
      endClockWindow(row, arrivalNs, timestamp);
    }
  }
  put(integers, LAST_TIMESTAMP, timestamp);
  put(integers, FRAME_PACKETS, 1);
  put(integers, FIRST_MARKER, marker);
  put(integers, LAST_MARKER, marker);
  putFloat(floats, LAST_CHANGE, arrivalNs);
  putFloat(floats, PAYLOAD_BYTES, float(floats, PAYLOAD_BYTES) + payloadLength);
  if (load<u8>(<usize>(CLOCK_SETTLED_AT + row)) != 0) set(fields, CLOCK_SETTLED, 1);
}

function endFrame(integers: usize): void {
  count(integers, FRAMES);
  const marked = integer(integers, LAST_MARKER) == 1;
  if (integer(integers, FRAME_PACKETS) > 1) {
    count(integers, SHARED_FRAMES);
    if (marked && integer(integers, FIRST_MARKER) == 0) count(integers, SHARED_FRAMES_ENDED);
  } else if (marked) {
    count(integers, SINGLE_FRAMES_MARKED);
  }
}

function countStep(integers: usize, step: i32): void {
  let rarest = 0;
  for (let slot = 0; slot < STEP_SLOTS; slot++) {
    if (integer(integers, STEPS + slot) == step) {
      count(integers, STEP_COUNTS + slot);
      return;
    }
    if (integer(integers, STEP_COUNTS + slot) < integer(integers, STEP_COUNTS + rarest)) rarest = slot;
  }
  put(integers, STEPS + rarest, step);
  count(integers, STEP_COUNTS + rarest);
}
