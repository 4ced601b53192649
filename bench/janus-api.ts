import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** What Janus says, as far as it is of use here. */
export interface JanusMessage {
  readonly janus: string;
  readonly transaction?: string;
  readonly data?: { readonly id: number };
  readonly jsep?: { readonly type: string; readonly sdp: string };
  readonly plugindata?: { readonly data: Readonly<Record<string, unknown>> };
  readonly error?: { readonly reason: string };
  /** Of the Admin API's `handle_info`. */
  readonly info?: {
    readonly webrtc: {
      readonly media: Readonly<Record<string, { readonly stats: { readonly out: { readonly packets: number } } }>>;
    };
  };
}

/** Janus's own API (or its Admin API) over a WebSocket on a Unix socket: requests by transaction, each with its last answer. */
export class JanusApi {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, { resolve(message: JanusMessage): void; reject(error: Error): void }>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (text) => this.#take(JSON.parse(String(text)) as JanusMessage));
  }

  static async open(path: string, protocol: 'janus-protocol' | 'janus-admin-protocol'): Promise<JanusApi> {
    const socket = new WebSocket(`ws+unix:${path}:/`, protocol);
    await once(socket, 'open');
    return new JanusApi(socket);
  }

  #take(message: JanusMessage): void {
    // A plugin acknowledges first and tells the outcome in an event of the same transaction.
    if (message.transaction === undefined || message.janus === 'ack') return;
    const waiting = this.#waiting.get(message.transaction);
    if (waiting === undefined) return;
    this.#waiting.delete(message.transaction);
    const refusal = message.error?.reason ?? message.plugindata?.data.error;
    if (refusal === undefined) waiting.resolve(message);
    else waiting.reject(new Error(`Janus: ${refusal}`));
  }

  ask(request: Readonly<Record<string, unknown>>): Promise<JanusMessage> {
    const transaction = randomBytes(8).toString('hex');
    return new Promise((resolve, reject) => {
      this.#waiting.set(transaction, { resolve, reject });
      this.#socket.send(JSON.stringify({ ...request, transaction }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}
