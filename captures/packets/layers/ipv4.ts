import type { LayerWalk } from '../layer-walk.ts';
import { fold } from '../observation-point.ts';
import { enterIpProtocol } from './ip-protocol.ts';

/*
 * RFC 791, 3.1:
 *
 *   version|IHL(1) TOS(1) total length(2) identification(2) flags|fragment offset(2)
 *   time to live(1) protocol(1) checksum(2) source(4) destination(4) options(IHL * 4 - 20)
 */
export function decodeIpv4(walk: LayerWalk) {
  if (!walk.has(20)) return;
  const first = walk.uint8(0);
  const headerBytes = (first & 15) * 4;
  if (first >>> 4 !== 4 || headerBytes < 20) return walk.stop('bad-header');
  const totalLength = walk.uint16(2);
  // 0: segmentation offload, the capture saw the packet before the card cut it. The record's length is all there is.
  if (totalLength !== 0) {
    if (totalLength < headerBytes) return walk.stop('bad-header');
    walk.limit(walk.at + totalLength);
  }
  if (!walk.has(headerBytes)) return;
  walk.ipVersion = 4;
  walk.ipBytes = walk.bytes;
  walk.ipAt = walk.at;
  walk.hops = fold(walk.hops, walk.uint8(8));
  const fragment = walk.uint16(6) & 0x3fff;
  const identification = walk.uint16(4);
  const protocol = walk.uint8(9);
  if (fragment === 0) enterIpProtocol(walk, protocol, headerBytes);
  else walk.enterFragment(headerBytes, identification, (fragment & 0x1fff) * 8, (fragment & 0x2000) !== 0, protocol);
}
