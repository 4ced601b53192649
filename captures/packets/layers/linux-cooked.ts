import type { LayerWalk } from '../layer-walk.ts';
import { fold } from '../observation-point.ts';
import { enterEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';

/*
 * LINKTYPE_LINUX_SLL:  packet type(2) ARPHRD(2) address length(2) address(8) protocol(2)
 * LINKTYPE_LINUX_SLL2: protocol(2) reserved(2) interface(4) ARPHRD(2) packet type(1) address length(1) address(8)
 *
 * The protocol is an EtherType, or below 1536 one of Linux's own (ETH_P_802_3 = 1, ETH_P_802_2 = 4). With ARPHRD_IPGRE
 * and ARPHRD_NETLINK it means other things; only the first is of interest, and there it is still an EtherType.
 */
export const SLL_BYTES = 16;
export const SLL2_BYTES = 20;

export function decodeSll(walk: LayerWalk) {
  if (!walk.has(SLL_BYTES)) return;
  walk.place = fold(walk.place, walk.uint16(0));
  enterProtocol(walk, walk.uint16(14), SLL_BYTES);
}

export function decodeSll2(walk: LayerWalk) {
  if (!walk.has(SLL2_BYTES)) return;
  walk.place = fold(fold(walk.place, walk.uint32(4)), walk.uint8(10));
  enterProtocol(walk, walk.uint16(0), SLL2_BYTES);
}

function enterProtocol(walk: LayerWalk, protocol: number, headerBytes: number): void {
  if (protocol === 4) walk.enter(Layer.llc, headerBytes);
  else enterEtherType(walk, protocol, headerBytes);
}
