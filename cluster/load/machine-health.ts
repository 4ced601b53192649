import { readFileSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Whether the machine that plays the participants kept up: what it did not read in time is no loss of the network. */
export interface MachineHealth {
  /**
   * Datagrams that came to a full receive buffer while the load ran, of all programs in the network namespace (Linux's
   * `RcvbufErrors`); null where the system does not tell.
   */
  readonly receiveBufferErrors: number | null;
  /** How late the event loop of the load was, 99 % of the time less. */
  readonly eventLoopDelayP99Ms: number;
}

/** @param snmp the text of /proc/net/snmp @returns null where it is not in it */
export function receiveBufferErrorsOf(snmp: string): number | null {
  const [names, values] = snmp.split('\n').filter((line) => line.startsWith('Udp: '));
  const at = (names ?? '').split(' ').indexOf('RcvbufErrors');
  const count = Number(values?.split(' ')[at]);
  return at > 0 && Number.isSafeInteger(count) ? count : null;
}

function receiveBufferErrors(): number | null {
  try {
    return receiveBufferErrorsOf(readFileSync('/proc/net/snmp', 'latin1'));
  } catch {
    return null;
  }
}

/** From when it is made until {@link take}. */
export class MachineWatch {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });
  readonly #before = receiveBufferErrors();

  constructor() {
    this.#delay.enable();
  }

  take(): MachineHealth {
    this.#delay.disable();
    const now = receiveBufferErrors();
    const p99 = this.#delay.percentile(99) / 1e6;
    return {
      receiveBufferErrors: now === null || this.#before === null ? null : now - this.#before,
      // The histogram counts the interval of its own timer in.
      eventLoopDelayP99Ms: Number.isFinite(p99) ? Math.max(0, p99 - 10) : 0,
    };
  }
}
