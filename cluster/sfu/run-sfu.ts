import { ControlServer } from './control/control-server.ts';
import { HealthServer } from './health/health-server.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { Sfu, type SfuOptions } from './sfu.ts';

export interface Endpoint {
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
}

export interface RunSfuOptions extends SfuOptions {
  readonly control: Endpoint;
  /** Null for none. */
  readonly health: Endpoint | null;
  readonly secret: string;
  readonly graceMs: number;
}

/** What a started SFU says of itself, once it is ready. */
export interface RunningSfu {
  readonly announcement: {
    readonly id: string;
    readonly control: string;
    readonly health: string | null;
    readonly media: { readonly address: string; readonly udpPort: number; readonly tcpPort: number };
    readonly pid: number;
  };
  /** Takes nobody new, waits for those who are here, and ends. May be called again, and then waits for the same. */
  drain(): Promise<void>;
  /** Resolved when it ended. */
  readonly ended: Promise<void>;
}

/**
 * Runs an SFU with its control and health interfaces in this process.
 *
 * @throws where an address or a port cannot be had.
 */
export async function runSfu(options: RunSfuOptions): Promise<RunningSfu> {
  const log: Log = options.log;
  const sfu = await Sfu.start(options);
  let drained: Promise<void> | null = null;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const drain = () => {
    drained ??= (async () => {
      log.info('drains', { participants: sfu.participantCount });
      health?.server.setReady(false);
      await sfu.drain(options.graceMs);
      await sfu.taps.close();
      control.close();
      sfu.close();
      await health?.server.close();
      log.info('ended');
      end();
    })();
    return drained;
  };
  const control = new ControlServer(sfu, { ...options.control, secret: options.secret, log, drain });
  let health: { server: HealthServer; port: number } | null = null;
  try {
    await control.open();
    if (options.health !== null) {
      const registry = createMetrics(sfu);
      health = await HealthServer.start(options.health.host, options.health.port, () => registry.metrics());
      health.server.setReady(true);
    }
  } catch (error) {
    sfu.close();
    control.close();
    throw error;
  }
  const url = ({ host }: Endpoint, port: number) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    announcement: {
      id: options.id,
      control: url(options.control, control.port),
      health: options.health === null || health === null ? null : url(options.health, health.port),
      media: sfu.media,
      pid: process.pid,
    },
    drain,
    ended,
  };
}
