const RING = 2048;
const START_BPS = 1_000_000;
/** Up to here it grows whatever is sent: there is no padding to try with, only the next encoding itself. */
const UNPROVED_BPS = 2_500_000;
/** How long what was too much is not tried again: so long at first, then twice as long each time, up to a minute. */
const FIRST_HOLD_MS = 5000;
const LONGEST_HOLD_MS = 60_000;
/** So long after a hold, another fall counts as one for the same reason. */
const SAME_REASON_MS = 30_000;
const LEAST_BPS = 50_000;
const MOST_BPS = 50_000_000;

/**
 * What a subscriber can receive, from its transport-wide feedback: it grows while nearly all arrives without queueing, and falls to
 * what arrives when a queue builds up or packets are lost (after draft-ietf-rmcat-gcc-02: sections 5.5 and 6).
 */
export class SendEstimate {
  bps = START_BPS;
  /** What all that is received would need in its best picture: up to a little more it grows, whatever is sent now. */
  wantedBps = 0;
  #hasFeedback = false;
  #ceilingBps = Number.POSITIVE_INFINITY;
  #holdUntilMs = 0;
  #holdMs = FIRST_HOLD_MS;
  readonly #sentMs = new Float64Array(RING);
  readonly #bytes = new Uint16Array(RING);
  #next = 0;
  /** Growth of the one-way delay since the lowest seen lately. */
  #delayMs = 0;
  #lowestMs = Number.POSITIVE_INFINITY;
  #offsetMs = Number.NaN;

  /** @returns the number of the packet that is sent now. */
  sent(bytes: number, nowMs: number): number {
    const number = this.#next;
    this.#next = (this.#next + 1) & 0xffff;
    this.#sentMs[number & (RING - 1)] = nowMs;
    this.#bytes[number & (RING - 1)] = bytes;
    return number;
  }

  /** REMB: the receiver's own estimate is a limit; of one that sends no other feedback it is all that is known. */
  limit(bps: number): void {
    if (bps < LEAST_BPS) return;
    this.bps = this.#hasFeedback ? Math.min(this.bps, bps) : Math.min(bps, MOST_BPS);
  }

  /** Takes a feedback packet; malformed ones are ignored. */
  feedback(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 20) return;
    const first = (bytes[at + 12] << 8) | bytes[at + 13];
    const count = (bytes[at + 14] << 8) | bytes[at + 15];
    if (count === 0 || count > RING) return;
    this.#hasFeedback = true;
    const reference = ((bytes[at + 16] << 16) | (bytes[at + 17] << 8) | bytes[at + 18]) * 64;
    const symbols: number[] = [];
    let chunk = at + 20;
    for (; symbols.length < count && chunk + 2 <= end; chunk += 2) {
      const word = (bytes[chunk] << 8) | bytes[chunk + 1];
      if ((word & 0x8000) === 0) {
        for (let run = Math.min(word & 0x1fff, count - symbols.length); run > 0; run--) symbols.push((word >> 13) & 3);
      } else if ((word & 0x4000) === 0) for (let bit = 13; bit >= 0; bit--) symbols.push((word >> bit) & 1);
      else for (let pair = 12; pair >= 0; pair -= 2) symbols.push((word >> pair) & 3);
    }
    let arrivedMs = reference;
    let acknowledged = 0;
    let lost = 0;
    let firstMs = Number.NaN;
    for (let index = 0; index < count && index < symbols.length; index++) {
      const slot = (first + index) & (RING - 1);
      const symbol = symbols[index];
      if (symbol === 0 || symbol === 3) {
        lost++;
        continue;
      }
      if (chunk + symbol > end) return;
      arrivedMs += (symbol === 1 ? bytes[chunk] : ((bytes[chunk] << 24) >> 16) | bytes[chunk + 1]) / 4;
      chunk += symbol;
      acknowledged += this.#bytes[slot];
      if (Number.isNaN(firstMs)) firstMs = arrivedMs;
      this.#delay(arrivedMs - this.#sentMs[slot]);
    }
    this.#update(acknowledged, lost, count, arrivedMs - firstMs, arrivedMs);
  }

  #delay(differenceMs: number): void {
    if (Number.isNaN(this.#offsetMs) || Math.abs(differenceMs - this.#offsetMs) > 10_000) {
      this.#offsetMs = differenceMs;
      this.#lowestMs = 0;
    }
    const relative = differenceMs - this.#offsetMs;
    // The lowest drifts up slowly, as clocks and ways do.
    this.#lowestMs = Math.min(this.#lowestMs + 0.01, relative);
    this.#delayMs += (relative - this.#lowestMs - this.#delayMs) * 0.1;
  }

  #update(bytes: number, lost: number, count: number, spanMs: number, nowMs: number): void {
    const lossFraction = lost / count;
    const arrivedBps = spanMs > 20 ? (bytes * 8000) / spanMs : this.bps;
    if (lossFraction > 0.1) {
      // A report comes about ten times a second, so that this is half the loss within five of them (section 6).
      this.bps *= 1 - 0.1 * lossFraction;
    } else if (this.#delayMs > 60) {
      this.bps = Math.min(this.bps, Math.max(arrivedBps * 0.85, this.bps * 0.8));
      // One fall for one queue: the mean starts over.
      this.#delayMs = 30;
      this.#hold(nowMs);
    } else if (lossFraction < 0.02 && this.#delayMs < 30) {
      // Beyond, no more than thrice what is sent, as nothing tells whether more would fit.
      const most = Math.max(arrivedBps * 3, UNPROVED_BPS, this.wantedBps * 1.25);
      const ceiling = nowMs < this.#holdUntilMs ? this.#ceilingBps : Number.POSITIVE_INFINITY;
      this.bps = Math.max(this.bps, Math.min(this.bps * 1.02, most, ceiling));
    }
    this.bps = Math.min(MOST_BPS, Math.max(LEAST_BPS, this.bps));
  }

  /** Keeps to what got through for a while, so that a picture that does not fit is not tried again and again. */
  #hold(nowMs: number): void {
    if (nowMs >= this.#holdUntilMs) {
      const isSame = this.#holdUntilMs > 0 && nowMs - this.#holdUntilMs < SAME_REASON_MS;
      this.#holdMs = isSame ? Math.min(LONGEST_HOLD_MS, this.#holdMs * 2) : FIRST_HOLD_MS;
      this.#holdUntilMs = nowMs + this.#holdMs;
    }
    this.#ceilingBps = this.bps * 1.1;
  }
}
