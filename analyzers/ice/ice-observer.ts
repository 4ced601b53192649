import type { Datagram, FlowTable, Timestamp } from '../../captures/index.ts';
import type { IceAnalysis } from '../analysis.ts';
import { FlowPairColumn } from '../flow-pair-column.ts';
import type { TimeText } from '../time-text.ts';
import { IcePair } from './ice-pair.ts';
import { StunAttribute } from './stun-attribute-type.ts';
import { decodeStunMessage, isStun, type StunMessage, stunAttribute } from './stun-message.ts';
import { StunTransactions } from './stun-transactions.ts';
import { isDataOrSend, StunMethod } from './stun-type.ts';
import { decodeStunError, decodeStunText } from './stun-values.ts';
import { TranslatedFlows } from './translated-flows.ts';

const MOST_PAIRS = 20_000;
const MOST_ERROR_CODES = 64;
/** Stands in the column of pairs for one that is not kept. */
const LEFT_OUT = 0x7fffffff;

/** Follows the STUN transactions of a capture, and among them the connectivity checks of ICE (RFC 8445). */
export class IceObserver {
  readonly #flows: FlowTable;
  readonly #onCheck: (flow: number, username: string) => void;
  readonly #transactions = new StunTransactions();
  /** Pairs of flows that are the same before and after an address translation. */
  readonly translated: TranslatedFlows;
  /** Numbers each pair of flows that had STUN, for the keys of transactions. */
  readonly #numberOf: FlowPairColumn;
  readonly #pairOf: FlowPairColumn;
  readonly #pairs: IcePair[] = [];
  readonly #errors = new Map<number, { reason: string; count: number }>();
  #numbers = 0;
  #messages = 0;
  #leftOut = 0;

  /** @param onCheck told of each check that has a USERNAME: it ties session descriptions to addresses. */
  constructor(flows: FlowTable, onCheck: (flow: number, username: string) => void = () => {}) {
    this.#flows = flows;
    this.#onCheck = onCheck;
    this.translated = new TranslatedFlows(flows);
    this.#numberOf = new FlowPairColumn(flows);
    this.#pairOf = new FlowPairColumn(flows);
  }

  isStun(datagram: Datagram): boolean {
    return isStun(datagram.bytes, datagram.offset, datagram.length, datagram.capturedLength);
  }

  /** Takes a datagram for which `isStun` holds. */
  message(datagram: Datagram): void {
    // Media may go by these (TURN): they are counted and no more.
    if (isDataOrSend(datagram.bytes, datagram.offset)) {
      this.#messages++;
      return;
    }
    const message = decodeStunMessage(datagram.bytes, datagram.offset, datagram.length, datagram.capturedLength);
    if (typeof message === 'string') return;
    if (message.class === 'indication') this.#messages++;
    else if (message.class === 'request') this.#request(datagram, message);
    else this.#response(datagram, message);
  }

  addRoundTrips(into: Float64Array): void {
    for (const pair of this.#pairs) pair.addRoundTrips(into);
  }

  report(timeText: TimeText): IceAnalysis {
    return {
      messages: this.#messages,
      transactions: this.#transactions.count,
      unanswered: this.#transactions.unanswered,
      retransmissions: this.#transactions.retransmissions,
      errors: [...this.#errors].map(([code, { reason, count }]) => ({ code, reason, count })),
      pairs: this.#pairs.map((pair) => pair.report(this.#flows, timeText)),
      pairsLeftOut: this.#leftOut,
    };
  }

  #request(datagram: Datagram, message: StunMessage): void {
    const { flow } = datagram;
    const nominates = stunAttribute(message, StunAttribute.useCandidate) !== null;
    const kind = this.#transactions.request(this.#key(flow, message), datagram, nominates);
    if (kind === 'copy') return;
    this.translated.request(datagram, message.transactionId);
    this.#messages++;
    const pair = isCheck(message) ? this.#pair(datagram) : this.#knownPair(flow, message);
    if (pair === null) return;
    if (kind === 'retransmission') {
      pair.retransmissions++;
      return;
    }
    pair.check(flow, timeOf(datagram));
    const username = stunAttribute(message, StunAttribute.username);
    if (username !== null) {
      const text = decodeStunText(username);
      pair.username(text);
      this.#onCheck(flow, text);
    }
    if (stunAttribute(message, StunAttribute.iceControlling) !== null) pair.role(flow, true);
    else if (stunAttribute(message, StunAttribute.iceControlled) !== null) pair.role(flow, false);
    noteSoftware(pair, message);
  }

  #response(datagram: Datagram, message: StunMessage): void {
    const { flow } = datagram;
    const transaction = this.#transactions.response(this.#key(flow, message), datagram, message.type);
    if (transaction === 'copy') return;
    this.#messages++;
    // A request that was sent again is answered again: the first answer counts.
    if (transaction === 'repeated') return;
    if (message.class === 'error' && message.method === StunMethod.binding) this.#error(message);
    const alone = transaction.requestTime === null && message.method === StunMethod.binding;
    // A server of STUN answers without integrity: where its request was not seen, that tells a check's response.
    const pair =
      alone && stunAttribute(message, StunAttribute.messageIntegrity) !== null
        ? this.#pair(datagram)
        : this.#knownPair(flow, message);
    if (pair === null) return;
    noteSoftware(pair, message);
    if (message.class === 'error') {
      pair.errors++;
      return;
    }
    const requestTime = transaction.retransmitted ? null : transaction.requestTime;
    pair.success(flow, timeOf(datagram), requestTime, transaction.nominates);
  }

  #error(message: StunMessage): void {
    const value = stunAttribute(message, StunAttribute.errorCode);
    const error = value === null ? null : decodeStunError(value);
    if (error === null) return;
    const known = this.#errors.get(error.code);
    if (known !== undefined) known.count++;
    else if (this.#errors.size < MOST_ERROR_CODES) this.#errors.set(error.code, { reason: error.reason, count: 1 });
  }

  #key(flow: number, message: StunMessage): string {
    let number = this.#numberOf.get(flow);
    if (number < 0) {
      number = this.#numbers++;
      this.#numberOf.set(flow, number);
    }
    return `${number}:${message.transactionId}`;
  }

  /** The pair of a message that is no check by itself: one without attributes on a pair that had checks is one. */
  #knownPair(flow: number, message: StunMessage): IcePair | null {
    if (message.method !== StunMethod.binding && message.method !== StunMethod.googPing) return null;
    return this.#pairs[this.#pairOf.get(flow)] ?? null;
  }

  #pair(datagram: Datagram): IcePair | null {
    const { flow } = datagram;
    const number = this.#pairOf.get(flow);
    if (number >= 0) return this.#pairs[number] ?? null;
    if (this.#pairs.length >= MOST_PAIRS) {
      this.#leftOut++;
      this.#pairOf.set(flow, LEFT_OUT);
      return null;
    }
    this.#flows.hold(flow);
    const pair = new IcePair(flow, timeOf(datagram));
    this.#pairOf.set(flow, this.#pairs.push(pair) - 1);
    return pair;
  }
}

/** A Binding request as ICE sends it (RFC 8445, 7.1 and 7.2.2); one to a STUN server has none of these. */
function isCheck(message: StunMessage): boolean {
  return (
    message.method === StunMethod.binding &&
    (stunAttribute(message, StunAttribute.username) !== null ||
      stunAttribute(message, StunAttribute.priority) !== null ||
      stunAttribute(message, StunAttribute.iceControlling) !== null ||
      stunAttribute(message, StunAttribute.iceControlled) !== null)
  );
}

function noteSoftware(pair: IcePair, message: StunMessage): void {
  const software = stunAttribute(message, StunAttribute.software);
  if (software !== null) pair.software(decodeStunText(software));
}

function timeOf(datagram: Datagram): Timestamp {
  return { seconds: datagram.seconds, nanoseconds: datagram.nanoseconds };
}
