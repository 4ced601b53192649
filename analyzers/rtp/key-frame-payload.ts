/*
 * Whether a payload in clear begins a key frame: one that can be decoded without those before it.
 *
 *   VP8   RFC 7741, 4.2 and 4.3     descriptor with S set and partition 0, then P of the frame header clear
 *   VP9   RFC 9628, 4.2             P clear (not predicted), B set, lowest spatial layer
 *   H264  RFC 6184, 5.2 to 5.8      NAL unit type 5 (IDR), alone, in a STAP, or as first fragment of an FU
 *   H265  RFC 7798, 4.4             NAL unit types 16 to 21 (IRAP), alone, in an AP, or as first fragment of an FU
 *   AV1   RTP payload format, 4.4   N of the aggregation header: first packet of a coded video sequence
 */
export const VP8 = 1;
export const VP9 = 2;
export const H264 = 3;
export const H265 = 4;
export const AV1 = 5;
export type KeyFrameCodec = typeof VP8 | typeof VP9 | typeof H264 | typeof H265 | typeof AV1;

const BY_NAME = new Map<string, KeyFrameCodec>([
  ['VP8', VP8],
  ['VP9', VP9],
  ['H264', H264],
  ['H265', H265],
  ['AV1', AV1],
]);

/** @returns 0 for a codec that is not known here. */
export function keyFrameCodec(name: string): KeyFrameCodec | 0 {
  return BY_NAME.get(name.toUpperCase()) ?? 0;
}

/**
 * @param at where the payload begins, `end` behind its last captured byte.
 * @param proof whether the codec has to prove itself by the start code of its key frames, which chance imitates once in
 * 2^24 payloads: VP8 and VP9 have one.
 */
export function startsKeyFrame(
  codec: KeyFrameCodec,
  bytes: Uint8Array,
  at: number,
  end: number,
  proof = false,
): boolean {
  switch (codec) {
    case VP8:
      return startsVp8(bytes, at, end, proof);
    case VP9:
      return startsVp9(bytes, at, end, proof);
    case H264:
      return startsH264(bytes, at, end);
    case H265:
      return startsH265(bytes, at, end);
    case AV1:
      return at < end && (bytes[at] & 0x08) !== 0;
  }
}

function startsVp8(bytes: Uint8Array, at: number, end: number, proof: boolean): boolean {
  if (at >= end) return false;
  const first = bytes[at];
  // S set, reserved bits clear, partition 0.
  if ((first & 0x5f) !== 0x10) return false;
  let frame = at + 1;
  if ((first & 0x80) !== 0) {
    const extensions = bytes[frame++];
    if ((extensions & 0x80) !== 0) frame += (bytes[frame] & 0x80) !== 0 ? 2 : 1;
    if ((extensions & 0x40) !== 0) frame++;
    if ((extensions & 0x30) !== 0) frame++;
  }
  if (frame >= end || (bytes[frame] & 0x01) !== 0) return false;
  // RFC 6386, 9.1: the start code of a key frame.
  if (frame + 6 > end) return !proof;
  return bytes[frame + 3] === 0x9d && bytes[frame + 4] === 0x01 && bytes[frame + 5] === 0x2a;
}

function startsVp9(bytes: Uint8Array, at: number, end: number, proof: boolean): boolean {
  if (at >= end) return false;
  const first = bytes[at];
  const begins = (first & 0x48) === 0x08;
  if (!begins) return false;
  const flexible = (first & 0x10) !== 0;
  let next = at + 1;
  if ((first & 0x80) !== 0) next += (bytes[next] & 0x80) !== 0 ? 2 : 1;
  if ((first & 0x20) !== 0) {
    if (next >= end) return false;
    // T (3), U, S (3), D: a layer above the lowest repeats the picture, if it is not predicted from below.
    if ((bytes[next] & 0x0e) !== 0) return false;
    next += flexible ? 1 : 2;
  }
  if (!proof) return next < end;
  if ((first & 0x02) !== 0) next = afterScalability(bytes, next, end);
  // The uncompressed header of profile 0: marker 10, profile, no repetition, key frame; then the sync code.
  if (next + 4 > end || (bytes[next] & 0xfc) !== 0x80) return false;
  return bytes[next + 1] === 0x49 && bytes[next + 2] === 0x83 && bytes[next + 3] === 0x42;
}

/** Skips the scalability structure (RFC 9628, 4.2.1). */
function afterScalability(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return end;
  const first = bytes[at];
  let next = at + 1;
  if ((first & 0x10) !== 0) next += ((first >>> 5) + 1) * 4;
  if ((first & 0x08) === 0 || next >= end) return next;
  const pictures = bytes[next++];
  for (let picture = 0; picture < pictures && next < end; picture++) next += 1 + ((bytes[next] >>> 2) & 3);
  return next;
}

const IDR = 5;
const STAP_A = 24;
const STAP_B = 25;
const FU_A = 28;
const FU_B = 29;

function startsH264(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  const type = bytes[at] & 0x1f;
  if (type === IDR) return true;
  if (type === FU_A || type === FU_B) {
    return at + 1 < end && (bytes[at + 1] & 0x80) !== 0 && (bytes[at + 1] & 0x1f) === IDR;
  }
  if (type !== STAP_A && type !== STAP_B) return false;
  let next = at + (type === STAP_A ? 1 : 3);
  while (next + 2 < end) {
    if ((bytes[next + 2] & 0x1f) === IDR) return true;
    next += 2 + ((bytes[next] << 8) | bytes[next + 1]);
  }
  return false;
}

const AGGREGATION = 48;
const FRAGMENT = 49;

function startsH265(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  const type = (bytes[at] >>> 1) & 0x3f;
  if (isIrap(type)) return true;
  if (type === FRAGMENT) return at + 2 < end && (bytes[at + 2] & 0x80) !== 0 && isIrap(bytes[at + 2] & 0x3f);
  if (type !== AGGREGATION) return false;
  let next = at + 2;
  while (next + 2 < end) {
    if (isIrap((bytes[next + 2] >>> 1) & 0x3f)) return true;
    next += 2 + ((bytes[next] << 8) | bytes[next + 1]);
  }
  return false;
}

const isIrap = (type: number): boolean => type >= 16 && type <= 21;
