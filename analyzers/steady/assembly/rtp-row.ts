/*
 * One RTP packet into its stream's row: a twin of `packet` in analyzers/rtp/rtp-streams.ts and of what it calls, formula by
 * formula and in the same order, so that not even the last digit differs.
 */
import {
  DELTA_AT,
  JITTER_AT,
  SEQUENCE_AT,
  SEQUENCE_RARE_AT,
  STREAM_AT,
  STREAM_RARE_AT,
  THROUGHPUT_AT,
  WINDOW_AT,
} from '../../rtp/row-layout';
import { MAX_DROPOUT, STREAMS_WITH_MOST } from '../../rtp/stream-limits';
import { addClockEvidence } from './clock';
import { payloadAt, payloadLength, payloadPresent, point } from './datagram';
import { frame } from './frames';
import { lookIntoPayload } from './key-frames';
import { canOpen, canTake, find, open, take } from './missing-ranges';
import { NOTE_EXTENSION, note4 } from './notes';
import { get, set } from './row';
import { addSample, canSample } from './samples';
import { addStep } from './silences';
import {
  addLost,
  canRoll,
  roll,
  setWindowLength,
  WINDOW_END_NS,
  WINDOW_BASE,
  WINDOW_PACKETS,
  WINDOW_BYTES,
  WINDOW_JITTER_COUNT,
  WINDOW_JITTER_SUM,
  WINDOW_JITTER_MAX,
} from './windows';

const HIGHEST: i32 = SEQUENCE_AT;
const TIMESTAMP: i32 = SEQUENCE_AT + 1;
const RECEIVED: i32 = SEQUENCE_AT + 2;
const STRANGE_NEXT: i32 = SEQUENCE_AT + 3;
const LATE: i32 = SEQUENCE_RARE_AT + 3;
const EXTENT_SUM: i32 = SEQUENCE_RARE_AT + 4;
const EXTENT_MAX: i32 = SEQUENCE_RARE_AT + 5;

const PREVIOUS_NS: i32 = STREAM_AT;
const START_SECONDS: i32 = STREAM_AT + 1;
const END_NS: i32 = STREAM_AT + 2;
const BYTES: i32 = STREAM_AT + 3;
const NS_PER_TICK: i32 = STREAM_AT + 4;
const SAMPLE_SKIP: i32 = STREAM_AT + 5;
const PAYLOAD_TYPE: i32 = STREAM_AT + 6;
const POINT: i32 = STREAM_AT + 7;

const NOW_NS: i32 = WINDOW_AT + 7;

const PROVED: i32 = STREAM_RARE_AT + 1;
const NEXT_INFERENCE: i32 = STREAM_RARE_AT + 7;
const INFERS: i32 = STREAM_RARE_AT + 9;
const IS_AUDIO: i32 = STREAM_RARE_AT + 10;
const CLOCK_SETTLED: i32 = STREAM_RARE_AT + 13;
const WATCHED: i32 = STREAM_RARE_AT + 14;

const SECOND_END_NS: i32 = THROUGHPUT_AT + 2;
const SECOND_BYTES: i32 = THROUGHPUT_AT + 3;

const J_PREVIOUS_NS: i32 = JITTER_AT;
const J_TIMESTAMP: i32 = JITTER_AT + 1;
const J_NS_PER_TICK: i32 = JITTER_AT + 2;
const J_NS: i32 = JITTER_AT + 3;
const J_SUM_NS: i32 = JITTER_AT + 4;
const J_MAX_NS: i32 = JITTER_AT + 5;
const J_COUNT: i32 = JITTER_AT + 6;

let bySecond: bool = false;

/** JavaScript's `hole`: whether all streams show one in the same moment is for it to say. */
@external('streams', 'hole')
declare function hole(row: i32, count: f64, seconds: f64): void;

/**
 * @param seconds whether throughput by second is kept beside that of the windows.
 * @param bitsPerSecondOfAByte that of a window with a single byte.
 */
export function setWindows(lengthNs: f64, seconds: bool, bitsPerSecondOfAByte: f64): void {
  bySecond = seconds;
  setWindowLength(lengthNs, bitsPerSecondOfAByte);
}

/** @returns false, and nothing is changed, where the packet is none of those that are taken here. */
export function rtpPacket(fields: usize, row: i32, seconds: f64, ns: f64, first: i32, second: i32): bool {
  if (<f64>(second & 0x7f) != get(fields, PAYLOAD_TYPE)) return false;
  const sequence = <i32>bswap<u16>(load<u16>(payloadAt, 2));
  const highest = get(fields, HIGHEST);
  const ahead = (sequence - <i32>(<i64>highest)) & 0xffff;
  const receivedNow = get(fields, RECEIVED) + 1;
  const infers = get(fields, INFERS) != 0;
  if (infers && receivedNow >= get(fields, NEXT_INFERENCE)) return false;
  if (!(get(fields, SAMPLE_SKIP) > 0) && !canSample(fields, row)) return false;
  const arrivalNs = (seconds - get(fields, START_SECONDS)) * 1e9 + ns;
  if (bySecond && arrivalNs >= get(fields, SECOND_END_NS)) return false;
  const rolls = arrivalNs >= get(fields, WINDOW_END_NS);
  if (rolls && !canRoll(fields, row, arrivalNs)) return false;

  const timestamp = <i32>bswap<u32>(load<u32>(payloadAt, 4));
  if (ahead != 1) {
    if (row >= STREAMS_WITH_MOST) return false;
    if (ahead >= 0x8000) {
      if (!late(fields, row, highest - <f64>(0x10000 - ahead), arrivalNs, timestamp, second & 0x7f)) return false;
    } else {
      if (ahead == 0 || ahead >= MAX_DROPOUT || !canOpen(row, <i32>(<i64>highest) + ahead - 1)) return false;
      afterGap(fields, row, ahead, arrivalNs, timestamp, second);
      hole(row, <f64>(ahead - 1), seconds + ns / 1e9);
      set(fields, POINT, <f64>point);
    }
  } else {
    set(fields, NOW_NS, arrivalNs);
    const step = timestamp - <i32>(<i64>get(fields, TIMESTAMP));
    set(fields, HIGHEST, highest + 1);
    set(fields, TIMESTAMP, <f64>timestamp);
    set(fields, RECEIVED, receivedNow);
    set(fields, STRANGE_NEXT, -1);
    set(fields, PROVED, 1);
    addStep(fields, step);
    count(fields, row, arrivalNs, timestamp, second & 0x7f, rolls);
    media(fields, row, arrivalNs, timestamp, second >> 7, 0);
    set(fields, POINT, <f64>point);
  }
  if ((first & 0x10) != 0) {
    note4(NOTE_EXTENSION, row, <f64>payloadAt, <f64>payloadPresent, <f64>first, 0);
  }
  if (get(fields, WATCHED) != 0) lookIntoPayload(fields, row, first, timestamp);
  return true;
}

/** What every unique packet adds, in order or late. */
function count(fields: usize, row: i32, arrivalNs: f64, timestamp: i32, type: i32, rolls: bool): void {
  const length = <f64>payloadLength;
  const deltaNs = arrivalNs - get(fields, PREVIOUS_NS);
  set(fields, PREVIOUS_NS, arrivalNs);
  set(fields, BYTES, get(fields, BYTES) + length);
  set(fields, DELTA_AT, lower(get(fields, DELTA_AT), deltaNs));
  set(fields, DELTA_AT + 1, higher(get(fields, DELTA_AT + 1), deltaNs));
  set(fields, END_NS, higher(get(fields, END_NS), arrivalNs));
  if (rolls) roll(fields, row, arrivalNs);
  set(fields, WINDOW_PACKETS, get(fields, WINDOW_PACKETS) + 1);
  set(fields, WINDOW_BYTES, get(fields, WINDOW_BYTES) + length);
  if (bySecond) set(fields, SECOND_BYTES, get(fields, SECOND_BYTES) + length);
  const nsPerTick = get(fields, NS_PER_TICK);
  let jitterNs: f64 = -1;
  if (nsPerTick > 0) {
    jitterNs = addJitter(fields, arrivalNs, timestamp, nsPerTick);
    if (jitterNs >= 0) {
      set(fields, WINDOW_JITTER_COUNT, get(fields, WINDOW_JITTER_COUNT) + 1);
      set(fields, WINDOW_JITTER_SUM, get(fields, WINDOW_JITTER_SUM) + jitterNs);
      set(fields, WINDOW_JITTER_MAX, higher(get(fields, WINDOW_JITTER_MAX), jitterNs));
    }
  }
  const skip = get(fields, SAMPLE_SKIP);
  if (skip > 0) set(fields, SAMPLE_SKIP, skip - 1);
  else addSample(fields, row, arrivalNs, timestamp, type, jitterNs);
}

/** What a packet that is not late says by its timestamp. */
function media(fields: usize, row: i32, arrivalNs: f64, timestamp: i32, marker: i32, gap: i32): void {
  const length = <f64>payloadLength;
  if (get(fields, IS_AUDIO) == 0) frame(fields, row, arrivalNs, timestamp, marker, length, gap);
  if (get(fields, INFERS) != 0 && get(fields, CLOCK_SETTLED) == 0) {
    addClockEvidence(fields, row, arrivalNs, timestamp, marker, length - 12);
  }
}

/** As `#ahead` in analyzers/rtp/sequence.ts, and what follows on it in `#outOfLine` of analyzers/rtp/rtp-streams.ts. */
function afterGap(fields: usize, row: i32, ahead: i32, arrivalNs: f64, timestamp: i32, second: i32): void {
  set(fields, NOW_NS, arrivalNs);
  if (arrivalNs >= get(fields, WINDOW_END_NS)) roll(fields, row, arrivalNs);
  const highest = get(fields, HIGHEST);
  const from = <i32>(<i64>highest);
  open(row, from + 1, from + ahead - 1, get(fields, PREVIOUS_NS), arrivalNs, get(fields, WINDOW_BASE));
  set(fields, HIGHEST, highest + <f64>ahead);
  set(fields, TIMESTAMP, <f64>timestamp);
  set(fields, RECEIVED, get(fields, RECEIVED) + 1);
  set(fields, STRANGE_NEXT, -1);
  count(fields, row, arrivalNs, timestamp, second & 0x7f, false);
  media(fields, row, arrivalNs, timestamp, second >> 7, ahead - 1);
  addLost(fields, row, get(fields, WINDOW_BASE), <f64>(ahead - 1));
}

/** As `tooLate` in analyzers/rtp/sequence.ts. @returns false, and nothing is changed, where the number was not missing. */
function late(fields: usize, row: i32, number: f64, arrivalNs: f64, timestamp: i32, type: i32): bool {
  const missing = <i32>(<i64>number);
  const range = find(row, missing);
  if (range < 0 || !canTake(row, range, missing)) return false;
  set(fields, NOW_NS, arrivalNs);
  if (arrivalNs >= get(fields, WINDOW_END_NS)) roll(fields, row, arrivalNs);
  const window = take(row, range, missing);
  const extent = get(fields, HIGHEST) - number;
  set(fields, LATE, get(fields, LATE) + 1);
  set(fields, RECEIVED, get(fields, RECEIVED) + 1);
  set(fields, EXTENT_SUM, get(fields, EXTENT_SUM) + extent);
  if (extent > get(fields, EXTENT_MAX)) set(fields, EXTENT_MAX, extent);
  count(fields, row, arrivalNs, timestamp, type, false);
  addLost(fields, row, window, -1);
  return true;
}

/** Of numbers that are numbers, in fewer steps than `min` and `max`. */
function lower(a: f64, b: f64): f64 {
  return b < a ? b : a;
}

function higher(a: f64, b: f64): f64 {
  return b > a ? b : a;
}

/** As `addJitter` in analyzers/rtp/jitter.ts. */
function addJitter(fields: usize, arrivalNs: f64, timestamp: i32, nsPerTick: f64): f64 {
  const deltaNs = arrivalNs - get(fields, J_PREVIOUS_NS);
  const ticks = timestamp - <i32>(<i64>get(fields, J_TIMESTAMP));
  set(fields, J_PREVIOUS_NS, arrivalNs);
  set(fields, J_TIMESTAMP, <f64>timestamp);
  if (nsPerTick != get(fields, J_NS_PER_TICK)) {
    set(fields, J_NS_PER_TICK, nsPerTick);
    return -1;
  }
  const mediaNs = <f64>ticks * nsPerTick;
  const d = deltaNs - mediaNs;
  if (mediaNs < -3e9 || mediaNs - deltaNs > 10e9) return -1;
  const before = get(fields, J_NS);
  const jitterNs = before + (abs(d) - before) * 0.0625;
  set(fields, J_NS, jitterNs);
  set(fields, J_SUM_NS, get(fields, J_SUM_NS) + jitterNs);
  set(fields, J_COUNT, get(fields, J_COUNT) + 1);
  set(fields, J_MAX_NS, higher(get(fields, J_MAX_NS), jitterNs));
  return jitterNs;
}
