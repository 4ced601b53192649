import type { LayerWalk } from '../layer-walk.ts';
import { fold } from '../observation-point.ts';
import { enterIpProtocol } from './ip-protocol.ts';

/*
 * RFC 8200, 3: version|class|label(4) payload length(2) next header(1) hop limit(1) source(16) destination(16)
 */
const HEADER_BYTES = 40;
/** A chain of extension headers is short: each kind once, destination options twice (RFC 8200, 4.1). */
const MOST_EXTENSION_HEADERS = 16;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;
const HIP = 139;
const SHIM6 = 140;

export function decodeIpv6(walk: LayerWalk) {
  if (!walk.has(HEADER_BYTES)) return;
  if (walk.uint8(0) >>> 4 !== 6) return walk.stop('bad-header');
  const payloadLength = walk.uint16(4);
  // 0: a jumbogram (RFC 2675) or segmentation offload; the record's length is all there is.
  if (payloadLength !== 0) walk.limit(walk.at + HEADER_BYTES + payloadLength);
  walk.ipVersion = 6;
  walk.ipBytes = walk.bytes;
  walk.ipAt = walk.at;
  walk.hops = fold(walk.hops, walk.uint8(7));
  const nextHeader = walk.uint8(6);
  walk.at += HEADER_BYTES;
  walkExtensionHeaders(walk, nextHeader);
}

/**
 * RFC 8200, 4: next header(1) length in units of 8 bytes, the first not counted (1), then the header's own.
 * Fragment header: next header(1) reserved(1) offset in 8 bytes|00|more(2) identification(4).
 */
export function walkExtensionHeaders(walk: LayerWalk, nextHeader: number) {
  for (let count = 0; count < MOST_EXTENSION_HEADERS; count++) {
    switch (nextHeader) {
      case HOP_BY_HOP:
      case ROUTING:
      case DESTINATION_OPTIONS:
      case MOBILITY:
      case HIP:
      case SHIM6: {
        if (!walk.has(8)) return;
        const bytes = (walk.uint8(1) + 1) * 8;
        if (!walk.has(bytes)) return;
        nextHeader = walk.uint8(0);
        walk.at += bytes;
        break;
      }
      case FRAGMENT: {
        if (!walk.has(8)) return;
        const fragment = walk.uint16(2);
        nextHeader = walk.uint8(0);
        // Offset 0 and no more: an atomic fragment, whole in itself (RFC 6946).
        if ((fragment & 0xfff9) !== 0) {
          return walk.enterFragment(8, walk.uint32(4), fragment & 0xfff8, (fragment & 1) !== 0, nextHeader);
        }
        walk.at += 8;
        break;
      }
      default:
        return enterIpProtocol(walk, nextHeader, 0);
    }
  }
  walk.stop('too-deep');
}

/** RFC 4302, 2: next header(1) length in words, less 2(1) reserved(2) SPI(4) sequence number(4) check value. In IPv4, too. */
export function decodeAuthenticationHeader(walk: LayerWalk) {
  if (!walk.has(12)) return;
  const headerBytes = (walk.uint8(1) + 2) * 4;
  if (headerBytes < 12) return walk.stop('bad-header');
  if (!walk.has(headerBytes)) return;
  const nextHeader = walk.uint8(0);
  walk.at += headerBytes;
  if (walk.ipVersion === 6) walkExtensionHeaders(walk, nextHeader);
  else enterIpProtocol(walk, nextHeader, 0);
}
