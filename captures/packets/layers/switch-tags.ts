import type { LayerWalk } from '../layer-walk.ts';
import { enterEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';

/** VN-Tag (the draft of IEEE 802.1BR): direction, pointer and interfaces(4), then the type(2). */
export function decodeVnTag(walk: LayerWalk) {
  if (!walk.has(6)) return;
  enterEtherType(walk, walk.uint16(4), 6);
}

/** Cisco metadata (TrustSec): version(1), number of options(1), options of 4 bytes each, then the type(2). */
export function decodeCiscoMetadata(walk: LayerWalk) {
  if (!walk.has(2)) return;
  const headerBytes = 2 + walk.uint8(1) * 4 + 2;
  if (!walk.has(headerBytes)) return;
  enterEtherType(walk, walk.uint16(headerBytes - 2), headerBytes);
}

/** RFC 8300, 2.2: version, flags, time to live and length in words(2), metadata type(1), next protocol(1). */
export function decodeNsh(walk: LayerWalk) {
  if (!walk.has(8)) return;
  const headerBytes = (walk.uint8(1) & 0x3f) * 4;
  if (walk.uint8(0) >>> 6 !== 0 || headerBytes < 8) return walk.stop('bad-header');
  if (!walk.has(headerBytes)) return;
  enterNextProtocol(walk, walk.uint8(3), headerBytes);
}

/** The numbers that NSH (RFC 8300, 9.1.2) and VXLAN-GPE share. */
export function enterNextProtocol(walk: LayerWalk, protocol: number, headerBytes: number) {
  switch (protocol) {
    case 1:
      return walk.enter(Layer.ipv4, headerBytes);
    case 2:
      return walk.enter(Layer.ipv6, headerBytes);
    case 3:
      return walk.enter(Layer.ethernet, headerBytes);
    case 4:
      return walk.enter(Layer.nsh, headerBytes);
    case 5:
      return walk.enter(Layer.mpls, headerBytes);
    default:
      return walk.stop('unknown-tunnel-content');
  }
}
