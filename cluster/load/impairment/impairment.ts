import type { SeededRandom } from '../plan/random.ts';
import { Departures } from './departures.ts';

/** What a participant's network does to media, each way the same. Shares are 0 to 1. */
export interface ImpairmentOptions {
  readonly loss: number;
  readonly duplicate: number;
  /** How many packets are held back so that others overtake them. */
  readonly reorder: number;
  readonly delayMs: number;
  /** The delay varies evenly by so much to both sides. */
  readonly jitterMs: number;
}

/** How long a packet that is to be overtaken is held back. */
const REORDER_MS = 25;

export interface Decision {
  /** 0: dropped; 2: sent twice. */
  copies: 0 | 1 | 2;
  delayMs: number;
}

export function impairsAnything(options: ImpairmentOptions): boolean {
  return Object.values(options).some((value) => value > 0);
}

/**
 * Decides over each packet of one way, and counts what it dropped and duplicated by SSRC: that is the truth a capture is held against.
 * Order within a stream is kept by the delay's queue unless a packet is chosen to be overtaken.
 */
export class Impairment {
  readonly options: ImpairmentOptions;
  readonly #random: SeededRandom;
  readonly #met = new Set<number>();
  /** Faults are over: what is dropped from now on could be the end of a stream, of which no capture can tell that it is missing. */
  settled = false;
  readonly #decision: Decision = { copies: 1, delayMs: 0 };
  /** When packets really left, delays included; of the sending way. */
  readonly departures = new Departures();
  readonly dropped = new Map<number, number>();
  readonly duplicated = new Map<number, number>();
  readonly reordered = new Map<number, number>();

  constructor(options: ImpairmentOptions, random: SeededRandom) {
    this.options = options;
    this.#random = random;
  }

  /** @returns what becomes of the next RTP packet of this SSRC; the value is used again with the next call. */
  decide(ssrc: number): Decision {
    const { loss, duplicate, reorder, delayMs, jitterMs } = this.options;
    const decision = this.#decision;
    decision.copies = 1;
    decision.delayMs = delayMs;
    // Nor is the first packet of a stream dropped: no receiver could tell.
    const first = !this.#met.has(ssrc);
    if (first) this.#met.add(ssrc);
    if (loss > 0 && this.#random.next() < loss && !first && !this.settled) {
      decision.copies = 0;
      count(this.dropped, ssrc);
      return decision;
    }
    if (duplicate > 0 && this.#random.next() < duplicate && !this.settled) {
      decision.copies = 2;
      count(this.duplicated, ssrc);
    }
    if (jitterMs > 0) decision.delayMs = Math.max(0, delayMs + this.#random.between(-jitterMs, jitterMs));
    if (reorder > 0 && this.#random.next() < reorder && !this.settled) {
      decision.delayMs += REORDER_MS;
      count(this.reordered, ssrc);
    }
    return decision;
  }
}

function count(counts: Map<number, number>, ssrc: number): void {
  counts.set(ssrc, (counts.get(ssrc) ?? 0) + 1);
}
