import type { LayerWalk } from '../layer-walk.ts';
import { decodeIpOverInfiniband, decodeNflog, decodePktap, decodePpi } from './capture-headers.ts';
import { decodeEthernet } from './ethernet.ts';
import { decodeErspan, decodeGre } from './gre.ts';
import { decodeAMsdu, decodeIeee80211, decodeRadiotap } from './ieee80211.ts';
import { decodeIpv4 } from './ipv4.ts';
import { decodeAuthenticationHeader, decodeIpv6 } from './ipv6.ts';
import { Layer } from './layer.ts';
import { decodeSll, decodeSll2 } from './linux-cooked.ts';
import { decodeLlc } from './llc.ts';
import { decodeLoopback, decodeRawIp } from './loopback.ts';
import { decodeMpls } from './mpls.ts';
import { decodeCiscoHdlc, decodePpp, decodePppoe, decodePppWithDirection, decodeSerial } from './ppp.ts';
import { decodeCiscoMetadata, decodeNsh, decodeVnTag } from './switch-tags.ts';
import { decodeVlan } from './vlan.ts';

/**
 * Decodes the layer at `walk.next`, any but those whose content depends on other packets: fragments, UDP, TCP. A switch, so
 * that the call stays direct.
 */
export function decodeLayer(walk: LayerWalk) {
  switch (walk.next) {
    case Layer.ethernet:
      return decodeEthernet(walk);
    case Layer.vlan:
      return decodeVlan(walk);
    case Layer.mpls:
      return decodeMpls(walk);
    case Layer.pppoe:
      return decodePppoe(walk);
    case Layer.ppp:
      return decodePpp(walk);
    case Layer.serial:
      return decodeSerial(walk);
    case Layer.pppWithDirection:
      return decodePppWithDirection(walk);
    case Layer.ciscoHdlc:
      return decodeCiscoHdlc(walk);
    case Layer.sll:
      return decodeSll(walk);
    case Layer.sll2:
      return decodeSll2(walk);
    case Layer.nullLoopback:
    case Layer.openBsdLoopback:
      return decodeLoopback(walk);
    case Layer.ieee80211:
      return decodeIeee80211(walk);
    case Layer.aMsdu:
      return decodeAMsdu(walk);
    case Layer.radiotap:
      return decodeRadiotap(walk);
    case Layer.ppi:
      return decodePpi(walk);
    case Layer.pktap:
      return decodePktap(walk);
    case Layer.nflog:
      return decodeNflog(walk);
    case Layer.ipOverInfiniband:
      return decodeIpOverInfiniband(walk);
    case Layer.vnTag:
      return decodeVnTag(walk);
    case Layer.ciscoMetadata:
      return decodeCiscoMetadata(walk);
    case Layer.nsh:
      return decodeNsh(walk);
    case Layer.llc:
      return decodeLlc(walk);
    case Layer.raw:
    case Layer.ip:
      return decodeRawIp(walk);
    case Layer.ipv4:
      return decodeIpv4(walk);
    case Layer.ipv6:
      return decodeIpv6(walk);
    case Layer.authenticationHeader:
      return decodeAuthenticationHeader(walk);
    case Layer.gre:
      return decodeGre(walk);
    case Layer.erspan:
      return decodeErspan(walk);
    default:
      throw new Error(`no decoder for layer ${walk.next}`);
  }
}
