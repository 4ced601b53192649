/* As analyzers/rtp/frames.ts. */
import { FRAME_AT, FRAME_GAPS, FRAME_GAPS_AT } from '../../rtp/row-layout';
import { STREAMS_WITH_MOST } from '../../rtp/stream-limits';
import { FRAME_CLASSES_AT, FRAME_COUNTS_AT, FRAME_ZEROS_AT } from '../memory-layout';
import { countValue } from './log-classes';
import { NOTE_FRAME, note4 } from './notes';
import { get, set } from './row';

const TIMESTAMP: i32 = FRAME_AT;
const BYTES: i32 = FRAME_AT + 1;
const LAST_NS: i32 = FRAME_AT + 2;
const FLAGS: i32 = FRAME_AT + 3;
const MARKER: i32 = 1;
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

/** @param gap how many numbers were left out just before this packet. */
export function frame(
  fields: usize,
  row: i32,
  arrivalNs: f64,
  timestamp: i32,
  marker: i32,
  length: f64,
  gap: i32,
): void {
  const flags = <i32>get(fields, FLAGS);
  if (<f64>timestamp == get(fields, TIMESTAMP)) {
    set(fields, BYTES, get(fields, BYTES) + length);
    set(fields, LAST_NS, arrivalNs);
    set(fields, FLAGS, <f64>(flags | (gap > 0 ? marker | DAMAGE : marker)));
    return;
  }
  const endMissing = gap > 0 && (flags & MARKER) == 0;
  if (endMissing) set(fields, FLAGS, <f64>(flags | DAMAGE));
  close(fields, row);
  set(fields, TIMESTAMP, <f64>timestamp);
  set(fields, BYTES, length);
  set(fields, LAST_NS, arrivalNs);
  set(fields, FLAGS, <f64>(gap > 0 && !endMissing ? marker | DAMAGE : marker));
}

function close(fields: usize, row: i32): void {
  const bytes = get(fields, BYTES);
  const lastNs = get(fields, LAST_NS);
  set(fields, SUM_BYTES, get(fields, SUM_BYTES) + bytes);
  if (bytes > get(fields, MAX_BYTES)) set(fields, MAX_BYTES, bytes);
  if (row < STREAMS_WITH_MOST) countValue(FRAME_COUNTS_AT, FRAME_ZEROS_AT, FRAME_CLASSES_AT, row, bytes);
  else note4(NOTE_FRAME, row, bytes, 0, 0, 0);
  if ((<i32>get(fields, FLAGS) & DAMAGE) != 0) set(fields, DAMAGED, get(fields, DAMAGED) + 1);
  const frames = get(fields, FRAMES);
  set(fields, FRAMES, frames + 1);
  if (frames == 0) set(fields, FIRST_NS, lastNs);
  else gap(fields, frames - 1, lastNs - get(fields, PREVIOUS_NS));
  set(fields, PREVIOUS_NS, lastNs);
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
