import type { FlowTable, Timestamp } from '../../captures/index.ts';
import type { ReportedReception, RtcpReceptionAnalysis } from '../analysis.ts';
import type { LossComparison } from './loss-side.ts';
import { NackWindow } from './nack-window.ts';
import type { ReportBlock } from './report-block.ts';
import type { XrVoipMetrics } from './xr-voip-metrics.ts';

/** RFC 3550, A.1, MAX_DROPOUT and its kin: further back than this is a new beginning, not an old report. */
const RESTART_DISTANCE = 3000;

/** What a reception report said of the stream so far, and when it passed the capture point. */
export interface ReportedState {
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  readonly time: Timestamp;
}

/** What the reports of one receiver say of the stretch between the first and the last of them. */
export interface ReportedInterval {
  readonly lost: number;
  /** Sequence numbers passed, received or not. */
  readonly expected: number;
  readonly from: ReportedState;
  readonly to: ReportedState;
}

interface ObservedState {
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  readonly observedLost: number;
}

/** What one SSRC says on one flow of another's stream. */
export class Reception {
  readonly flow: number;
  readonly reporterSsrc: number;
  readonly mediaSsrc: number;
  reports = 0;
  first: ReportedState | null = null;
  last: ReportedState | null = null;
  /** Round trips that contradicted the clocks, hence not counted. */
  roundTripsRefused = 0;
  nacks = 0;
  nackedPackets = 0;
  plis = 0;
  firs = 0;
  feedbackPackets = 0;
  feedbackLost = 0;
  /** The last of its VoIP metrics (RFC 3611, 4.7). */
  voipMetrics: XrVoipMetrics | null = null;

  /** Row and flow of the stream as it passed here, -1 while it is not known. */
  mediaRow = -1;
  mediaFlow = -1;
  #observedFrom: ObservedState | null = null;
  #observedTo: ObservedState | null = null;
  #fractionSum = 0;
  #fractionMax = 0;
  #jitterSum = 0;
  #jitterMax = 0;
  #roundTrips = 0;
  #roundTripSumNs = 0;
  #roundTripMinNs = Number.POSITIVE_INFINITY;
  #roundTripMaxNs = 0;
  #nackWindow: NackWindow | null = null;

  constructor(flow: number, reporterSsrc: number, mediaSsrc: number) {
    this.flow = flow;
    this.reporterSsrc = reporterSsrc;
    this.mediaSsrc = mediaSsrc;
  }

  /** @param observedLost of the packets up to the report's highest number, how many had not passed here; NaN: not known. */
  report(block: ReportBlock, time: Timestamp, observedLost = Number.NaN): void {
    this.reports++;
    this.#fractionSum += block.fractionLost / 256;
    this.#fractionMax = Math.max(this.#fractionMax, block.fractionLost / 256);
    this.#jitterSum += block.jitter;
    this.#jitterMax = Math.max(this.#jitterMax, block.jitter);
    // Modulo 2^32: the cycles in the high half wrap as the number below them does.
    const advance = this.last === null ? 0 : (block.highestSequence - this.last.highestSequence) | 0;
    if (advance < 0 && advance > -RESTART_DISTANCE) return;
    this.last = { cumulativeLost: block.cumulativeLost, highestSequence: block.highestSequence, time };
    if (this.first === null || advance < 0) this.first = this.last;
    if (Number.isNaN(observedLost)) return;
    const state = { cumulativeLost: block.cumulativeLost, highestSequence: block.highestSequence, observedLost };
    if (this.#observedFrom === null || advance < 0) this.#observedFrom = state;
    this.#observedTo = state;
  }

  /** @param roundTripNs NaN is counted as refused. */
  roundTrip(roundTripNs: number): void {
    if (Number.isNaN(roundTripNs)) {
      this.roundTripsRefused++;
      return;
    }
    this.#roundTrips++;
    this.#roundTripSumNs += roundTripNs;
    this.#roundTripMinNs = Math.min(this.#roundTripMinNs, roundTripNs);
    this.#roundTripMaxNs = Math.max(this.#roundTripMaxNs, roundTripNs);
  }

  /** Adds number and sum (ns) of its round trips. */
  addRoundTrips(into: Float64Array): void {
    into[0] += this.#roundTrips;
    into[1] += this.#roundTripSumNs;
  }

  /** @param distinguish whether to remember the numbers, so that those asked for again are not counted again. */
  nack(sequenceNumbers: readonly number[], distinguish: boolean): void {
    this.nacks++;
    if (this.#nackWindow === null && distinguish) this.#nackWindow = new NackWindow();
    const window = this.#nackWindow;
    for (const sequenceNumber of sequenceNumbers) {
      if (window === null || window.add(sequenceNumber)) this.nackedPackets++;
    }
  }

  /** @returns null below two reports. */
  interval(): ReportedInterval | null {
    const { first, last } = this;
    if (first === null || last === null || first === last) return null;
    return {
      lost: last.cumulativeLost - first.cumulativeLost,
      expected: (last.highestSequence - first.highestSequence) >>> 0,
      from: first,
      to: last,
    };
  }

  /** The same numbers as the receiver and as the capture missed them, from the first to the last of its reports; null below two. */
  comparison(): LossComparison | null {
    const from = this.#observedFrom;
    const to = this.#observedTo;
    if (from === null || to === null || from === to) return null;
    const expected = (to.highestSequence - from.highestSequence) >>> 0;
    return {
      observedLost: to.observedLost - from.observedLost,
      observedExpected: expected,
      reportedLost: to.cumulativeLost - from.cumulativeLost,
      reportedExpected: expected,
    };
  }

  analysis(flows: FlowTable): RtcpReceptionAnalysis {
    const { reports } = this;
    return {
      source: flows.source(this.flow),
      destination: flows.destination(this.flow),
      reporterSsrc: this.reporterSsrc,
      mediaSsrc: this.mediaSsrc,
      reports,
      lost: this.last?.cumulativeLost ?? null,
      highestSequence: this.last?.highestSequence ?? null,
      fractionLost: reports === 0 ? null : this.#fractionLost(),
      jitterUnits: reports === 0 ? null : { mean: this.#jitterSum / reports, max: this.#jitterMax },
      roundTripMs: this.#roundTripMs(),
      nacks: this.nacks,
      nackedPackets: this.nackedPackets,
      plis: this.plis,
      firs: this.firs,
      feedbackPackets: this.feedbackPackets,
      feedbackLost: this.feedbackLost,
    };
  }

  /**
   * @param clockRate the stream's, in Hz, null where it is not known.
   * @returns null where it never sent a reception report.
   */
  reported(clockRate: number | null): ReportedReception | null {
    if (this.last === null) return null;
    const toMs = clockRate === null || clockRate <= 0 ? null : 1000 / clockRate;
    return {
      by: this.reporterSsrc,
      reports: this.reports,
      lost: this.last.cumulativeLost,
      fractionLost: this.#fractionLost(),
      jitterMs: toMs === null ? null : { mean: (this.#jitterSum / this.reports) * toMs, max: this.#jitterMax * toMs },
      roundTripMs: this.#roundTripMs(),
    };
  }

  #fractionLost() {
    return { mean: this.#fractionSum / this.reports, max: this.#fractionMax };
  }

  #roundTripMs() {
    if (this.#roundTrips === 0) return null;
    return {
      min: this.#roundTripMinNs / 1e6,
      mean: this.#roundTripSumNs / this.#roundTrips / 1e6,
      max: this.#roundTripMaxNs / 1e6,
    };
  }
}
