import type { LossSink } from './missing-ranges.ts';

/*
 * Bursts and gaps (RFC 3611, section 4.7.2). A burst begins and ends with a lost packet, and within it fewer than Gmin
 * packets in a row were received. A lost packet with at least Gmin received ones on both sides lies in a gap. What is
 * no burst is gap.
 */
/** Recommended by RFC 3611: 16 received packets end a burst. */
export const GMIN = 16;
const WORST_KEPT = 10;

export interface Burst {
  /** Arrival of the last packet before the burst, and of the first after its last loss; ns since the stream's first second. */
  readonly beforeNs: number;
  readonly afterNs: number;
  readonly lost: number;
  /** Packets from the first to the last lost one, the received ones between them included. */
  readonly packets: number;
}

export interface BurstSummary {
  readonly bursts: number;
  /** Runs of packets lost in a row, in bursts and gaps. */
  readonly runs: number;
  readonly lostInBursts: number;
  readonly packetsInBursts: number;
  readonly lostInGaps: number;
  readonly burstNs: number;
  /** Time between bursts, before the first and after the last one left out. */
  readonly gapNs: number;
  readonly longestLoss: number;
  readonly longestLossNs: number;
  readonly worst: readonly Burst[];
}

/** Groups the runs of lost packets of one stream, told in the order of their numbers, into bursts and gaps. */
export class Bursts implements LossSink {
  #first = 0;
  #last = Number.NEGATIVE_INFINITY;
  #lost = 0;
  #beforeNs = 0;
  #afterNs = 0;
  #bursts = 0;
  #runs = 0;
  #lostInBursts = 0;
  #packetsInBursts = 0;
  #lostInGaps = 0;
  #burstNs = 0;
  #gapNs = 0;
  #burstEndNs = Number.NaN;
  #longestLoss = 0;
  #longestLossNs = 0;
  #worst: Burst[] = [];

  lost(first: number, count: number, beforeNs: number, afterNs: number): void {
    if (first - this.#last - 1 >= GMIN) {
      this.#close();
      this.#first = first;
      this.#beforeNs = beforeNs;
    }
    this.#last = first + count - 1;
    this.#afterNs = afterNs;
    this.#lost += count;
    this.#runs++;
    if (count > this.#longestLoss) {
      this.#longestLoss = count;
      this.#longestLossNs = afterNs;
    }
  }

  /** A copy, which can be told what is still open without changing this one. */
  copy(): Bursts {
    const copy = new Bursts();
    copy.#first = this.#first;
    copy.#last = this.#last;
    copy.#lost = this.#lost;
    copy.#beforeNs = this.#beforeNs;
    copy.#afterNs = this.#afterNs;
    copy.#bursts = this.#bursts;
    copy.#runs = this.#runs;
    copy.#lostInBursts = this.#lostInBursts;
    copy.#packetsInBursts = this.#packetsInBursts;
    copy.#lostInGaps = this.#lostInGaps;
    copy.#burstNs = this.#burstNs;
    copy.#gapNs = this.#gapNs;
    copy.#burstEndNs = this.#burstEndNs;
    copy.#longestLoss = this.#longestLoss;
    copy.#longestLossNs = this.#longestLossNs;
    copy.#worst = [...this.#worst];
    return copy;
  }

  /** Ends the group at hand: the numbering begins anew, or nothing more will come. */
  #close(): void {
    if (this.#lost === 0) return;
    const packets = this.#last - this.#first + 1;
    if (this.#lost === 1) {
      this.#lostInGaps++;
    } else {
      this.#bursts++;
      this.#lostInBursts += this.#lost;
      this.#packetsInBursts += packets;
      this.#burstNs += Math.max(0, this.#afterNs - this.#beforeNs);
      if (this.#beforeNs > this.#burstEndNs) this.#gapNs += this.#beforeNs - this.#burstEndNs;
      this.#burstEndNs = this.#afterNs;
      this.#keep({ beforeNs: this.#beforeNs, afterNs: this.#afterNs, lost: this.#lost, packets });
    }
    this.#lost = 0;
  }

  #keep(burst: Burst): void {
    const worst = this.#worst;
    if (worst.length === WORST_KEPT && worst[WORST_KEPT - 1].lost >= burst.lost) return;
    worst.push(burst);
    worst.sort((a, b) => b.lost - a.lost);
    if (worst.length > WORST_KEPT) worst.pop();
  }

  /** Closes what is open and sums up. Nothing may be told after it: take a {@link copy} for a look in between. */
  finish(): BurstSummary {
    this.#close();
    return {
      bursts: this.#bursts,
      runs: this.#runs,
      lostInBursts: this.#lostInBursts,
      packetsInBursts: this.#packetsInBursts,
      lostInGaps: this.#lostInGaps,
      burstNs: this.#burstNs,
      gapNs: this.#gapNs,
      longestLoss: this.#longestLoss,
      longestLossNs: this.#longestLossNs,
      worst: this.#worst,
    };
  }

  /** The numbering begins anew: what comes is no neighbour of what was. */
  restart(): void {
    this.#close();
    this.#last = Number.NEGATIVE_INFINITY;
  }
}
