import type { LayerWalk } from '../layer-walk.ts';
import { decodeEthernet } from './ethernet.ts';
import { decodeIpv4 } from './ipv4.ts';
import { decodeIpv6 } from './ipv6.ts';
import { Layer } from './layer.ts';
import { decodeSll, decodeSll2 } from './linux-cooked.ts';
import { decodeLlc } from './llc.ts';
import { decodeLoopback, decodeRawIp } from './loopback.ts';
import { decodeVlan } from './vlan.ts';

/** The outermost layer by LINKTYPE_ value (tcpdump.org/linktypes.html); `Layer.none` for what is not decoded here. */
export function firstLayerOf(linkType: number): Layer {
  switch (linkType) {
    case 1:
      return Layer.ethernet;
    case 0:
    case 108:
      return linkType === 0 ? Layer.nullLoopback : Layer.openBsdLoopback;
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return Layer.raw;
    case 113:
      return Layer.sll;
    case 276:
      return Layer.sll2;
    default:
      return Layer.none;
  }
}

/** Decodes the layer at `walk.next`. A switch, so that the call stays direct. */
export function decodeLayer(walk: LayerWalk) {
  switch (walk.next) {
    case Layer.ethernet:
      return decodeEthernet(walk);
    case Layer.vlan:
      return decodeVlan(walk);
    case Layer.llc:
      return decodeLlc(walk);
    case Layer.sll:
      return decodeSll(walk);
    case Layer.sll2:
      return decodeSll2(walk);
    case Layer.nullLoopback:
    case Layer.openBsdLoopback:
      return decodeLoopback(walk);
    case Layer.ip:
    case Layer.raw:
      return decodeRawIp(walk);
    case Layer.ipv4:
      return decodeIpv4(walk);
    case Layer.ipv6:
      return decodeIpv6(walk);
    default:
      return walk.stop('unknown-tunnel-content');
  }
}
