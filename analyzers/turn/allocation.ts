import type { FlowTable, Timestamp } from '../../captures/index.ts';
import type { TurnAllocationAnalysis } from '../analysis.ts';
import { durationMs } from '../duration.ts';
import type { TimeText } from '../time-text.ts';

const MOST_PERMISSIONS = 256;
const MOST_CHANNELS = 1024;
const MOST_ERROR_CODES = 32;

/** What a client asked of a TURN server on one 5-tuple, and got (RFC 8656, 3.2). */
export class Allocation {
  relayedAddress: string | null = null;
  mappedAddress: string | null = null;
  lifetimeSeconds: number | null = null;
  refreshes = 0;
  /** Addresses that may send to the relayed one, by CreatePermission. */
  readonly permissions = new Set<string>();
  /** Peer by channel number. */
  readonly channels = new Map<number, string>();
  readonly #flow: number;
  readonly #flowIsClient: boolean;
  #requestedTime: Timestamp | null = null;
  #allocatedTime: Timestamp | null = null;
  readonly #errors = new Map<number, { reason: string; count: number }>();

  /** @param flow on which it was first heard of. @param flowIsClient whether that goes from the client to the server. */
  constructor(flow: number, flowIsClient: boolean) {
    this.#flow = flow;
    this.#flowIsClient = flowIsClient;
  }

  requested(time: Timestamp): void {
    this.#requestedTime ??= time;
  }

  allocated(time: Timestamp): void {
    this.#allocatedTime ??= time;
  }

  permit(address: string): void {
    if (this.permissions.size < MOST_PERMISSIONS) this.permissions.add(address);
  }

  bind(channel: number, peer: string): void {
    if (this.channels.size < MOST_CHANNELS || this.channels.has(channel)) this.channels.set(channel, peer);
  }

  error(code: number, reason: string): void {
    const known = this.#errors.get(code);
    if (known !== undefined) known.count++;
    else if (this.#errors.size < MOST_ERROR_CODES) this.#errors.set(code, { reason, count: 1 });
  }

  report(flows: FlowTable, timeText: TimeText): TurnAllocationAnalysis {
    const requested = this.#requestedTime;
    const allocated = this.#allocatedTime;
    return {
      client: this.#flowIsClient ? flows.source(this.#flow) : flows.destination(this.#flow),
      server: this.#flowIsClient ? flows.destination(this.#flow) : flows.source(this.#flow),
      relayedAddress: this.relayedAddress,
      mappedAddress: this.mappedAddress,
      lifetimeSeconds: this.lifetimeSeconds,
      allocatedTime: allocated === null ? null : timeText(allocated),
      allocationMs: requested === null || allocated === null ? null : durationMs(requested, allocated),
      refreshes: this.refreshes,
      permissions: [...this.permissions],
      channels: [...this.channels].map(([number, peer]) => ({ number, peer })),
      errors: [...this.#errors].map(([code, { reason, count }]) => ({ code, reason, count })),
    };
  }
}
