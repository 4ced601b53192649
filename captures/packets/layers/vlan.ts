import type { LayerWalk } from '../layer-walk.ts';
import { enterEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';

/** A tag of IEEE 802.1Q or 802.1ad: priority, DEI and VLAN id (2), then type or length of what follows (2). */
export function decodeVlan(walk: LayerWalk) {
  if (!walk.has(4)) return;
  const type = walk.uint16(2);
  if (type <= 1500) walk.enter(Layer.llc, 4);
  else enterEtherType(walk, type, 4);
}
