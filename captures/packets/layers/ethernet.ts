import type { LayerWalk } from '../layer-walk.ts';
import { enterEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';

/*
 * Ethernet II (RFC 894) and IEEE 802.3: destination(6) source(6) type or length(2). A value up to 1500 is a length,
 * and an LLC header follows (IEEE 802.3, 3.2.6).
 */
const HEADER_BYTES = 14;
const LARGEST_LENGTH = 1500;

export function decodeEthernet(walk: LayerWalk) {
  if (!walk.has(HEADER_BYTES)) return;
  const type = walk.uint16(12);
  if (type <= LARGEST_LENGTH) {
    if (walk.at + HEADER_BYTES + type < walk.wireEnd) walk.limit(walk.at + HEADER_BYTES + type);
    walk.enter(Layer.llc, HEADER_BYTES);
  } else {
    enterEtherType(walk, type, HEADER_BYTES);
  }
}
