import type { CodecName } from '../sdp/codec.ts';

/** Whether a payload begins a picture from which a decoder can start. */
export function startsKeyFrame(codec: CodecName, bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  if (codec === 'opus') return true;
  if (codec === 'vp8') return vp8(bytes, at, end);
  if (codec === 'h264') return h264(bytes, at, end);
  // RFC 9628 section 4.2: not predicted from another picture (P), begin of a frame (B), and the lowest spatial layer.
  if (codec === 'vp9') return vp9(bytes, at, end);
  // AV1 RTP section 4.4, aggregation header |Z|Y|W W|N|: N tells that a coded video sequence begins.
  return (bytes[at] & 0x08) !== 0;
}

function vp9(bytes: Uint8Array, at: number, end: number): boolean {
  const head = bytes[at];
  if ((head & 0x40) !== 0 || (head & 0x08) === 0) return false;
  if ((head & 0x20) === 0) return true;
  let layers = at + 1;
  if ((head & 0x80) !== 0) layers += (bytes[layers] & 0x80) !== 0 ? 2 : 1;
  return layers < end && ((bytes[layers] >> 1) & 0x07) === 0;
}

/** RFC 7741 section 4.2, and 4.3 for the inverse key frame bit P. */
function vp8(bytes: Uint8Array, at: number, end: number): boolean {
  const head = bytes[at];
  if ((head & 0x10) === 0 || (head & 0x07) !== 0) return false;
  const payload = vp8PayloadAt(bytes, at);
  return payload < end && (bytes[payload] & 0x01) === 0;
}

/** Behind the payload descriptor. */
export function vp8PayloadAt(bytes: Uint8Array, at: number): number {
  if ((bytes[at] & 0x80) === 0) return at + 1;
  const flags = bytes[at + 1];
  let next = at + 2;
  if ((flags & 0x80) !== 0) next += (bytes[next] & 0x80) !== 0 ? 2 : 1;
  if ((flags & 0x40) !== 0) next++;
  if ((flags & 0x30) !== 0) next++;
  return next;
}

/** RFC 6184: a sequence parameter set or an IDR slice, alone, in a STAP-A, or where an FU-A begins. */
function h264(bytes: Uint8Array, at: number, end: number): boolean {
  const type = bytes[at] & 0x1f;
  if (type === 7 || type === 5) return true;
  if (type === 28) return at + 1 < end && (bytes[at + 1] & 0x80) !== 0 && (bytes[at + 1] & 0x1f) === 5;
  if (type !== 24) return false;
  for (let unit = at + 1; unit + 2 < end; ) {
    const inner = bytes[unit + 2] & 0x1f;
    if (inner === 7 || inner === 5) return true;
    unit += 2 + ((bytes[unit] << 8) | bytes[unit + 1]);
  }
  return false;
}
