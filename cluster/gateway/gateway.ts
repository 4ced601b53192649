import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { LIMITS } from '../signalling/limits.ts';
import { AddressLimits } from './address-limits.ts';
import type { Admission } from './admission.ts';
import { Conference, type ConferenceLimits } from './conference.ts';
import type { Log } from './gateway-log.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { answer, type Routes } from './http-routes.ts';
import { type PageSources, pageAssets } from './page-assets.ts';
import type { SfuDirectory } from './sfu-directory.ts';
import { SignallingSession } from './signalling-session.ts';
import { WhipResources } from './whip.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly page: PageSources;
  readonly admission: Admission;
  readonly directory: SfuDirectory;
  readonly controlSecret: string | null;
  readonly limits: ConferenceLimits;
  /** From one address; ten seconds' worth may come at once. */
  readonly joinsPerSecond: number;
  /** Whether the last address of `X-Forwarded-For` is who asks: behind a proxy that sets it. */
  readonly behindProxy: boolean;
  readonly log: Log;
}

export interface Gateway {
  readonly url: string;
  readonly conference: Conference;
  close(): Promise<void>;
}

const HEARTBEAT_MS = 5000;
const MOST_SOCKETS = 20_000;

/** Begins to serve; resolves once it listens. @throws what listening throws, such as EADDRINUSE. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const metrics = new GatewayMetrics();
  const conference = new Conference({
    controlSecret: options.controlSecret,
    limits: options.limits,
    log,
    onMoved: (reason) => metrics.moves.inc({ reason }),
  });
  const joins = new AddressLimits(options.joinsPerSecond, options.joinsPerSecond * 10);
  const mayJoin = (request: IncomingMessage) => joins.take(addressOf(request, options.behindProxy), performance.now());
  const routes: Routes = {
    assets: pageAssets(options.page),
    whip: new WhipResources(conference, options.admission),
    ...{ conference, metrics, log, mayJoin },
  };

  const server = createServer({ requestTimeout: 15_000, headersTimeout: 10_000 }, (request, response) => {
    void answer(routes, request, response);
  });
  server.maxConnections = 2 * MOST_SOCKETS;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LIMITS.messageBytes, perMessageDeflate: false });
  metrics.show(conference, () => sockets.clients.size);
  server.on('upgrade', (request, socket, head) => {
    const refuse = (status: number) => {
      metrics.refusals.inc({ code: status === 429 ? 'too-many' : 'not-found' });
      log('warn', 'WebSocket refused', { status });
      refuseUpgrade(socket, status);
    };
    if ((request.url ?? '').split(/[?#]/, 1)[0] !== '/rtc') return refuse(404);
    if (sockets.clients.size >= MOST_SOCKETS) return refuse(503);
    if (!mayJoin(request)) return refuse(429);
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      keepAlive(accepted);
      new SignallingSession(accepted, { conference, admission: options.admission, metrics, log });
    });
  });
  sockets.on('wsClientError', (_error, socket) => refuseUpgrade(socket, 400));

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const watching = new AbortController();
  options.directory.watch(conference, watching.signal);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}/`,
    conference,
    async close() {
      watching.abort();
      conference.end();
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Ends a WebSocket whose other side no longer answers. */
function keepAlive(socket: WebSocket): void {
  let missed = 0;
  const timer = setInterval(() => {
    if (++missed > 2) socket.terminate();
    else socket.ping();
  }, HEARTBEAT_MS);
  socket.on('pong', () => {
    missed = 0;
  });
  socket.on('close', () => clearInterval(timer));
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function addressOf(request: IncomingMessage, behindProxy: boolean): string {
  const forwarded = request.headers['x-forwarded-for'];
  const last = behindProxy
    ? String(forwarded ?? '')
        .split(',')
        .at(-1)
        ?.trim()
    : '';
  return last || (request.socket.remoteAddress ?? '');
}
