/*
 * Whether a payload shows the codec of a stream that nothing describes: if it does, or may be a key frame of a codec that is known, it is told to
 * analyzers/rtp/key-frames.ts.
 */
import { KEPT_AT, MOST_UNKNOWN, STREAM_RARE_AT } from '../../rtp/row-layout';
import { payloadAt, payloadLength, payloadPresent } from './datagram';
import { NOTE_PAYLOAD, note4 } from './notes';
import { get, set } from './row';

const WATCHED: i32 = STREAM_RARE_AT + 14;
const LOOKED: i32 = KEPT_AT + 1;
const KEY_FRAMES: f64 = 1;
const CODEC: f64 = 2;

/** Tells of a payload that has to be looked into. */
export function lookIntoPayload(fields: usize, row: i32, first: i32, timestamp: i32): void {
  if (get(fields, WATCHED) == CODEC) {
    const looked = get(fields, LOOKED) + 1;
    if ((first & 0x1f) == 0 && looked <= MOST_UNKNOWN && !showsCodec(payloadAt + 12, payloadAt + payloadPresent)) {
      set(fields, LOOKED, looked);
      return;
    }
    // Until it was looked into, nobody knows what those that follow are to be looked into for.
    set(fields, WATCHED, KEY_FRAMES);
  }
  note4(NOTE_PAYLOAD, row, <f64>payloadAt, <f64>payloadPresent, <f64>payloadLength, <f64>timestamp);
}

/** As `#recognise` in analyzers/rtp/key-frames.ts. */
function showsCodec(at: usize, end: usize): bool {
  // A payload that was cut away is counted elsewhere.
  if (at >= end) return true;
  if (startsVp8(at, end) || startsVp9(at, end)) return true;
  const type = load<u8>(at);
  return type >= 96 && type <= 127 && (startsVp8(at + 1, end) || startsVp9(at + 1, end));
}

/** As its namesake in analyzers/rtp/key-frame-payload.ts, with proof (RFC 7741, 4.2; RFC 6386, 9.1). */
function startsVp8(at: usize, end: usize): bool {
  if (at >= end) return false;
  const first = load<u8>(at);
  if ((first & 0x5f) != 0x10) return false;
  let frame = at + 1;
  if ((first & 0x80) != 0) {
    const extensions = load<u8>(frame++);
    if ((extensions & 0x80) != 0) frame += (load<u8>(frame) & 0x80) != 0 ? 2 : 1;
    if ((extensions & 0x40) != 0) frame++;
    if ((extensions & 0x30) != 0) frame++;
  }
  if (frame + 6 > end || (load<u8>(frame) & 0x01) != 0) return false;
  return load<u8>(frame, 3) == 0x9d && load<u8>(frame, 4) == 0x01 && load<u8>(frame, 5) == 0x2a;
}

/** As its namesake in analyzers/rtp/key-frame-payload.ts, with proof (RFC 9628, 4.2). */
function startsVp9(at: usize, end: usize): bool {
  if (at >= end) return false;
  const first = load<u8>(at);
  if ((first & 0x48) != 0x08) return false;
  let next = at + 1;
  if ((first & 0x80) != 0) next += (load<u8>(next) & 0x80) != 0 ? 2 : 1;
  if ((first & 0x20) != 0) {
    if (next >= end || (load<u8>(next) & 0x0e) != 0) return false;
    next += (first & 0x10) != 0 ? 1 : 2;
  }
  if ((first & 0x02) != 0) next = afterScalability(next, end);
  if (next + 4 > end || (load<u8>(next) & 0xfc) != 0x80) return false;
  return load<u8>(next, 1) == 0x49 && load<u8>(next, 2) == 0x83 && load<u8>(next, 3) == 0x42;
}

function afterScalability(at: usize, end: usize): usize {
  if (at >= end) return end;
  const first = load<u8>(at);
  let next = at + 1;
  if ((first & 0x10) != 0) next += <usize>((first >> 5) + 1) * 4;
  if ((first & 0x08) == 0 || next >= end) return next;
  const pictures = <i32>load<u8>(next++);
  for (let picture = 0; picture < pictures && next < end; picture++) next += 1 + <usize>((load<u8>(next) >> 2) & 3);
  return next;
}
