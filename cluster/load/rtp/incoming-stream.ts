/** Sequence numbers that jump further are a new beginning (RFC 3550, appendix A.1: MAX_DROPOUT, MAX_MISORDER). */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 3000;
const NACK_AFTER_MS = 10;
const NACK_AGAIN_MS = 50;
const NACK_TRIES = 8;
const GIVE_UP_MS = 1000;
const MISSING_AT_MOST = 300;
const PLI_EVERY_MS = 500;

interface Missing {
  readonly sinceMs: number;
  askedMs: number;
  tries: number;
}

export interface IncomingStreamOptions {
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  readonly clockRate: number;
  readonly mid: string | null;
  /** The stream whose packets this one brings again, for RTX. */
  readonly repairs: IncomingStream | null;
  /** Whether the peer answers NACKs for it. */
  readonly nack: boolean;
}

/**
 * One RTP stream that is received, counted as webrtc-stats' inbound-rtp and RFC 3550 (section 6.4.1, appendix A) define: packets,
 * loss, jitter. A retransmission on an RTX stream is counted there, and as `recovered` here; it leaves `lost` as the wire had it.
 */
export class IncomingStream {
  readonly options: IncomingStreamOptions;
  trackId: string | null = null;
  packets = 0;
  bytes = 0;
  /** Came a second time: SRTP's replay protection keeps them from being counted as received. */
  duplicates = 0;
  recovered = 0;
  nacksSent = 0;
  plisSent = 0;
  frames = 0;
  keyFrames = 0;
  #baseSequence = -1;
  #highest = -1;
  #receivedOfRow = 0;
  #lostBefore = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #lastTimestamp = 0;
  #lastArrivalMs = 0;
  #jitterTicks = 0;
  #hasJitter = false;
  #lastFrameTimestamp = -1;
  #lastReportMiddle = 0;
  #lastReportMs = 0;
  #pliMs = Number.NEGATIVE_INFINITY;
  #pictureBroken: boolean;
  readonly #missing = new Map<number, Missing>();

  constructor(options: IncomingStreamOptions) {
    this.options = options;
    this.#pictureBroken = options.kind === 'video';
  }

  /** Packets that should have come and did not, cumulative; never negative, since duplicates are not counted as received. */
  get lost(): number {
    return this.#lostBefore + (this.#highest < 0 ? 0 : this.#highest - this.#baseSequence + 1 - this.#receivedOfRow);
  }

  get jitterMs(): number | null {
    return this.#hasJitter ? (this.#jitterTicks / this.options.clockRate) * 1000 : null;
  }

  get jitterTicks(): number {
    return Math.floor(this.#jitterTicks);
  }

  get highestSequence(): number {
    return Math.max(0, this.#highest) >>> 0;
  }

  packet(sequence: number, timestamp: number, payloadBytes: number, startsKeyFrame: boolean, arrivalMs: number): void {
    this.packets++;
    this.bytes += payloadBytes;
    this.#count(sequence, arrivalMs);
    this.#measureJitter(timestamp, arrivalMs);
    if (this.options.kind !== 'video' || this.options.repairs !== null) return;
    if (timestamp !== this.#lastFrameTimestamp) this.frames++;
    this.#lastFrameTimestamp = timestamp;
    if (startsKeyFrame) this.#keyFrame();
  }

  /** A packet of this stream came back by its RTX stream. */
  retransmission(sequence: number, startsKeyFrame: boolean): void {
    for (const cycle of [0, -65_536]) {
      const extended = (this.#highest & ~0xffff) + sequence + cycle;
      if (!this.#missing.delete(extended)) continue;
      this.recovered++;
      if (startsKeyFrame) this.#keyFrame();
      return;
    }
  }

  senderReport(middleOfNtp: number, arrivalMs: number): void {
    this.#lastReportMiddle = middleOfNtp;
    this.#lastReportMs = arrivalMs;
  }

  /** LSR and DLSR of the next report block, in 1/65536 s; 0 before the first sender report. */
  lastReport(nowMs: number): { readonly middle: number; readonly delay: number } {
    if (this.#lastReportMiddle === 0) return { middle: 0, delay: 0 };
    return { middle: this.#lastReportMiddle, delay: Math.round(((nowMs - this.#lastReportMs) * 65_536) / 1000) >>> 0 };
  }

  /** Fraction lost since the last call, in 1/256 (RFC 3550, appendix A.3). */
  takeFractionLost(): number {
    const expected = this.packets + this.lost;
    const expectedNow = expected - this.#expectedPrior;
    const lostNow = expectedNow - (this.packets - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.packets;
    return expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow));
  }

  /** @param into gets the sequence numbers to ask for now. */
  nacksDue(nowMs: number, into: number[]): void {
    for (const [extended, missing] of this.#missing) {
      if (nowMs - missing.sinceMs > GIVE_UP_MS || missing.tries >= NACK_TRIES) {
        this.#missing.delete(extended);
        this.#pictureBroken = true;
        continue;
      }
      if (nowMs - missing.sinceMs < NACK_AFTER_MS || nowMs - missing.askedMs < NACK_AGAIN_MS) continue;
      missing.askedMs = nowMs;
      missing.tries++;
      into.push(extended & 0xffff);
    }
  }

  /** @returns whether a picture must be asked for now. */
  takePli(nowMs: number): boolean {
    if (!this.#pictureBroken || this.packets === 0 || nowMs - this.#pliMs < PLI_EVERY_MS) return false;
    this.#pliMs = nowMs;
    this.plisSent++;
    return true;
  }

  #keyFrame(): void {
    this.keyFrames++;
    this.#pictureBroken = false;
  }

  #count(sequence: number, arrivalMs: number): void {
    if (this.#highest < 0) {
      this.#restart(sequence);
      return;
    }
    const step = (sequence - this.#highest) & 0xffff;
    if (step < MAX_DROPOUT) {
      if (step > 1 && this.options.nack) this.#miss(this.#highest + 1, this.#highest + step, arrivalMs);
      this.#highest += step;
    } else if (step < 65_536 - MAX_MISORDER) {
      this.#lostBefore = this.lost;
      this.#restart(sequence);
      return;
    } else {
      const extended = this.#highest - (65_536 - step);
      this.#missing.delete(extended);
      // Overtaken by the first one.
      if (extended < this.#baseSequence) this.#baseSequence = extended;
    }
    this.#receivedOfRow++;
  }

  #restart(sequence: number): void {
    // A cycle ahead, so that one overtaken by the first has a number of its own.
    this.#highest = 65_536 + sequence;
    this.#baseSequence = this.#highest;
    this.#receivedOfRow = 1;
    this.#missing.clear();
  }

  #miss(from: number, to: number, nowMs: number): void {
    if (to - from + this.#missing.size > MISSING_AT_MOST) {
      this.#missing.clear();
      this.#pictureBroken = true;
      return;
    }
    for (let extended = from; extended < to; extended++) {
      this.#missing.set(extended, { sinceMs: nowMs, askedMs: Number.NEGATIVE_INFINITY, tries: 0 });
    }
  }

  #measureJitter(timestamp: number, arrivalMs: number): void {
    if (this.packets > 1) {
      const arrivedTicks = ((arrivalMs - this.#lastArrivalMs) * this.options.clockRate) / 1000;
      const difference = Math.abs(arrivedTicks - ((timestamp - this.#lastTimestamp) | 0));
      // A source whose timestamps were set anew says nothing of delay.
      if (difference < this.options.clockRate * 10) {
        this.#jitterTicks += (difference - this.#jitterTicks) / 16;
        this.#hasJitter = true;
      }
    }
    this.#lastTimestamp = timestamp;
    this.#lastArrivalMs = arrivalMs;
  }
}
