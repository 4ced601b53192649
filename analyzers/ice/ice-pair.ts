import { elapsedNs, type FlowTable, type Timestamp } from '../../captures/index.ts';
import type { IcePairAnalysis } from '../analysis.ts';
import type { TimeText } from '../time-text.ts';
import { transportName } from '../transport-name.ts';

const MOST_FRAGMENTS = 8;
const MOST_SOFTWARE = 4;

/** Checks of one end and how they were answered, since nomination. */
class Consent {
  lastAnswer: Timestamp | null = null;
  lastCheck: Timestamp | null = null;
  longestGapNs = 0;

  answered(time: Timestamp): void {
    this.#gap(time);
    this.lastAnswer = time;
  }

  /** The longest gap, with the one that is still open where checks go on without an answer. */
  longestNs(): number {
    const { lastAnswer, lastCheck } = this;
    const open = lastAnswer === null || lastCheck === null ? 0 : elapsedNs(lastAnswer, lastCheck);
    return Math.max(this.longestGapNs, open);
  }

  #gap(time: Timestamp): void {
    if (this.lastAnswer !== null) this.longestGapNs = Math.max(this.longestGapNs, elapsedNs(this.lastAnswer, time));
  }
}

/** A candidate pair: what went by between two addresses (RFC 8445, 6.1.2). `a` is the source of its first message. */
export class IcePair {
  checks = 0;
  responses = 0;
  retransmissions = 0;
  errors = 0;
  consentChecks = 0;
  readonly #flow: number;
  readonly #firstTime: Timestamp;
  #firstSuccessTime: Timestamp | null = null;
  #nominatedTime: Timestamp | null = null;
  #controllingIsA: boolean | null = null;
  #roundTrips = 0;
  #roundTripSumNs = 0;
  #roundTripMinNs = Number.POSITIVE_INFINITY;
  #roundTripMaxNs = 0;
  readonly #consentOfA = new Consent();
  readonly #consentOfB = new Consent();
  readonly #fragments = new Set<string>();
  readonly #software = new Set<string>();

  constructor(flow: number, firstTime: Timestamp) {
    this.#flow = flow;
    this.#firstTime = firstTime;
  }

  check(flow: number, time: Timestamp): void {
    this.checks++;
    if (this.#nominatedTime === null) return;
    this.consentChecks++;
    const consent = this.#consentOf(flow === this.#flow);
    // Who was silent at nomination begins to be measured with its first check.
    consent.lastAnswer ??= time;
    consent.lastCheck = time;
  }

  /** ICE-CONTROLLING or ICE-CONTROLLED in a request on `flow`. */
  role(flow: number, controlling: boolean): void {
    this.#controllingIsA = (flow === this.#flow) === controlling;
  }

  /**
   * A check was answered.
   *
   * @param flow of the response.
   * @param requestTime null where the request was not seen, or was sent more than once: which of them the response
   * answers is then not known (Karn's algorithm; RFC 8489, 6.2.1).
   */
  success(flow: number, time: Timestamp, requestTime: Timestamp | null, nominates: boolean): void {
    this.responses++;
    this.#firstSuccessTime ??= time;
    const byA = flow !== this.#flow;
    if (this.#nominatedTime !== null) {
      this.#consentOf(byA).answered(time);
    } else if (nominates) {
      this.#nominatedTime = time;
      this.#consentOf(byA).answered(time);
    }
    const roundTripNs = requestTime === null ? -1 : elapsedNs(requestTime, time);
    if (roundTripNs < 0) return;
    this.#roundTrips++;
    this.#roundTripSumNs += roundTripNs;
    this.#roundTripMinNs = Math.min(this.#roundTripMinNs, roundTripNs);
    this.#roundTripMaxNs = Math.max(this.#roundTripMaxNs, roundTripNs);
  }

  /** USERNAME of a check: the fragments of both ends with a colon between (RFC 8445, 7.2.2). */
  username(username: string): void {
    const colon = username.indexOf(':');
    const fragments = colon < 0 ? [username] : [username.slice(0, colon), username.slice(colon + 1)];
    for (const fragment of fragments) {
      if (fragment !== '' && this.#fragments.size < MOST_FRAGMENTS) this.#fragments.add(fragment);
    }
  }

  software(name: string): void {
    if (name !== '' && this.#software.size < MOST_SOFTWARE) this.#software.add(name);
  }

  /** Adds number and sum (ns) of its round trips. */
  addRoundTrips(into: Float64Array): void {
    into[0] += this.#roundTrips;
    into[1] += this.#roundTripSumNs;
  }

  report(flows: FlowTable, timeText: TimeText): IcePairAnalysis {
    const text = (time: Timestamp | null) => (time === null ? null : timeText(time));
    const controllingIsA = this.#controllingIsA;
    return {
      a: flows.source(this.#flow),
      b: flows.destination(this.#flow),
      transport: transportName(flows.transport(this.#flow)),
      relayedPeer: flows.relayedPeer(this.#flow),
      controlling: controllingIsA === null ? null : controllingIsA ? 'a' : 'b',
      checks: this.checks,
      responses: this.responses,
      retransmissions: this.retransmissions,
      errors: this.errors,
      roundTripMs:
        this.#roundTrips === 0
          ? null
          : {
              min: this.#roundTripMinNs / 1e6,
              mean: this.#roundTripSumNs / this.#roundTrips / 1e6,
              max: this.#roundTripMaxNs / 1e6,
            },
      firstCheckTime: timeText(this.#firstTime),
      firstSuccessTime: text(this.#firstSuccessTime),
      nominatedTime: text(this.#nominatedTime),
      consentChecks: this.consentChecks,
      longestConsentGapMs:
        this.consentChecks === 0 ? null : Math.max(this.#consentOfA.longestNs(), this.#consentOfB.longestNs()) / 1e6,
      usernameFragments: [...this.#fragments],
      software: [...this.#software],
    };
  }

  #consentOf(a: boolean): Consent {
    return a ? this.#consentOfA : this.#consentOfB;
  }
}
