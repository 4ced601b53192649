import type { LayerWalk } from '../layer-walk.ts';
import { layerOfEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';

/*
 * Tunnels over UDP and MPLS do not say for certain what they carry, and their ports are used by others too. Content counts
 * as convincing where its lengths agree with what there is.
 */

/** Whether an IP header stands at `offset`, of a packet that fits into what the wire carried. */
export function looksLikeIp(walk: LayerWalk, offset: number): boolean {
  const at = walk.at + offset;
  if (at + 20 > walk.end) return false;
  const room = walk.wireEnd - at;
  const first = walk.uint8(offset);
  if (first >>> 4 === 4) {
    const headerBytes = (first & 15) * 4;
    const totalLength = walk.uint16(offset + 2);
    return headerBytes >= 20 && totalLength >= headerBytes && totalLength <= room;
  }
  if (first >>> 4 === 6) return walk.uint16(offset + 4) + 40 <= room;
  return false;
}

/** Whether an Ethernet header stands at `offset`, with a type that is known and content that fits it. */
export function looksLikeEthernet(walk: LayerWalk, offset: number): boolean {
  const at = walk.at + offset;
  if (at + 14 > walk.end) return false;
  let type = walk.uint16(offset + 12);
  let content = offset + 14;
  for (let tags = 0; tags < 2 && layerOfEtherType(type) === Layer.vlan; tags++) {
    if (walk.at + content + 4 > walk.end) return false;
    type = walk.uint16(content + 2);
    content += 4;
  }
  switch (layerOfEtherType(type)) {
    case Layer.ipv4:
    case Layer.ipv6:
      return looksLikeIp(walk, content) && walk.uint8(content) >>> 4 === (type === 0x0800 ? 4 : 6);
    case Layer.none:
      // ARP for Ethernet and IPv4 (RFC 826); spanning tree and the like by LLC, with a length that fits.
      if (type === 0x0806) return walk.at + content + 4 <= walk.end && walk.uint32(content) === 0x00010800;
      return type >= 3 && type <= 1500 && walk.at + content + type <= walk.wireEnd && isLlc(walk, content);
    default:
      return true;
  }
}

function isLlc(walk: LayerWalk, offset: number): boolean {
  if (walk.at + offset + 3 > walk.end) return false;
  const access = walk.uint16(offset);
  return (access === 0xaaaa || access === 0x4242 || access === 0xfefe) && walk.uint8(offset + 2) === 3;
}
