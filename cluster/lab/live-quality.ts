import type { LoadSample } from './load-line.ts';

export interface Quality {
  /** Of what was received since the look before; null where nothing was. */
  readonly lossPercent: number | null;
  readonly jitterP95Ms: number | null;
}

const UNKNOWN: Quality = { lossPercent: null, jitterP95Ms: null };

/** Loss and jitter of now, from what participants count of what they receive. */
export class LiveQuality {
  participants = 0;
  #before = { packets: 0, lost: 0 };
  #now: Quality = UNKNOWN;

  add({ participants, received }: LoadSample): void {
    this.participants = participants;
    if (received === null) return;
    // Who left takes its counts along: then the sums fall, and say nothing of this second.
    const packets = received.packets - this.#before.packets;
    const lost = received.lost - this.#before.lost;
    this.#before = received;
    const known = packets >= 0 && lost >= 0 && packets + lost > 0;
    this.#now = { lossPercent: known ? (100 * lost) / (packets + lost) : null, jitterP95Ms: received.jitterP95Ms };
  }

  /** The last second's; unknown where there was no sample since the last call. */
  take(): Quality {
    const now = this.#now;
    this.#now = UNKNOWN;
    return now;
  }
}
