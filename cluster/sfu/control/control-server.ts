import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  controlChat,
  controlMute,
  controlOffer,
  controlRelay,
  controlSubscribe,
  parseBody,
  type SfuEvent,
} from '../../signalling/control-messages.ts';
import { ERROR_STATUS, type ErrorCode, Refused } from '../../signalling/error-codes.ts';
import { LIMITS } from '../../signalling/limits.ts';
import { id, room } from '../../signalling/names.ts';
import { checked, isRefusal, type Shape } from '../../signalling/shape.ts';
import type { Log } from '../log.ts';
import type { Sfu } from '../sfu.ts';

const MOST_EVENT_STREAMS = 64;
/** A reader of events that does not read is cut off; it comes again and is told what is. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024;

export interface ControlServerOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly log: Log;
  readonly drain: () => void;
}

/** The control interface: HTTP and JSON, for whoever has the secret. */
export class ControlServer {
  readonly #sfu: Sfu;
  readonly #options: ControlServerOptions;
  readonly #secret: Buffer;
  readonly #server: Server;
  #eventStreams = 0;
  unauthorized = 0;

  constructor(sfu: Sfu, options: ControlServerOptions) {
    this.#sfu = sfu;
    this.#options = options;
    this.#secret = digest(`Bearer ${options.secret}`);
    this.#server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
      this.#answer(request, response).catch((error) => this.#fail(response, error));
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #fail(response: ServerResponse, error: unknown): void {
    const known = error instanceof Refused;
    const code: ErrorCode = known ? error.code : 'internal';
    const text = known ? error.message : 'a defect of the SFU; its log says more';
    if (!known) this.#options.log.error('request failed', { error: String((error as Error)?.stack ?? error) });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    json(response, ERROR_STATUS[code], { error: { code, text: text.slice(0, LIMITS.errorCharacters) } });
  }

  #isKnown(request: IncomingMessage): boolean {
    const isKnown = timingSafeEqual(digest(request.headers.authorization ?? ''), this.#secret);
    if (!isKnown) this.unauthorized++;
    return isKnown;
  }

  /** The WebSocket of another SFU that relays a room here. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isRelay = (request.url ?? '').split('?')[0] === '/v1/relays';
    if (isRelay && this.#isKnown(request)) {
      this.#sfu.relays.accept(request, socket, head);
      return;
    }
    socket.on('error', () => socket.destroy());
    socket.end(
      `HTTP/1.1 ${isRelay ? '401 Unauthorized' : '404 Not Found'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isKnown(request)) throw new Refused('unauthorized', 'the secret is missing or wrong');
    const path = (request.url ?? '').split('?')[0].split('/').slice(1).map(decoded);
    const route = `${request.method} ${path[0]}/${path[1]}`;
    if (route === 'GET v1/status' && path.length === 2) json(response, 200, this.#sfu.status);
    else if (route === 'GET v1/events' && path.length === 2) this.#events(request, response);
    else if (route === 'GET v1/tap' && path.length === 2) this.#tap(request, response);
    else if (route === 'GET v1/keys' && path.length === 2) this.#keys(request, response);
    else if (route === 'POST v1/drain' && path.length === 2) {
      await readBody(request);
      json(response, 202, {});
      this.#options.drain();
    } else if (route === 'POST v1/relays' && path.length === 2) {
      const { room: roomName, peer } = await body(request, controlRelay);
      await this.#sfu.relays.connect(roomName, peer.controlUrl, this.#options.secret);
      json(response, 200, {});
    } else if (path[0] === 'v1' && path[1] === 'rooms') await this.#room(request, response, path.slice(2));
    else throw new Refused('not-found', 'no such resource');
  }

  async #room(request: IncomingMessage, response: ServerResponse, path: readonly string[]): Promise<void> {
    const [roomName, part, participantId, action] = path;
    need(room, roomName, 'room');
    if (part === 'chat' && path.length === 2 && request.method === 'POST') {
      this.#sfu.chat(roomName, await body(request, controlChat));
      json(response, 200, {});
      return;
    }
    if (part !== 'participants' || participantId === undefined) throw new Refused('not-found', 'no such resource');
    need(id, participantId, 'participant');
    const route = `${request.method} ${action ?? ''}`;
    if (route === 'DELETE ' && path.length === 3) this.#sfu.remove(roomName, participantId);
    else if (route === 'POST offer') {
      json(response, 200, this.#sfu.offer(roomName, participantId, await body(request, controlOffer)));
      return;
    } else if (route === 'POST mute') {
      const { trackId, muted } = await body(request, controlMute);
      this.#sfu.mute(roomName, participantId, trackId, muted);
    } else if (route === 'POST subscribe') {
      this.#sfu.subscribe(roomName, participantId, await body(request, controlSubscribe));
    } else throw new Refused('not-found', 'no such resource');
    json(response, 200, {});
  }

  #events(request: IncomingMessage, response: ServerResponse): void {
    if (this.#eventStreams >= MOST_EVENT_STREAMS) throw new Refused('too-many', 'too many readers of events');
    this.#eventStreams++;
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    request.socket.setTimeout(0);
    const stop = this.#sfu.listen((event: SfuEvent) => {
      if (response.destroyed) return;
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
      else response.write(`${JSON.stringify(event)}\n`);
    });
    response.once('close', () => {
      this.#eventStreams--;
      stop();
    });
  }

  /** All packets of the media ports from now on, as pcapng, with the keys of the sessions that there are. */
  #tap(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#sfu.taps.hasRoom) throw new Refused('too-many', 'too many readers of the tap');
    begin(request, response, 'application/x-pcapng');
    const close = this.#sfu.taps.open(response, this.#sfu.options.id);
    this.#listened(request, response, 'tap', close);
  }

  /** Lines of an NSS key log: those of the sessions that there are, then of each new one. */
  #keys(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#sfu.taps.hasKeyRoom) throw new Refused('too-many', 'too many readers of keys');
    begin(request, response, 'text/plain; charset=utf-8');
    const close = this.#sfu.taps.openKeys(response);
    this.#listened(request, response, 'keys', close);
  }

  #listened(request: IncomingMessage, response: ServerResponse, what: string, close: () => void): void {
    this.#options.log.info('wiretap opened', { what, by: request.socket.remoteAddress ?? null });
    response.once('close', () => {
      close();
      this.#options.log.info('wiretap closed', { what });
    });
  }
}

function begin(request: IncomingMessage, response: ServerResponse, type: string): void {
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
  response.flushHeaders();
  request.socket.setTimeout(0);
}

/** Equal length for a comparison that takes equal time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refused('bad-message', 'the path is malformed');
  }
}

function need(shape: Shape<string>, value: string | undefined, what: string): void {
  const result = checked(shape, value);
  if (typeof result !== 'string') throw new Refused('bad-message', `${what}: ${result.problem}`);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LIMITS.messageBytes) throw new Refused('bad-message', `more than ${LIMITS.messageBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function body<T extends object>(request: IncomingMessage, shape: Shape<T>): Promise<T> {
  const value = parseBody(shape, await readBody(request));
  if (isRefusal(value)) throw new Refused('bad-message', value.problem);
  return value as T;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}
