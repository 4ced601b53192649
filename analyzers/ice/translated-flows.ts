import { type Datagram, elapsedNs, type FlowTable, type Timestamp } from '../../captures/index.ts';
import { FlowPairColumn } from '../flow-pair-column.ts';
import { RecentMap } from '../recent-map.ts';

/** Requests remembered, in each of two generations. */
const MOST_REQUESTS = 8192;
const MOST_TRANSLATIONS = 20_000;
/** Two sights of one packet are no further apart, clocks of two captures that were set right included. */
const LATEST_SIGHT_NS = 250e6;
/** Of one alone it might be said that its identifier is none: by chance no two of 96 random bits are the same (RFC 8489, section 5). */
const LEAST_REQUESTS = 2;
const UNKNOWN = -1;

interface Sight {
  readonly flow: number;
  readonly time: Timestamp;
}

/**
 * Pairs of flows that are the same packets before and after an address translation (RFC 3022), as where a port of a node leads to a pod
 * and both are captured: one of the two addresses differs, and so the packet of the other side is no copy of the same flow. STUN requests
 * tell: they go through with their transaction identifier unchanged.
 */
export class TranslatedFlows {
  readonly #flows: FlowTable;
  readonly #requests = new RecentMap<Sight>(MOST_REQUESTS);
  /** Of a pair the flow, seen first, that it is a translation of: once that is sure. */
  readonly #firstOf: FlowPairColumn;
  /** Requests that two pairs had in common, by both. */
  readonly #shared = new RecentMap<{ count: number; lastId: string }>(MOST_REQUESTS);
  #count = 0;

  constructor(flows: FlowTable) {
    this.#flows = flows;
    this.#firstOf = new FlowPairColumn(flows);
  }

  get any(): boolean {
    return this.#count > 0;
  }

  /** Takes a STUN request. */
  request({ flow, seconds, nanoseconds }: Datagram, transactionId: string): void {
    const time = { seconds, nanoseconds };
    const known = this.#requests.get(transactionId);
    if (known === undefined || Math.abs(elapsedNs(known.time, time)) > LATEST_SIGHT_NS) {
      this.#requests.set(transactionId, { flow, time });
      return;
    }
    const first = known.flow;
    if (first === flow || this.#count >= MOST_TRANSLATIONS || !this.#sharesOneEnd(first, flow)) return;
    if (this.#firstOf.get(flow) !== UNKNOWN || this.#firstOf.get(first) !== UNKNOWN) return;
    const flows = this.#flows;
    const key = `${flows.source(first)} ${flows.destination(first)} ${flows.source(flow)} ${flows.destination(flow)}`;
    const shared = this.#shared.get(key) ?? { count: 0, lastId: '' };
    if (shared.lastId === transactionId) return;
    shared.count++;
    shared.lastId = transactionId;
    this.#shared.set(key, shared);
    if (shared.count < LEAST_REQUESTS) return;
    // For good: streams are looked up by these when all is over.
    flows.hold(first);
    flows.hold(flow);
    this.#firstOf.set(flow, first);
    this.#count++;
  }

  /** The flow, seen first, that has the packets of this one before or after translation; -1 where it is none of such a pair. */
  firstOf(flow: number): number {
    const first = this.#firstOf.get(flow);
    if (first === UNKNOWN) return UNKNOWN;
    if (this.#sharesOneEnd(first, flow)) return first;
    const reverse = this.#flows.reverseOf(first);
    return reverse >= 0 && this.#sharesOneEnd(reverse, flow) ? reverse : UNKNOWN;
  }

  /** Whether both come from, or both go to, the same address and port, and not both. */
  #sharesOneEnd(a: number, b: number): boolean {
    const flows = this.#flows;
    if (flows.transport(a) !== flows.transport(b)) return false;
    return (flows.source(a) === flows.source(b)) !== (flows.destination(a) === flows.destination(b));
  }
}
