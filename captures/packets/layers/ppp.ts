import type { LayerWalk } from '../layer-walk.ts';
import { enterEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';

/** RFC 2516, 4: version and type(1), both 1; code(1), 0 in the session stage; session id(2); length(2); then PPP. */
export function decodePppoe(walk: LayerWalk) {
  if (!walk.has(6)) return;
  if (walk.uint16(0) !== 0x1100) return walk.stop('bad-header');
  const length = walk.uint16(4);
  if (walk.at + 6 + length < walk.wireEnd) walk.limit(walk.at + 6 + length);
  walk.enter(Layer.ppp, 6);
}

/**
 * RFC 1661, 2 and RFC 1662, 3.1: address 0xff and control 0x03 (both left out on some links), then the protocol of two bytes,
 * or of one where its lowest bit is set (field compression, RFC 1661, 6.5).
 */
export function decodePpp(walk: LayerWalk) {
  if (!walk.has(2)) return;
  if (walk.uint16(0) === 0xff03) walk.at += 2;
  if (!walk.has(1)) return;
  const compressed = (walk.uint8(0) & 1) !== 0;
  if (!compressed && !walk.has(2)) return;
  const headerBytes = compressed ? 1 : 2;
  switch (compressed ? walk.uint8(0) : walk.uint16(0)) {
    case 0x0021:
      return walk.enter(Layer.ipv4, headerBytes);
    case 0x0057:
      return walk.enter(Layer.ipv6, headerBytes);
    case 0x0281:
    case 0x0283:
      return walk.enter(Layer.mpls, headerBytes);
    default:
      return walk.stop('unknown-ppp-protocol');
  }
}

/** A byte that tells the direction stands before (LINKTYPE_PPP_WITH_DIR) or for the address (LINKTYPE_PPP_PPPD). */
export function decodePppWithDirection(walk: LayerWalk) {
  if (!walk.has(2)) return;
  // With the control field behind it, the byte stands for the address.
  walk.enter(Layer.ppp, walk.uint8(1) === 0x03 ? 2 : 1);
}

/** Cisco HDLC (LINKTYPE_C_HDLC): address 0x0f or 0x8f(1) control(1) EtherType(2). */
export function decodeCiscoHdlc(walk: LayerWalk) {
  if (!walk.has(4)) return;
  enterEtherType(walk, walk.uint16(2), 4);
}

/** LINKTYPE_PPP and LINKTYPE_PPP_HDLC may hold either: Cisco's addresses tell. */
export function decodeSerial(walk: LayerWalk) {
  if (!walk.has(2)) return;
  const start = walk.uint16(0);
  walk.enter(start === 0x0f00 || start === 0x8f00 ? Layer.ciscoHdlc : Layer.ppp);
}
