import type { CodecName } from '../sdp/codec.ts';
import { Bits } from './bits.ts';
import { vp8PayloadAt } from './key-frame.ts';

/** Pixels of the picture that begins with this payload, where a key frame tells; null where it does not. */
export function pictureHeight(codec: CodecName, bytes: Uint8Array, at: number, end: number): number | null {
  let height: number | null = null;
  if (codec === 'vp8') height = vp8(bytes, at, end);
  else if (codec === 'vp9') height = vp9(bytes, at, end);
  else if (codec === 'h264') height = h264(bytes, at, end);
  else if (codec === 'av1') height = av1(bytes, at, end);
  return height === null || height <= 0 || height > 16_384 ? null : height;
}

/** RFC 6386 section 9.1: width and height stand in the head of a key frame. */
function vp8(bytes: Uint8Array, from: number, end: number): number | null {
  const at = vp8PayloadAt(bytes, from);
  if (at + 10 > end || bytes[at + 3] !== 0x9d || bytes[at + 4] !== 0x01 || bytes[at + 5] !== 0x2a) return null;
  return (bytes[at + 8] | (bytes[at + 9] << 8)) & 0x3fff;
}

/**
 * RFC 9628 section 4.2: the scalability structure of the payload descriptor has the size of each spatial layer, the largest last; without
 * it the frame's own head has one.
 */
function vp9(bytes: Uint8Array, from: number, end: number): number | null {
  const head = bytes[from];
  const [hasPicture, hasLayers, isFlexible, hasStructure] = [0x80, 0x20, 0x10, 0x02].map((bit) => (head & bit) !== 0);
  let at = from + 1;
  if (hasPicture) at += (bytes[at] & 0x80) !== 0 ? 2 : 1;
  if (hasLayers) at += isFlexible ? 1 : 2;
  // Reference indices (P with F) are not of key frames.
  if (hasStructure && at < end) {
    const flags = bytes[at++];
    const layers = (flags >> 5) + 1;
    if ((flags & 0x10) !== 0) {
      const last = at + (layers - 1) * 4;
      return last + 4 <= end ? (bytes[last + 2] << 8) | bytes[last + 3] : null;
    }
    if ((flags & 0x08) !== 0 && at < end) {
      let pictures = bytes[at++];
      for (; pictures > 0 && at < end; pictures--) at += 1 + ((bytes[at] >> 2) & 0x03);
    }
  }
  return vp9Frame(new Bits(bytes, at, end));
}

/** VP9 bitstream specification, section 6.2, of a key frame. */
function vp9Frame(bits: Bits): number | null {
  if (bits.take(2) !== 2) return null;
  const profile = bits.take(1) + bits.take(1) * 2;
  if (profile === 3) bits.skip(1);
  const [showsExisting, isInter] = [bits.take(1), bits.take(1)];
  bits.skip(2);
  if (showsExisting === 1 || isInter === 1 || bits.take(24) !== 0x498342) return null;
  if (profile >= 2) bits.skip(1);
  const isRgb = bits.take(3) === 7;
  if (isRgb) bits.skip(profile % 2 === 1 ? 1 : 0);
  else bits.skip(profile % 2 === 1 ? 4 : 1);
  bits.skip(16);
  const height = bits.take(16) + 1;
  return bits.isBeyond ? null : height;
}

/** RFC 6184: the sequence parameter set, alone or within a STAP-A. */
function h264(bytes: Uint8Array, from: number, end: number): number | null {
  const type = bytes[from] & 0x1f;
  if (type === 7) return sequenceParameterSet(bytes, from + 1, end);
  if (type !== 24) return null;
  for (let at = from + 1; at + 2 < end; ) {
    const size = (bytes[at] << 8) | bytes[at + 1];
    if ((bytes[at + 2] & 0x1f) === 7) return sequenceParameterSet(bytes, at + 3, Math.min(end, at + 2 + size));
    at += 2 + size;
  }
  return null;
}

/** Profiles whose parameter sets tell of chroma and scaling (ITU-T H.264 section 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const LONGEST_SPS_BYTES = 256;

function sequenceParameterSet(bytes: Uint8Array, from: number, end: number): number | null {
  const bits = new Bits(...withoutEscapes(bytes, from, Math.min(end, from + LONGEST_SPS_BYTES)));
  const profile = bits.take(8);
  bits.skip(16);
  bits.golomb();
  let chroma = 1;
  if (HIGH_PROFILES.has(profile)) {
    chroma = bits.golomb();
    if (chroma === 3) bits.skip(1);
    bits.golomb();
    bits.golomb();
    bits.skip(1);
    // Scaling lists are nothing that is sent in calls.
    if (bits.take(1) === 1) return null;
  }
  bits.golomb();
  const orderType = bits.golomb();
  if (orderType === 0) bits.golomb();
  else if (orderType === 1) {
    bits.skip(1);
    bits.golomb();
    bits.golomb();
    for (let count = Math.min(255, bits.golomb()); count > 0; count--) bits.golomb();
  }
  bits.golomb();
  bits.skip(1);
  bits.golomb();
  const rows = bits.golomb() + 1;
  const framesOnly = bits.take(1);
  if (framesOnly === 0) bits.skip(1);
  bits.skip(1);
  let cropped = 0;
  if (bits.take(1) === 1) {
    bits.golomb();
    bits.golomb();
    const unit = (chroma === 1 ? 2 : 1) * (2 - framesOnly);
    cropped = (bits.golomb() + bits.golomb()) * unit;
  }
  return bits.isBeyond ? null : (2 - framesOnly) * rows * 16 - cropped;
}

/** Without the bytes that keep a start code from appearing (ITU-T H.264 section 7.4.1.1). */
function withoutEscapes(bytes: Uint8Array, from: number, end: number): [Uint8Array, number, number] {
  const plain = new Uint8Array(end - from);
  let length = 0;
  for (let at = from, zeroes = 0; at < end; at++) {
    if (zeroes >= 2 && bytes[at] === 3) {
      zeroes = 0;
      continue;
    }
    zeroes = bytes[at] === 0 ? zeroes + 1 : 0;
    plain[length++] = bytes[at];
  }
  return [plain, 0, length];
}

/** AV1 RTP section 4.4: OBU elements behind the aggregation header |Z|Y|W W|N|; with W elements the last one has no length. */
function av1(bytes: Uint8Array, from: number, end: number): number | null {
  const elements = (bytes[from] >> 4) & 0x03;
  let at = from + 1;
  for (let index = 1; at < end; index++) {
    let size = end - at;
    if (index !== elements) {
      size = 0;
      for (let shift = 0; shift < 28 && at < end; shift += 7) {
        const byte = bytes[at++];
        size |= (byte & 0x7f) << shift;
        if ((byte & 0x80) === 0) break;
      }
    }
    if (size <= 0) return null;
    // OBU header: |0|type 4|extension|has size|0|.
    if (((bytes[at] >> 3) & 0x0f) === 1) {
      let body = at + ((bytes[at] & 0x04) === 0 ? 1 : 2);
      if ((bytes[at] & 0x02) !== 0) {
        while (body < end && (bytes[body] & 0x80) !== 0) body++;
        body++;
      }
      return sequenceHeader(new Bits(bytes, body, Math.min(end, at + size)));
    }
    at += size;
  }
  return null;
}

/** AV1 bitstream specification, section 5.5.1. */
function sequenceHeader(bits: Bits): number | null {
  bits.skip(4);
  if (bits.take(1) === 1) bits.skip(5);
  else if (!skipOperatingPoints(bits)) return null;
  const widthBits = bits.take(4) + 1;
  const heightBits = bits.take(4) + 1;
  bits.skip(widthBits);
  const height = bits.take(heightBits) + 1;
  return bits.isBeyond ? null : height;
}

/** @returns false where there is timing information, which no call has. */
function skipOperatingPoints(bits: Bits): boolean {
  if (bits.take(1) === 1) return false;
  const hasDelays = bits.take(1) === 1;
  for (let count = bits.take(5) + 1; count > 0; count--) {
    bits.skip(12);
    if (bits.take(5) > 7) bits.skip(1);
    if (hasDelays && bits.take(1) === 1) bits.skip(4);
  }
  return true;
}
