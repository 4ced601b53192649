import type { LayerWalk } from '../layer-walk.ts';
import { Layer } from './layer.ts';

/** Goes on by IP protocol number (IANA protocol-numbers), after `headerBytes` of the IP header. */
export function enterIpProtocol(walk: LayerWalk, protocol: number, headerBytes: number) {
  switch (protocol) {
    case 17:
      return walk.enter(Layer.udp, headerBytes);
    case 136:
      return walk.enter(Layer.udpLite, headerBytes);
    case 6:
      return walk.enter(Layer.tcp, headerBytes);
    case 4:
      return walk.enter(Layer.ipv4, headerBytes);
    case 41:
      return walk.enter(Layer.ipv6, headerBytes);
    case 47:
      return walk.enter(Layer.gre, headerBytes);
    case 51:
      return walk.enter(Layer.authenticationHeader, headerBytes);
    case 137:
      return walk.enter(Layer.mpls, headerBytes);
    case 143: // Ethernet (RFC 8986)
      return walk.enter(Layer.ethernet, headerBytes);
    case 1:
    case 58:
      return walk.stop('icmp');
    case 2:
      return walk.stop('igmp');
    case 50:
      return walk.stop('esp');
    case 132:
      return walk.stop('sctp');
    default:
      return walk.stop('unknown-ip-protocol');
  }
}
