import type { LayerWalk } from '../layer-walk.ts';
import { enterEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';

/*
 * RFC 2784 and 2890: flags and version(2) protocol(2) [checksum, offset(4)] [key(4)] [sequence number(4)] [routing]
 * RFC 2637, 4.1 (version 1): the key is there always, and [acknowledgment number(4)] may follow; the protocol is PPP.
 */
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGMENT = 0x0080;
const ERSPAN = 0x88be;
const ERSPAN_3 = 0x22eb;
const MOST_ROUTES = 16;

export function decodeGre(walk: LayerWalk) {
  if (!walk.has(4)) return;
  const flags = walk.uint16(0);
  const protocol = walk.uint16(2);
  const version = flags & 7;
  if (version > 1) return walk.stop('bad-header');
  let headerBytes = 4;
  if ((flags & (CHECKSUM | ROUTING)) !== 0) headerBytes += 4;
  if ((flags & KEY) !== 0) headerBytes += 4;
  if ((flags & SEQUENCE) !== 0) headerBytes += 4;
  if (version === 1 && (flags & ACKNOWLEDGMENT) !== 0) headerBytes += 4;
  if (!walk.has(headerBytes)) return;
  if (version === 0 && (flags & ROUTING) !== 0) {
    walk.at += headerBytes;
    headerBytes = 0;
    if (!skipRouting(walk)) return;
  }
  if (protocol === ERSPAN) {
    // Without a sequence number it is the first kind, which has no header of its own.
    walk.enter((flags & SEQUENCE) === 0 ? Layer.ethernet : Layer.erspan, headerBytes);
  } else if (protocol === ERSPAN_3) {
    walk.enter(Layer.erspan, headerBytes);
  } else if (version === 1 && walk.at + headerBytes === walk.wireEnd) {
    walk.stop('unknown-tunnel-content'); // an acknowledgment alone
  } else {
    enterEtherType(walk, protocol, headerBytes);
  }
}

/** RFC 1701: source route entries, each: family(2) offset(1) length(1) routing(length), up to an empty one. */
function skipRouting(walk: LayerWalk): boolean {
  for (let routes = 0; routes < MOST_ROUTES; routes++) {
    if (!walk.has(4)) return false;
    const length = walk.uint8(3);
    const isLast = walk.uint16(0) === 0 && length === 0;
    if (!walk.has(4 + length)) return false;
    walk.at += 4 + length;
    if (isLast) return true;
  }
  walk.stop('too-deep');
  return false;
}

/**
 * ERSPAN (draft-foschiano-erspan, 4.2 and 4.3). Type II, version 1: 8 bytes. Type III, version 2: 12 bytes, in whose last two stand
 * the frame type (5 bits; 0 Ethernet, 2 IP) and, lowest, whether a subheader of 8 bytes follows.
 */
export function decodeErspan(walk: LayerWalk) {
  if (!walk.has(8)) return;
  const version = walk.uint8(0) >>> 4;
  if (version === 1) return walk.enter(Layer.ethernet, 8);
  if (version !== 2) return walk.stop('bad-header');
  if (!walk.has(12)) return;
  const headerBytes = (walk.uint8(11) & 1) !== 0 ? 20 : 12;
  const frameType = (walk.uint8(10) >>> 2) & 31;
  if (!walk.has(headerBytes)) return;
  if (frameType === 0) walk.enter(Layer.ethernet, headerBytes);
  else if (frameType === 2) walk.enter(Layer.ip, headerBytes);
  else walk.stop('unknown-tunnel-content');
}
