const START_BPS = 1_000_000;
/** Up to here it grows whatever is sent: there is no padding to try with. */
const UNPROVED_BPS = 2_500_000;
const LEAST_BPS = 50_000;
const MOST_BPS = 50_000_000;
/** One-way delay above its lowest that means a queue, and below which there is none. */
const QUEUE_MS = 60;
const NO_QUEUE_MS = 30;
const MOST_STREAMS = 64;

interface Way {
  timestamp: number;
  /** Of the first frame: what is arithmetic of clocks that have nothing to do with each other. */
  readonly offsetMs: number;
  lowestMs: number;
  elapsedMs: number;
}

/**
 * What can be received of a sender that knows no transport-wide feedback, for REMB (draft-alvestrand-rmcat-remb-03): by how frames come
 * later than their RTP timestamps say, and by loss (after draft-ietf-rmcat-gcc-02, sections 5.5 and 6).
 */
export class ReceiveEstimate {
  bps = START_BPS;
  #delayMs = 0;
  readonly #ways = new Map<number, Way>();

  /** The first packet of a frame counts, since the others come behind it whatever the way is like. */
  packet(ssrc: number, timestamp: number, clockRate: number, nowMs: number): void {
    const way = this.#ways.get(ssrc);
    if (way === undefined) {
      if (this.#ways.size >= MOST_STREAMS) this.#ways.clear();
      this.#ways.set(ssrc, { timestamp, offsetMs: nowMs, lowestMs: 0, elapsedMs: 0 });
      return;
    }
    const ticks = (timestamp - way.timestamp) | 0;
    if (ticks <= 0) return;
    way.timestamp = timestamp;
    way.elapsedMs += (ticks * 1000) / clockRate;
    const relative = nowMs - way.offsetMs - way.elapsedMs;
    // A sender whose clock leapt begins anew.
    if (Math.abs(relative) > 10_000) {
      this.#ways.delete(ssrc);
      return;
    }
    // The lowest drifts up slowly, as clocks and ways do.
    way.lowestMs = Math.min(way.lowestMs + 0.05, relative);
    this.#delayMs += (relative - way.lowestMs - this.#delayMs) * 0.1;
  }

  /** Once a second. @param bps that came, all streams together. @param lossFraction of the packets, without those that came when sent again. */
  update(bps: number, lossFraction: number): void {
    if (lossFraction > 0.1) this.bps *= 1 - 0.5 * lossFraction;
    else if (this.#delayMs > QUEUE_MS) {
      this.bps = Math.min(this.bps, Math.max(bps * 0.85, this.bps * 0.5));
      // One fall for one queue: the mean starts over.
      this.#delayMs = NO_QUEUE_MS;
    } else if (lossFraction < 0.02 && this.#delayMs < NO_QUEUE_MS) {
      this.bps = Math.max(this.bps, Math.min(this.bps * 1.08, Math.max(bps * 1.5, UNPROVED_BPS)));
    }
    this.bps = Math.min(MOST_BPS, Math.max(LEAST_BPS, this.bps));
  }
}
