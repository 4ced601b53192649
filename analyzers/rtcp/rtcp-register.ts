import type { FlowTable } from '../../captures/index.ts';
import { flowAffinity } from './flow-affinity.ts';
import { KeyTable } from './key-table.ts';
import type { ObservedLoss } from './observed-loss.ts';
import { Reception } from './reception.ts';
import { roundTripNs } from './report-times.ts';
import { RtcpSource } from './rtcp-source.ts';

const MOST_SOURCES = 65_536;
const MOST_RECEPTIONS = 65_536;
/** Flows on which one SSRC is looked for: an SFU's legs see the same SSRC on a few, made-up traffic on any number. */
const MOST_BY_SSRC = 64;
/** Receptions that remember which numbers were asked for, at 4 KiB each. */
const MOST_NACK_WINDOWS = 4096;

/** Which of its reports the far end answered: LSR speaks of sender reports, LRR of receiver reference times. */
export type AnsweredReport = 'sender-report' | 'reference-time';

/** Who speaks in RTCP, and who of whom. Bounded; what does not fit is counted in `leftOut`. */
export class RtcpRegister {
  readonly sources: RtcpSource[] = [];
  readonly receptions: Reception[] = [];
  leftOut = 0;
  readonly #flows: FlowTable;
  readonly #observed: ObservedLoss | null;
  readonly #sourceKeys: KeyTable;
  readonly #receptionKeys: KeyTable;
  readonly #sourcesBySsrc = new Map<number, RtcpSource[]>();
  readonly #receptionsBySsrc = new Map<number, Reception[]>();
  #nackWindows = 0;

  constructor(flows: FlowTable, observed: ObservedLoss | null = null) {
    this.#observed = observed;
    this.#flows = flows;
    this.#sourceKeys = new KeyTable(MOST_SOURCES, flows.hashSeed);
    this.#receptionKeys = new KeyTable(MOST_RECEPTIONS, flows.hashSeed);
  }

  /** The source, which is new where it was not known; null where there is no room for it. */
  source(flow: number, ssrc: number): RtcpSource | null {
    const number = this.#sourceKeys.intern(flow, ssrc, 0);
    if (number < 0) {
      this.leftOut++;
      return null;
    }
    if (number < this.sources.length) return this.sources[number];
    this.#flows.hold(flow);
    const source = new RtcpSource(flow, ssrc);
    this.sources.push(source);
    addBySsrc(this.#sourcesBySsrc, ssrc, source);
    return source;
  }

  /** @returns what {@link ObservedLoss.lostUpTo} says of the stream that is reported on. */
  observedLoss(reception: Reception, highestSequence: number): number {
    const observed = this.#observed;
    if (observed === null) return Number.NaN;
    // The media may begin after the reports: it is looked for again, and ever more rarely.
    if (reception.mediaRow < 0 && (reception.reports & (reception.reports - 1)) === 0) {
      reception.mediaRow = observed.rowOf(reception.mediaSsrc, reception.flow);
      if (reception.mediaRow >= 0) reception.mediaFlow = observed.flowOf(reception.mediaRow);
    }
    if (reception.mediaRow < 0) return Number.NaN;
    return observed.lostUpTo(reception.mediaRow, reception.mediaSsrc, highestSequence & 0xffff);
  }

  reception(flow: number, reporterSsrc: number, mediaSsrc: number): Reception | null {
    const number = this.#receptionKeys.intern(flow, reporterSsrc, mediaSsrc);
    if (number < 0) {
      this.leftOut++;
      return null;
    }
    if (number < this.receptions.length) return this.receptions[number];
    this.#flows.hold(flow);
    const reception = new Reception(flow, reporterSsrc, mediaSsrc);
    this.receptions.push(reception);
    addBySsrc(this.#receptionsBySsrc, mediaSsrc, reception);
    return reception;
  }

  findSource(flow: number, ssrc: number): RtcpSource | null {
    const number = this.#sourceKeys.find(flow, ssrc, 0);
    return number < 0 ? null : this.sources[number];
  }

  sourcesOf(ssrc: number): readonly RtcpSource[] {
    return this.#sourcesBySsrc.get(ssrc | 0) ?? [];
  }

  receptionsOf(mediaSsrc: number): readonly Reception[] {
    return this.#receptionsBySsrc.get(mediaSsrc | 0) ?? [];
  }

  nack(reception: Reception, sequenceNumbers: readonly number[]): void {
    const distinguish = reception.nacks > 0 || this.#nackWindows < MOST_NACK_WINDOWS;
    if (reception.nacks === 0 && distinguish) this.#nackWindows++;
    reception.nack(sequenceNumbers, distinguish);
  }

  /**
   * Counts the round trip that an answer tells. Where the report that it answers was seen on several flows (an SFU that
   * passes it on), the flow counts that the answer fits best.
   *
   * @param middle LSR or LRR. @param delay DLSR or DLRR.
   */
  answer(reception: Reception, report: AnsweredReport, middle: number, delay: number, arrivalNs: number): void {
    if (middle === 0) return;
    let reportNs = Number.NaN;
    let best = -1;
    for (const source of this.sourcesOf(reception.mediaSsrc)) {
      const times = report === 'sender-report' ? source.senderReportTimes : source.referenceTimes;
      const sentNs = times?.arrivalOf(middle) ?? Number.NaN;
      if (Number.isNaN(sentNs)) continue;
      const affinity = flowAffinity(this.#flows, source.flow, reception.flow);
      if (affinity <= best) continue;
      best = affinity;
      reportNs = sentNs;
    }
    if (best >= 0) reception.roundTrip(roundTripNs(reportNs, arrivalNs, delay));
  }
}

function addBySsrc<T>(bySsrc: Map<number, T[]>, ssrc: number, value: T): void {
  // As a signed number a key is a small integer to the engine, and looking it up allocates nothing.
  const known = bySsrc.get(ssrc | 0);
  if (known === undefined) bySsrc.set(ssrc | 0, [value]);
  else if (known.length < MOST_BY_SSRC) known.push(value);
}
