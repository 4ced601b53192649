import type { LayerWalk } from '../layer-walk.ts';
import { Layer } from './layer.ts';

/** Goes on by EtherType (IEEE 802 numbers registry), after `headerBytes` of the present header. */
export function enterEtherType(walk: LayerWalk, etherType: number, headerBytes: number) {
  const layer = layerOfEtherType(etherType);
  if (layer !== Layer.none) walk.enter(layer, headerBytes);
  else if (etherType === 0x0806 || etherType === 0x8035) walk.stop('arp');
  else if (etherType === 0x88e5)
    walk.stop('link-encrypted'); // MACsec
  else walk.stop('unknown-ethertype');
}

/** @returns `Layer.none` for what carries no datagram. */
export function layerOfEtherType(etherType: number): Layer {
  switch (etherType) {
    case 0x0800:
      return Layer.ipv4;
    case 0x86dd:
      return Layer.ipv6;
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad
    case 0x9100: // QinQ before 802.1ad
    case 0x9200:
    case 0x9300:
      return Layer.vlan;
    case 0x8847:
    case 0x8848:
      return Layer.mpls;
    case 0x8864:
      return Layer.pppoe;
    case 0x880b:
      return Layer.ppp;
    case 0x6558: // transparent Ethernet bridging
      return Layer.ethernet;
    case 0x8909:
      return Layer.ciscoMetadata;
    case 0x8926:
      return Layer.vnTag;
    case 0x894f:
      return Layer.nsh;
    default:
      return Layer.none;
  }
}
