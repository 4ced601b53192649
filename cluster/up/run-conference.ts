import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import { parseBody, type SfuStatus, sfuStatus } from '../signalling/control-messages.ts';
import { isRefusal } from '../signalling/shape.ts';
import { type Child, startChild } from './child.ts';

export interface UpOptions {
  /** The main file of this program, which the children run as well. */
  readonly program: string;
  readonly sfus: number;
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly open: boolean;
  /** What the gateway is told besides. */
  readonly gatewayArguments: readonly string[];
  readonly onWarning: (text: string) => void;
  /** Ends the start before its end. */
  readonly signal: AbortSignal;
}

/** What scripts read: one line of JSON. */
export interface UpReport {
  readonly url: string;
  readonly sfus: readonly {
    readonly id: string;
    readonly address: string;
    readonly media: string;
    /** Address of its control interface. */
    readonly control: string;
    /** Address of its health interface, with `/metrics`. */
    readonly health: string;
    readonly pid: number;
  }[];
}

export interface RunningConference {
  readonly report: UpReport;
  /** Resolves when the gateway ended by itself. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const READY_MS = 30_000;
const FIRST_HOST_NUMBER = 11;

/** Starts a gateway and SFUs as child processes; resolves once all are ready. @throws Error where one does not come up. */
export async function runConference(options: UpOptions): Promise<RunningConference> {
  const children: Child[] = [];
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    await Promise.all(children.map((child) => child.stop()));
  };
  const failure = new AbortController();
  options.signal.addEventListener('abort', () => failure.abort(new Error('it was told to stop')));
  const start = (name: string, command: readonly string[], onLine: (line: string) => void = () => {}) => {
    const child = startChild(name, [options.program, ...command], { RTCSCOPE_CONTROL_SECRET: controlSecret }, onLine);
    child.process.on('exit', (status, signal) => {
      if (isStopping) return;
      const how = signal === null ? `with status ${status}` : `by ${signal}`;
      failure.abort(new Error(`${name} ended ${how}`));
      options.onWarning(`${name} (process ${child.pid}) ended ${how}; it is not started again`);
    });
    children.push(child);
    return child;
  };
  const controlSecret = process.env['RTCSCOPE_CONTROL_SECRET'] ?? randomBytes(32).toString('base64url');
  try {
    const sfus: { child: Child; address: string; controlUrl: string; healthUrl: string }[] = [];
    for (let index = 0; index < options.sfus; index++) {
      const address = `127.0.0.${FIRST_HOST_NUMBER + index}`;
      const control = `${address}:${await freePort(address)}`;
      const health = `${address}:${await freePort(address)}`;
      const id = `sfu-${index + 1}`;
      const media = `${address}:${await freePort(address)}`;
      const command = ['sfu', '--id', id, '--media', media, '--control', control, '--health', health];
      sfus.push({ child: start(id, command), address, controlUrl: `http://${control}`, healthUrl: `http://${health}` });
    }
    const statuses = await Promise.all(
      sfus.map(({ controlUrl }) => sfuReady(controlUrl, controlSecret, failure.signal)),
    );
    const gateway = startGateway(options, sfus, start, failure.signal);
    const url = await gateway.url;
    return {
      report: {
        url,
        sfus: statuses.map(({ id, media }, index) => ({
          id,
          address: sfus[index].address,
          media: `${media.address}:${media.udpPort}`,
          control: sfus[index].controlUrl,
          health: sfus[index].healthUrl,
          pid: sfus[index].child.pid,
        })),
      },
      ended: new Promise((resolve) => gateway.child.process.once('exit', () => resolve())),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startGateway(
  { host, port, open, gatewayArguments }: UpOptions,
  sfus: readonly { readonly controlUrl: string }[],
  start: (name: string, command: readonly string[], onLine: (line: string) => void) => Child,
  failed: AbortSignal,
): { readonly child: Child; readonly url: Promise<string> } {
  const listed = sfus.flatMap(({ controlUrl }) => ['--sfu', controlUrl]);
  const command = [
    'gateway',
    '--listen',
    `${host.includes(':') ? `[${host}]` : host}:${port}`,
    ...listed,
    ...(open ? ['--open'] : []),
  ];
  const lines = new EventEmitter<{ line: [string] }>();
  const child = start('gateway', [...command, ...gatewayArguments], (line) => lines.emit('line', line));
  const url = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the gateway did not come up')), READY_MS);
    failed.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(failed.reason);
    });
    lines.once('line', (line) => {
      clearTimeout(timer);
      resolve((JSON.parse(line) as { readonly url: string }).url);
    });
  });
  return { child, url };
}

/** Asks until it answers that it is ready. */
async function sfuReady(controlUrl: string, secret: string, failed: AbortSignal): Promise<SfuStatus> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    failed.throwIfAborted();
    try {
      const response = await fetch(`${controlUrl}/v1/status`, { headers: { authorization: `Bearer ${secret}` } });
      const status = parseBody(sfuStatus, await response.text());
      if (response.ok && !isRefusal(status) && status.state === 'ready') return status;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the SFU at ${controlUrl} did not come up`);
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
