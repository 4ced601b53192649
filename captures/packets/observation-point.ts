import type { Direction } from '../records/record-cursor.ts';

/*
 * An observation point is a hash, compared for equality only. It mixes what differs between two sights of one packet
 * on one host (interface, direction, encapsulation, hops) and leaves out what may vary between packets of one sight
 * (identifiers of VLANs and tunnels, addresses).
 */

/** The place: interface and direction. */
export function observationPlace(interfaceIndex: number, direction: Direction): number {
  return Math.imul((interfaceIndex << 2) + direction + 1, 0x9e3779b1);
}

/** Adds a fact to a place, or a layer to a stack of layers. */
export function fold(hash: number, fact: number): number {
  return Math.imul((hash << 5) ^ (hash >>> 27) ^ fact, 0x85ebca6b);
}

/** @param hops the times to live or hop limits met, folded, outermost first. */
export function observationPoint(place: number, stack: number, hops: number): number {
  const hash = Math.imul(place ^ stack ^ Math.imul(hops + 1, 0xc2b2ae35), 0x165667b1);
  return hash ^ (hash >>> 15);
}
