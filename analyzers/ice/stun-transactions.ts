import { type Datagram, elapsedNs, type Timestamp } from '../../captures/index.ts';
import { RecentMap } from '../recent-map.ts';

/** Transactions that wait for a response or have just had it, in each of two generations. */
const MOST_TRANSACTIONS = 32_768;
/** Before this a request is not sent again (RFC 8489, 6.2.1), hence has not gone unanswered. */
const FIRST_TIMEOUT_NS = 500e6;
/**
 * The same message again within this time is a copy, made by the network or seen by the capture at another point:
 * retransmission timers are 50 ms at the least (RFC 8445, 14.3).
 */
const LATEST_COPY_NS = 20e6;

/** What a request began. */
export interface StunTransaction {
  /** Null where only the response was seen. */
  readonly requestTime: Timestamp | null;
  readonly observationPoint: number;
  /** USE-CANDIDATE was in the request. */
  readonly nominates: boolean;
  retransmitted: boolean;
  /** The first response, null before it. */
  answer: { readonly time: Timestamp; readonly observationPoint: number; readonly type: number } | null;
}

export type RequestKind = 'first' | 'retransmission' | 'copy';

/** The transactions of a capture by their pair of flows and transaction id. */
export class StunTransactions {
  /** Transactions seen, by their request or, where that is missing, their response. */
  count = 0;
  retransmissions = 0;
  readonly #recent = new RecentMap<StunTransaction>(MOST_TRANSACTIONS);
  #forgottenUnanswered = 0;
  #latest: Timestamp | null = null;

  request(key: string, datagram: Datagram, nominates: boolean): RequestKind {
    const time = this.#at(datagram);
    const known = this.#recent.get(key);
    if (known === undefined) {
      this.#add(key, time, datagram.observationPoint, nominates);
      return 'first';
    }
    const { requestTime } = known;
    if (requestTime === null || known.observationPoint !== datagram.observationPoint) return 'copy';
    if (elapsedNs(requestTime, time) < LATEST_COPY_NS) return 'copy';
    known.retransmitted = true;
    this.retransmissions++;
    return 'retransmission';
  }

  /** @returns the transaction that this response is the first to answer, or that it says the same again. */
  response(key: string, datagram: Datagram, type: number): StunTransaction | 'repeated' | 'copy' {
    const time = this.#at(datagram);
    const { observationPoint } = datagram;
    const transaction = this.#recent.get(key) ?? this.#add(key, null, observationPoint, false);
    const { answer } = transaction;
    if (answer === null) {
      transaction.answer = { time, observationPoint, type };
      return transaction;
    }
    if (answer.observationPoint !== observationPoint) return 'copy';
    return answer.type === type && elapsedNs(answer.time, time) < LATEST_COPY_NS ? 'copy' : 'repeated';
  }

  /** Requests without a response, those left out that are too young to miss it. */
  get unanswered(): number {
    let count = this.#forgottenUnanswered;
    for (const { requestTime, answer } of this.#recent.values()) {
      if (answer !== null || requestTime === null || this.#latest === null) continue;
      if (elapsedNs(requestTime, this.#latest) >= FIRST_TIMEOUT_NS) count++;
    }
    return count;
  }

  #add(key: string, requestTime: Timestamp | null, observationPoint: number, nominates: boolean): StunTransaction {
    this.count++;
    const transaction: StunTransaction = {
      requestTime,
      observationPoint,
      nominates,
      retransmitted: false,
      answer: null,
    };
    for (const forgotten of this.#recent.set(key, transaction) ?? []) {
      if (forgotten.answer === null && forgotten.requestTime !== null) this.#forgottenUnanswered++;
    }
    return transaction;
  }

  #at(datagram: Datagram): Timestamp {
    const time = { seconds: datagram.seconds, nanoseconds: datagram.nanoseconds };
    if (this.#latest === null || elapsedNs(this.#latest, time) > 0) this.#latest = time;
    return time;
  }
}
