/** Statistics of a received stream (RFC 3550 appendix A.1, A.3, A.8) and what is missing in it. */

const MOST_MISSING = 128;
/** A leap beyond this is a stream that began anew rather than loss. */
const MAX_DROPOUT = 3000;
const WINDOW = 2048;

export const Arrival = { new: 0, late: 1, duplicate: 2 } as const;
export type Arrival = (typeof Arrival)[keyof typeof Arrival];

export class Reception {
  readonly clockRate: number;
  received = 0;
  bytes = 0;
  /** Extended by the count of wraps; -1 before the first packet. */
  highest = -1;
  #base = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #jitter = 0;
  #transit = Number.NaN;
  readonly #seen = new Int32Array(WINDOW).fill(-1);
  /** What was not received yet, extended sequence numbers; 0 where free. */
  readonly #missing = new Float64Array(MOST_MISSING);
  readonly #askedMs = new Float64Array(MOST_MISSING);
  readonly #asked = new Uint8Array(MOST_MISSING);
  missingCount = 0;

  constructor(clockRate: number) {
    this.clockRate = clockRate;
  }

  /** @param retransmitted jitter is of packets on their first way. */
  receive(sequenceNumber: number, timestamp: number, bytes: number, nowMs: number, retransmitted: boolean): Arrival {
    let arrival: Arrival = Arrival.new;
    if (this.highest < 0) {
      // One wrap ahead, so that packets before the first have numbers above zero.
      this.highest = sequenceNumber + 65_536;
      this.#base = this.highest;
    } else {
      const step = ((sequenceNumber - this.highest) << 16) >> 16;
      const extended = this.highest + step;
      if (step > MAX_DROPOUT || step < -MAX_DROPOUT) this.#restart(sequenceNumber);
      else if (step > 0) {
        for (let lost = this.highest + 1; lost < extended; lost++) this.#miss(lost);
        this.highest = extended;
      } else {
        if (this.#seen[extended & (WINDOW - 1)] === extended || extended < this.#base) return Arrival.duplicate;
        arrival = Arrival.late;
        this.#found(extended);
      }
      this.#seen[extended & (WINDOW - 1)] = extended;
    }
    if (this.received === 0) this.#seen[this.highest & (WINDOW - 1)] = this.highest;
    this.received++;
    this.bytes += bytes;
    if (!retransmitted) this.#updateJitter(timestamp, nowMs);
    return arrival;
  }

  #restart(sequenceNumber: number): void {
    this.highest = Math.ceil(this.highest / 65_536) * 65_536 + 65_536 + sequenceNumber;
    this.#base = this.highest;
    this.received = this.#expectedPrior = this.#receivedPrior = 0;
    this.#missing.fill(0);
    this.missingCount = 0;
  }

  #updateJitter(timestamp: number, nowMs: number): void {
    const transit = Math.round((nowMs * this.clockRate) / 1000) - timestamp;
    if (!Number.isNaN(this.#transit)) {
      const difference = Math.abs((transit - this.#transit) | 0);
      if (difference < this.clockRate * 5) this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  #miss(extended: number): void {
    if (this.missingCount >= MOST_MISSING) return;
    const slot = this.#missing.indexOf(0);
    this.#missing[slot] = extended;
    this.#askedMs[slot] = 0;
    this.#asked[slot] = 0;
    this.missingCount++;
  }

  #found(extended: number): void {
    const slot = this.missingCount === 0 ? -1 : this.#missing.indexOf(extended);
    if (slot < 0) return;
    this.#missing[slot] = 0;
    this.missingCount--;
  }

  get jitter(): number {
    return Math.round(this.#jitter);
  }

  /** Never below 0 here, though duplicates could make it so (RFC 3550 appendix A.3). */
  get lost(): number {
    return this.highest < 0 ? 0 : Math.max(0, this.highest - this.#base + 1 - this.received);
  }

  /** Of the packets expected since the last call: 0 to 255 of 256. */
  takeFractionLost(): number {
    const expected = this.highest < 0 ? 0 : this.highest - this.#base + 1;
    const expectedNow = expected - this.#expectedPrior;
    const lostNow = expectedNow - (this.received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.received;
    return expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow));
  }

  /**
   * @returns sequence numbers to ask for now, ascending: each a few times, then no more, as it would come too late.
   */
  takeMissing(nowMs: number, repeatMs: number): number[] {
    const wanted: number[] = [];
    for (let slot = 0; slot < MOST_MISSING && this.missingCount > 0; slot++) {
      const extended = this.#missing[slot];
      if (extended === 0) continue;
      if (this.#asked[slot] >= 8 || this.highest - extended > 1000) {
        this.#missing[slot] = 0;
        this.missingCount--;
      } else if (this.#asked[slot] === 0 || nowMs - this.#askedMs[slot] >= repeatMs) {
        this.#asked[slot]++;
        this.#askedMs[slot] = nowMs;
        wanted.push(extended);
      }
    }
    return wanted.sort((one, other) => one - other).map((extended) => extended & 0xffff);
  }
}
