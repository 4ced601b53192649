/* As `add` in analyzers/rtp/arrival-samples.ts, for the rows whose samples lie in this memory. */
import { KEPT_AT, STREAM_AT, STREAM_RARE_AT } from '../../rtp/row-layout';
import { MOST_SAMPLES, STREAMS_WITH_MOST } from '../../rtp/stream-limits';
import { SAMPLE_BYTES, SAMPLES_AT } from '../memory-layout';
import { NOTE_SAMPLE, note4 } from './notes';
import { get, set } from './row';

const SAMPLE_SKIP: i32 = STREAM_AT + 5;
const SAMPLE_ROOM: i32 = STREAM_RARE_AT + 11;
const SAMPLE_STRIDE: i32 = STREAM_RARE_AT + 12;
const SAMPLE_COUNT: i32 = KEPT_AT;

const TIMESTAMPS: usize = MOST_SAMPLES * 8;
const JITTERS: usize = MOST_SAMPLES * 12;
const TYPES: usize = MOST_SAMPLES * 16;
const BEGINS: usize = MOST_SAMPLES * 17;

/** Where a row's samples lie, arrivals first. */
export function columnsOf(row: i32): usize {
  return <usize>(SAMPLES_AT + row * (SAMPLE_BYTES * MOST_SAMPLES));
}

export function timestampsOf(columns: usize): usize {
  return columns + TIMESTAMPS;
}

export function jittersOf(columns: usize): usize {
  return columns + JITTERS;
}

export function beginsOf(columns: usize): usize {
  return columns + BEGINS;
}

/** Whether a sample can be kept: beyond the first rows it is told, and only while columns have room. */
export function canSample(fields: usize, row: i32): bool {
  return row < STREAMS_WITH_MOST || get(fields, SAMPLE_ROOM) > 0;
}

export function addSample(fields: usize, row: i32, arrivalNs: f64, timestamp: i32, type: i32, jitterNs: f64): void {
  if (row >= STREAMS_WITH_MOST) {
    note4(NOTE_SAMPLE, row, arrivalNs, <f64>timestamp, <f64>type, jitterNs);
    set(fields, SAMPLE_ROOM, get(fields, SAMPLE_ROOM) - 1);
    set(fields, SAMPLE_SKIP, get(fields, SAMPLE_STRIDE) - 1);
    return;
  }
  const columns = columnsOf(row);
  let count = <usize>get(fields, SAMPLE_COUNT);
  if (count == <usize>MOST_SAMPLES) {
    thin(columns);
    count = MOST_SAMPLES / 2;
    set(fields, SAMPLE_STRIDE, get(fields, SAMPLE_STRIDE) * 2);
  }
  store<f64>(columns + (count << 3), arrivalNs);
  store<i32>(columns + TIMESTAMPS + (count << 2), timestamp);
  store<f32>(columns + JITTERS + (count << 2), <f32>jitterNs);
  store<u8>(columns + TYPES + count, <u8>type);
  store<u8>(columns + BEGINS + count, 0);
  set(fields, SAMPLE_COUNT, <f64>(count + 1));
  set(fields, SAMPLE_SKIP, get(fields, SAMPLE_STRIDE) - 1);
}

/** Keeps every second sample. */
function thin(columns: usize): void {
  for (let at: usize = 0; at < <usize>MOST_SAMPLES / 2; at++) {
    store<f64>(columns + (at << 3), load<f64>(columns + (at << 4)));
    store<i32>(columns + TIMESTAMPS + (at << 2), load<i32>(columns + TIMESTAMPS + (at << 3)));
    store<f32>(columns + JITTERS + (at << 2), load<f32>(columns + JITTERS + (at << 3)));
    store<u8>(columns + TYPES + at, load<u8>(columns + TYPES + (at << 1)));
    const before: u8 = at > 0 ? load<u8>(columns + BEGINS + (at << 1) - 1) : 0;
    store<u8>(columns + BEGINS + at, load<u8>(columns + BEGINS + (at << 1)) | before);
  }
}
