import type { LayerWalk } from '../layer-walk.ts';
import { enterEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';

/** IEEE 802.2 LLC: DSAP(1) SSAP(1) control(1), and with SNAP (RFC 1042): organisation(3) type(2). */
export function decodeLlc(walk: LayerWalk) {
  if (!walk.has(3)) return;
  const access = walk.uint16(0);
  if (access === 0x0606) {
    walk.enter(Layer.ipv4, 3); // SAP 06 is IP itself
  } else if (access === 0xaaaa && walk.uint8(2) === 3) {
    if (!walk.has(8)) return;
    const organisation = (walk.uint16(3) << 8) | walk.uint8(5);
    // RFC 1042 and the bridge tunnel of 802.1H; other organisations number their types themselves.
    if (organisation === 0x000000 || organisation === 0x0000f8) enterEtherType(walk, walk.uint16(6), 8);
    else walk.stop('llc');
  } else {
    walk.stop('llc');
  }
}
