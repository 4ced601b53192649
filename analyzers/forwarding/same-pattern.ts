import { isAlike, REMEMBERED, type RecentPackets } from './recent-packets.ts';

/** How long a forwarder may hold a packet at most, to be followed. */
export const LONGEST_NS = 1e9;
/** Packets of a stream that are held against another one's. */
const COMPARED = 48;
/** So many must be there on both sides, and agree. */
const FEWEST_AGREEING = 32;
/** Different lengths, or different timestamp steps, among them: a stream whose packets are all alike fits everywhere. */
const FEWEST_DIFFERENT = 8;

/** How the numbers of a forwarded stream follow from those of the stream that it comes from. */
export interface Mapping {
  /** Added to a sequence number, 16 bits. */
  readonly sequence: number;
  /** Added to a timestamp, 32 bits. */
  readonly timestamp: number;
}

/**
 * Looks for a stream's packets in another one's by their pattern alone, where timestamps were rewritten: lengths, markers and timestamp
 * steps of the last packets must agree, one after the other, in the order of time.
 *
 * @param last number of the stream's newest packet.
 * @returns null where the other is not its source; `ambiguous` where it fits in more than one way.
 */
export function samePattern(stream: RecentPackets, last: number, source: RecentPackets): Mapping | 'ambiguous' | null {
  const newest = stream.find(last);
  if (newest < 0 || !isVaried(stream, last)) return null;
  let found: Mapping | null = null;
  for (let at = 0; at < REMEMBERED; at++) {
    if (source.sequence[at] < 0 || !isAlike(stream.shape[newest], source.shape[at])) continue;
    const heldNs = stream.arrivalNs[newest] - source.arrivalNs[at];
    if (heldNs < 0 || heldNs > LONGEST_NS) continue;
    const mapping = {
      sequence: (last - source.sequence[at]) & 0xffff,
      timestamp: (stream.timestamp[newest] - source.timestamp[at]) | 0,
    };
    const lengthened = (stream.shape[newest] >> 1) - (source.shape[at] >> 1);
    if (!agrees(stream, last, source, mapping, lengthened)) continue;
    if (found !== null) return 'ambiguous';
    found = mapping;
  }
  return found;
}

function agrees(stream: RecentPackets, last: number, source: RecentPackets, by: Mapping, lengthened: number): boolean {
  let agreeing = 0;
  for (let back = 0; back < COMPARED; back++) {
    const own = stream.find((last - back) & 0xffff);
    if (own < 0) continue;
    const at = source.find((last - back - by.sequence) & 0xffff);
    if (at < 0) continue;
    const heldNs = stream.arrivalNs[own] - source.arrivalNs[at];
    if (((source.timestamp[at] + by.timestamp) | 0) !== stream.timestamp[own]) return false;
    if (stream.shape[own] !== source.shape[at] + 2 * lengthened || heldNs < 0 || heldNs > LONGEST_NS) return false;
    agreeing++;
  }
  return agreeing >= FEWEST_AGREEING;
}

function isVaried(stream: RecentPackets, last: number): boolean {
  const shapes = new Set<number>();
  const steps = new Set<number>();
  for (let back = 0; back < COMPARED; back++) {
    const at = stream.find((last - back) & 0xffff);
    const before = stream.find((last - back - 1) & 0xffff);
    if (at >= 0) shapes.add(stream.shape[at]);
    if (at >= 0 && before >= 0) steps.add((stream.timestamp[at] - stream.timestamp[before]) | 0);
  }
  return Math.max(shapes.size, steps.size) >= FEWEST_DIFFERENT;
}
