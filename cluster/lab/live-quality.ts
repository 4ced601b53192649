import type { LoadLine } from './load-line.ts';

export interface Quality {
  /** Of what was received since the look before; null where nothing was. */
  readonly lossPercent: number | null;
  readonly jitterP95Ms: number | null;
}

const MOST_STREAMS = 200_000;

/** Loss and jitter of now, from what participants count of what they receive. */
export class LiveQuality {
  participants = 0;
  readonly #before = new Map<string, { packets: number; lost: number }>();
  #jitters: number[] = [];
  #packets = 0;
  #lost = 0;

  add(line: LoadLine): void {
    if (line.event === 'load') this.participants = line.participants;
    if (line.event !== 'stats') return;
    for (const { ssrc, packets, lost, jitterMs } of line.streams) {
      const key = `${line.client}/${ssrc}`;
      const before = this.#before.get(key);
      // The first look at a stream says nothing about now: it may have begun long before.
      if (before !== undefined) {
        this.#packets += Math.max(0, packets - before.packets);
        this.#lost += Math.max(0, lost - before.lost);
      }
      if (before !== undefined || this.#before.size < MOST_STREAMS) this.#before.set(key, { packets, lost });
      if (jitterMs !== null) this.#jitters.push(jitterMs);
    }
  }

  /** What there is since the last call. */
  take(): Quality {
    const sent = this.#packets + this.#lost;
    const sorted = this.#jitters.toSorted((a, b) => a - b);
    const quality = {
      lossPercent: sent === 0 ? null : (100 * this.#lost) / sent,
      jitterP95Ms: sorted.length === 0 ? null : sorted[Math.ceil(0.95 * sorted.length) - 1],
    };
    this.#packets = 0;
    this.#lost = 0;
    this.#jitters = [];
    return quality;
  }
}
