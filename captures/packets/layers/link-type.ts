import { Layer } from './layer.ts';

/** The outermost layer by LINKTYPE_ value (tcpdump.org/linktypes.html); `Layer.none` for what is not decoded here. */
export function firstLayerOf(linkType: number): Layer {
  switch (linkType) {
    case 0:
      return Layer.nullLoopback;
    case 1:
      return Layer.ethernet;
    case 9: // PPP
    case 50: // PPP_HDLC
      return Layer.serial;
    case 51: // PPP_ETHER
      return Layer.pppoe;
    case 12: // what DLT_RAW is on most systems
    case 14: // and on OpenBSD
    case 101: // RAW
    case 228: // IPV4
    case 229: // IPV6
      return Layer.raw;
    case 104: // C_HDLC
      return Layer.ciscoHdlc;
    case 105:
      return Layer.ieee80211;
    case 108: // LOOP
      return Layer.openBsdLoopback;
    case 113:
      return Layer.sll;
    case 127:
      return Layer.radiotap;
    case 166: // PPP_PPPD
    case 204: // PPP_WITH_DIR
      return Layer.pppWithDirection;
    case 192:
      return Layer.ppi;
    case 239:
      return Layer.nflog;
    case 242:
      return Layer.ipOverInfiniband;
    case 149: // what DLT_PKTAP is on Darwin
    case 258:
      return Layer.pktap;
    case 276:
      return Layer.sll2;
    default:
      return Layer.none;
  }
}
