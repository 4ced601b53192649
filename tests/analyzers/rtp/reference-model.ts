import type { SentPacket } from './rtp-feed.ts';

/** A packet of the plan: `extended` is its number without wraps. */
export interface PlannedPacket extends SentPacket {
  readonly extended: number;
}

export interface ReferenceFigures {
  readonly packets: number;
  readonly bytes: number;
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly late: number;
  /** How far behind the highest number each late packet came. */
  readonly extents: readonly number[];
  /** J after each packet that has one. */
  readonly jittersMs: readonly number[];
  /** Runs of lost packets, by first number and length. */
  readonly longestLoss: number;
}

/**
 * The figures of one stream as plainly as they can be told: everything is kept, and looked through again for each
 * question. Right for one numbering without restarts and one clock.
 */
export function referenceFigures(arrivals: readonly PlannedPacket[], clockRate: number): ReferenceFigures {
  const seen = new Set<number>();
  const unique: PlannedPacket[] = [];
  const extents: number[] = [];
  let duplicates = 0;
  for (const packet of arrivals) {
    if (seen.has(packet.extended)) {
      duplicates++;
      continue;
    }
    const highest = Math.max(...seen);
    if (packet.extended < highest) extents.push(highest - packet.extended);
    seen.add(packet.extended);
    unique.push(packet);
  }
  const lowest = Math.min(...seen);
  const expected = Math.max(...seen) - lowest + 1;
  let longestLoss = 0;
  let run = 0;
  for (let number = lowest; number < lowest + expected; number++) {
    run = seen.has(number) ? 0 : run + 1;
    longestLoss = Math.max(longestLoss, run);
  }
  return {
    packets: seen.size,
    bytes: unique.reduce((sum, { payloadBytes = 160 }) => sum + 12 + payloadBytes, 0),
    expected,
    lost: expected - seen.size,
    duplicates,
    late: extents.length,
    extents,
    jittersMs: referenceJitters(unique, clockRate),
    longestLoss,
  };
}

/** RFC 3550 A.8, in seconds and with timestamps that never wrap: the plan's are taken from the extended numbers' side. */
function referenceJitters(packets: readonly PlannedPacket[], clockRate: number): number[] {
  const jitters: number[] = [];
  let jitter = 0;
  for (let at = 1; at < packets.length; at++) {
    const arrivedMs = (packets[at].atNs - packets[at - 1].atNs) / 1e6;
    const sentMs = ((packets[at].timestamp - packets[at - 1].timestamp) * 1000) / clockRate;
    jitter += (Math.abs(arrivedMs - sentMs) - jitter) / 16;
    jitters.push(jitter);
  }
  return jitters;
}
