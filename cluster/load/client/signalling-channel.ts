import { WebSocket } from 'ws';
import { LIMITS } from '../../signalling/limits.ts';
import { parseServerMessage, type ServerMessage } from '../../signalling/server-messages.ts';
import { isRefusal } from '../../signalling/shape.ts';

export interface ChannelHandlers {
  open(): void;
  message(message: ServerMessage): void;
  closed(reason: string): void;
}

const OPEN_WITHIN_MS = 10_000;
const PING_EVERY_MS = 20_000;

/** @returns the address of a gateway's signalling, from that of its page. @throws TypeError for what is no URL. */
export function signallingUrl(gateway: string): string {
  const url = new URL(gateway);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') throw new TypeError('not an address of a web page');
  if (!url.pathname.endsWith('/rtc')) url.pathname = `${url.pathname.replace(/\/$/, '')}/rtc`;
  url.hash = '';
  return url.href;
}

/** The signalling WebSocket of one participant. What comes is checked; what does not fit ends it. */
export class SignallingChannel {
  readonly #socket: WebSocket;
  readonly #ping: NodeJS.Timeout;
  #closed = false;

  constructor(url: string, handlers: ChannelHandlers) {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: LIMITS.messageBytes,
      handshakeTimeout: OPEN_WITHIN_MS,
    });
    this.#socket = socket;
    const end = (reason: string) => {
      if (this.#closed) return;
      this.#closed = true;
      clearInterval(this.#ping);
      handlers.closed(reason);
    };
    socket.on('open', () => handlers.open());
    socket.on('error', (error) => end(error.message || (error as NodeJS.ErrnoException).code || 'no connection'));
    socket.on('close', (code) => end(`the gateway closed the connection (${code})`));
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? { problem: 'message is binary' } : parseServerMessage(String(data));
      if (isRefusal(message)) {
        end(`the gateway sent what is not understood: ${message.problem}`);
        socket.terminate();
        return;
      }
      if (!this.#closed) handlers.message(message);
    });
    this.#ping = setInterval(() => this.send({ type: 'ping' }), PING_EVERY_MS);
    this.#ping.unref();
  }

  send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @returns once the gateway has taken leave, or soon without that. */
  close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#ping);
    const socket = this.#socket;
    return new Promise((resolve) => {
      if (socket.readyState === WebSocket.CLOSED) return resolve();
      const late = setTimeout(() => {
        socket.terminate();
        resolve();
      }, 1000);
      socket.once('close', () => {
        clearTimeout(late);
        resolve();
      });
      socket.on('error', () => {});
      socket.close(1000);
    });
  }
}
