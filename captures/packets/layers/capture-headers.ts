import type { LayerWalk } from '../layer-walk.ts';
import { fold } from '../observation-point.ts';
import { enterEtherType } from './ether-type.ts';
import { Layer } from './layer.ts';
import { firstLayerOf } from './link-type.ts';

/*
 * Headers that the capturing system puts before the packet, and that name the packet's own link type or family.
 */

/** LINKTYPE_PPI: version(1) flags(1) length(2) link type(4), little endian, then fields up to `length`. */
export function decodePpi(walk: LayerWalk) {
  if (!walk.has(8)) return;
  enterLinkType(walk, littleEndian32(walk, 4), walk.uint8(2) | (walk.uint8(3) << 8), 8);
}

/** LINKTYPE_PKTAP: length(4) record type(4) link type(4) interface name(24) ..., little endian. */
export function decodePktap(walk: LayerWalk) {
  if (!walk.has(12)) return;
  enterLinkType(walk, littleEndian32(walk, 8), littleEndian32(walk, 0), 12);
}

function enterLinkType(walk: LayerWalk, linkType: number, headerBytes: number, smallest: number) {
  if (headerBytes < smallest) return walk.stop('bad-header');
  if (!walk.has(headerBytes)) return;
  const layer = firstLayerOf(linkType);
  if (layer === Layer.none) walk.stop('unknown-link-type');
  else walk.enter(layer, headerBytes);
}

function littleEndian32(walk: LayerWalk, offset: number): number {
  const high = walk.uint8(offset + 2) | (walk.uint8(offset + 3) << 8);
  return high * 0x10000 + (walk.uint8(offset) | (walk.uint8(offset + 1) << 8));
}

/**
 * LINKTYPE_NFLOG: family(1) version(1) resource(2), then fields: length(2) type(2) in the byte order of the capturing host,
 * value, padding to 4. Type 9 is the packet, from the IP header on. Type 1 tells the hook, of which one packet passes several.
 */
export function decodeNflog(walk: LayerWalk) {
  if (!walk.has(4)) return;
  if (walk.uint8(1) !== 0) return walk.stop('bad-header');
  walk.at += 4;
  while (walk.has(4)) {
    let length = walk.uint8(0) | (walk.uint8(1) << 8);
    let type = walk.uint8(2) | (walk.uint8(3) << 8);
    // A type is a small number: where its low byte is zero and its high is not, the order is the other one.
    if (type > 0xff) {
      length = walk.uint16(0);
      type = walk.uint16(2);
    }
    if (length < 4) return walk.stop('bad-header');
    if ((type & 0x7fff) === 9) {
      if (walk.at + length < walk.wireEnd) walk.limit(walk.at + length);
      return walk.enter(Layer.ip, 4);
    }
    if (!walk.has(length)) return;
    if (type === 1 && length >= 8) walk.place = fold(walk.place, walk.uint8(6));
    walk.at += (length + 3) & ~3;
  }
}

/** LINKTYPE_IPOIB: the addresses of both ends(40), then RFC 4391, 6: type(2) reserved(2). */
export function decodeIpOverInfiniband(walk: LayerWalk) {
  if (!walk.has(44)) return;
  enterEtherType(walk, walk.uint16(40), 44);
}
