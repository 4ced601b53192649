import type { LayerWalk } from '../layer-walk.ts';
import { Layer } from './layer.ts';

/*
 * IEEE 802.11-2020, 9.3.2.1, fields in little endian:
 *
 *   frame control(2) duration(2) address 1, 2, 3(18) sequence control(2)
 *   [address 4(6): to and from the distribution system] [QoS control(2)] [HT control(4)] body FCS(4)
 */
const TYPE_DATA = 2;
const SUBTYPE_NO_DATA = 4;
const SUBTYPE_QOS = 8;
const TO_AND_FROM_DS = 3;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;
const QOS_A_MSDU = 0x80;
const SUBFRAME_BYTES = 14;

export function decodeIeee80211(walk: LayerWalk) {
  if (!walk.has(2)) return;
  const control = walk.uint8(0);
  const flags = walk.uint8(1);
  const subtype = control >>> 4;
  if ((control & 3) !== 0) return walk.stop('bad-header');
  if (((control >>> 2) & 3) !== TYPE_DATA || (subtype & SUBTYPE_NO_DATA) !== 0) return walk.stop('wlan-control');
  let headerBytes = 24;
  if ((flags & TO_AND_FROM_DS) === TO_AND_FROM_DS) headerBytes += 6;
  const qosOffset = headerBytes;
  const hasQos = (subtype & SUBTYPE_QOS) !== 0;
  if (hasQos) headerBytes += (flags & ORDER) !== 0 ? 6 : 2;
  if (!walk.has(headerBytes)) return;
  if ((flags & PROTECTED) !== 0) return walk.stop('link-encrypted');
  const isFragment = (flags & MORE_FRAGMENTS) !== 0 || (walk.uint8(22) & 15) !== 0;
  if (isFragment) return walk.stop('wlan-fragment');
  const aggregated = hasQos && (walk.uint8(qosOffset) & QOS_A_MSDU) !== 0;
  // Some cards pad the header to 4 bytes; radiotap says so.
  if (walk.wlanPadded) headerBytes = (headerBytes + 3) & ~3;
  if (aggregated) {
    walk.at += headerBytes;
    walk.next = Layer.aMsdu;
  } else {
    walk.enter(Layer.llc, headerBytes);
  }
}

/**
 * IEEE 802.11-2020, 9.3.2.2: several packets in one frame, each: destination(6) source(6) length(2) LLC, padded to a multiple of 4.
 * The walk goes down the first; `resumeAt` is where it takes up the next one.
 */
export function decodeAMsdu(walk: LayerWalk) {
  if (!walk.has(SUBFRAME_BYTES)) return;
  const content = walk.at + SUBFRAME_BYTES;
  const wireEnd = content + walk.uint16(12);
  const nextAt = walk.at + ((SUBFRAME_BYTES + walk.uint16(12) + 3) & ~3);
  // Less than a header's bytes behind it are the frame check sequence.
  if (nextAt + SUBFRAME_BYTES <= walk.end) walk.resumeLater(nextAt, Layer.aMsdu);
  if (wireEnd < walk.wireEnd) walk.limit(wireEnd);
  walk.enter(Layer.llc, SUBFRAME_BYTES);
}

/**
 * radiotap.org: version(1) 0, pad(1), length(2), present(4, repeated while bit 31 is set), then the fields in the order
 * of their bits, each aligned to its size. The first two are the time (8) and the flags (1).
 */
export function decodeRadiotap(walk: LayerWalk) {
  if (!walk.has(8)) return;
  const length = walk.uint8(2) | (walk.uint8(3) << 8);
  if (walk.uint8(0) !== 0 || length < 8) return walk.stop('bad-header');
  if (!walk.has(length)) return;
  const present = walk.uint8(4);
  let offset = 4;
  while (offset + 4 <= length && (walk.uint8(offset + 3) & 0x80) !== 0) offset += 4;
  offset += 4;
  if ((present & 1) !== 0) offset = ((offset + 7) & ~7) + 8;
  if ((present & 2) !== 0 && offset < length) {
    const flags = walk.uint8(offset);
    if ((flags & 0x40) !== 0) return walk.stop('bad-fcs');
    if ((flags & 0x10) !== 0) walk.limit(Math.max(walk.at + length, walk.wireEnd - 4));
    walk.wlanPadded = (flags & 0x20) !== 0;
  }
  walk.enter(Layer.ieee80211, length);
}
