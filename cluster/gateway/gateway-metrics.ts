import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Conference } from './conference.ts';

/** What `/metrics` of a gateway tells. */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly joins = this.#counter('joins_total', 'Participants that joined, by way in', ['way']);
  readonly refusals = this.#counter('refusals_total', 'Requests and messages refused, by code', ['code']);
  readonly moves = this.#counter('moves_total', 'Participants sent to another SFU, by reason', ['reason']);
  readonly requests = this.#counter('http_requests_total', 'HTTP requests, by route and status', ['route', 'status']);
  readonly offerSeconds = new Histogram({
    name: 'rtcscope_gateway_offer_seconds',
    help: 'Time from an offer to its answer',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [this.registry],
  });

  /** Begins to show the state of a conference. */
  show(conference: Conference, sockets: () => number): void {
    collectDefaultMetrics({ register: this.registry });
    this.#gauge('rooms', 'Rooms', () => conference.rooms.size);
    this.#gauge('participants', 'Participants of all rooms', () => conference.participants);
    this.#gauge('sockets', 'Open signalling WebSockets', sockets);
    const states = (state: string) => [...conference.links.values()].filter(({ status }) => stateOf(status) === state);
    new Gauge({
      name: 'rtcscope_gateway_sfus',
      help: 'SFUs by state',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        for (const state of ['ready', 'overloaded', 'draining', 'lost']) this.set({ state }, states(state).length);
      },
    });
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name: `rtcscope_gateway_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name: `rtcscope_gateway_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }
}

const stateOf = (status: { readonly state: string } | null): string => status?.state ?? 'lost';
