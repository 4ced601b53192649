/* As analyzers/rtp/frames.ts for a packet with no gap before it. */
import { FRAME_AT, FRAME_GAPS, FRAME_GAPS_AT } from '../../rtp/row-layout';
import { STREAMS_WITH_MOST } from '../../rtp/sample-limits';
import { OCTAVES, STEPS, STEPS_BITS } from '../../statistics/log-classes';
import { FRAME_CLASSES_AT, FRAME_COUNTS_AT } from '../memory-layout';
import { NOTE_FRAME, note4 } from './notes';
import { get, set } from './row';

const TIMESTAMP: i32 = FRAME_AT;
const BYTES: i32 = FRAME_AT + 1;
const LAST_NS: i32 = FRAME_AT + 2;
const FLAGS: i32 = FRAME_AT + 3;
const DAMAGE: i32 = 2;
const FRAMES: i32 = FRAME_AT + 4;
const SUM_BYTES: i32 = FRAME_AT + 5;
const MAX_BYTES: i32 = FRAME_AT + 6;
const PREVIOUS_NS: i32 = FRAME_AT + 7;
const GAP_SUM: i32 = FRAME_AT + 8;
const DAMAGED: i32 = FRAME_AT + 9;
const FIRST_NS: i32 = FRAME_AT + 10;
const FREEZES: i32 = FRAME_AT + 11;
const FREEZE_NS: i32 = FRAME_AT + 12;
const LONGEST_NS: i32 = FRAME_AT + 13;
const GAP_SLOT: i32 = FRAME_AT + 14;

export function frame(fields: usize, row: i32, arrivalNs: f64, timestamp: i32, marker: i32, length: f64): void {
  if (<f64>timestamp == get(fields, TIMESTAMP)) {
    set(fields, BYTES, get(fields, BYTES) + length);
    set(fields, LAST_NS, arrivalNs);
    set(fields, FLAGS, <f64>(<i32>get(fields, FLAGS) | marker));
    return;
  }
  close(fields, row);
  set(fields, TIMESTAMP, <f64>timestamp);
  set(fields, BYTES, length);
  set(fields, LAST_NS, arrivalNs);
  set(fields, FLAGS, <f64>marker);
}

function close(fields: usize, row: i32): void {
  const bytes = get(fields, BYTES);
  const lastNs = get(fields, LAST_NS);
  set(fields, SUM_BYTES, get(fields, SUM_BYTES) + bytes);
  if (bytes > get(fields, MAX_BYTES)) set(fields, MAX_BYTES, bytes);
  if (row < STREAMS_WITH_MOST && bytes >= 1) countSize(row, bytes);
  else note4(NOTE_FRAME, row, bytes, 0, 0, 0);
  if ((<i32>get(fields, FLAGS) & DAMAGE) != 0) set(fields, DAMAGED, get(fields, DAMAGED) + 1);
  const frames = get(fields, FRAMES);
  set(fields, FRAMES, frames + 1);
  if (frames == 0) set(fields, FIRST_NS, lastNs);
  else gap(fields, frames - 1, lastNs - get(fields, PREVIOUS_NS));
  set(fields, PREVIOUS_NS, lastNs);
}

/** As `add` in analyzers/statistics/log-histogram.ts. */
function countSize(row: i32, bytes: f64): void {
  const counts = <usize>(FRAME_COUNTS_AT + (row << 3));
  store<f64>(counts, load<f64>(counts) + 1);
  const high = <i32>(reinterpret<u64>(bytes) >> 32);
  let octave = (high >> 20) - 1023;
  let step = (high >> (20 - STEPS_BITS)) & (STEPS - 1);
  if (octave >= OCTAVES) {
    octave = OCTAVES - 1;
    step = STEPS - 1;
  }
  const place = <usize>(FRAME_CLASSES_AT + (((row * OCTAVES + octave) * STEPS + step) << 2));
  store<u32>(place, load<u32>(place) + 1);
}

function gap(fields: usize, gaps: f64, gapNs: f64): void {
  if (gaps > 0) {
    const mean = get(fields, GAP_SUM) / (gaps < FRAME_GAPS ? gaps : <f64>FRAME_GAPS);
    if (gapNs > 3 * mean && gapNs > mean + 150e6) {
      set(fields, FREEZES, get(fields, FREEZES) + 1);
      set(fields, FREEZE_NS, get(fields, FREEZE_NS) + gapNs);
      if (gapNs > get(fields, LONGEST_NS)) set(fields, LONGEST_NS, gapNs);
    }
  }
  const next = <i32>get(fields, GAP_SLOT);
  const slot = FRAME_GAPS_AT + next;
  set(fields, GAP_SLOT, next == FRAME_GAPS - 1 ? 0 : <f64>(next + 1));
  set(fields, GAP_SUM, get(fields, GAP_SUM) + (gapNs - (gaps >= FRAME_GAPS ? get(fields, slot) : 0)));
  set(fields, slot, gapNs);
}
