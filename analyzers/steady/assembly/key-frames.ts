/*
 * Whether a payload may show the codec of a stream that nothing describes: what analyzers/rtp/key-frames.ts would believe is never
 * turned down here, nearly all else is.
 */
import { KEPT_AT, MOST_UNKNOWN, STREAM_RARE_AT } from '../../rtp/row-layout';
import { payloadAt, payloadLength, payloadPresent } from './datagram';
import { NOTE_PAYLOAD, note4 } from './notes';
import { get, set } from './row';

const WATCHED: i32 = STREAM_RARE_AT + 14;
const LOOKED: i32 = KEPT_AT + 1;
const KEY_FRAMES: f64 = 1;
const CODEC: f64 = 2;

/** RFC 6386, 9.1, and the VP9 bitstream's sync code, as three bytes lie in a little-endian word. */
const VP8_START: u32 = 0x2a019d;
const VP9_SYNC: u32 = 0x428349;
/** A descriptor of VP8 and what of it is optional are 6 bytes, the frame's tag is 3; behind RED's byte all is one further. */
const FURTHEST: usize = 10;
const NEAREST: usize = 2;

/** Tells of a payload that has to be looked into. */
export function lookIntoPayload(fields: usize, row: i32, first: i32, timestamp: i32): void {
  if (get(fields, WATCHED) == CODEC) {
    const looked = get(fields, LOOKED) + 1;
    if ((first & 0x1f) == 0 && looked <= MOST_UNKNOWN && !mayTell(payloadAt + 12, payloadAt + payloadPresent)) {
      set(fields, LOOKED, looked);
      return;
    }
    // Until it was looked into, nobody knows what those that follow are to be looked into for.
    set(fields, WATCHED, KEY_FRAMES);
  }
  note4(NOTE_PAYLOAD, row, <f64>payloadAt, <f64>payloadPresent, <f64>payloadLength, <f64>timestamp);
}

function mayTell(at: usize, end: usize): bool {
  // A payload that was cut away is counted elsewhere.
  if (at >= end) return true;
  const first = load<u8>(at);
  if (hasScalability(first)) return true;
  if (first >= 96 && first <= 127 && at + 1 < end && hasScalability(load<u8>(at, 1))) return true;
  const last = min(at + FURTHEST, end);
  for (let place = at + NEAREST; place + 3 <= end && place <= last; place++) {
    const three = load<u32>(place) & 0xffffff;
    if (three == VP8_START || three == VP9_SYNC) return true;
  }
  return false;
}

/** A VP9 descriptor whose length takes more to tell. */
function hasScalability(first: u8): bool {
  return (first & 0x4a) == 0x0a;
}
