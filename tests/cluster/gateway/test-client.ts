import { WebSocket } from 'ws';
import type { ClientMessage } from '../../../cluster/signalling/client-messages.ts';
import { parseServerMessage, type ServerMessage } from '../../../cluster/signalling/server-messages.ts';

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** A client of the signalling WebSocket that keeps what it hears until somebody asks. */
export class TestClient {
  readonly socket: WebSocket;
  readonly heard: ServerMessage[] = [];
  closeCode: number | null = null;
  #wake: () => void = () => {};

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}rtc`, { headers });
    this.socket.on('message', (data) => {
      const message = parseServerMessage(String(data));
      if ('problem' in message) throw new Error(`${message.problem}: ${data}`);
      this.heard.push(message);
      this.#wake();
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
      this.#wake();
    });
    this.socket.on('error', () => {});
  }

  static async joined(url: string, room: string, name: string): Promise<TestClient> {
    const client = new TestClient(url);
    await client.open();
    client.send({ type: 'join', token: null, room, name, resume: null });
    await client.next('joined', false);
    return client;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
  }

  send(message: ClientMessage | object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The next message of this type, heard already or to come; it and what is of its type is taken away. */
  async next<T extends ServerMessage['type']>(type: T, take = true): Promise<Of<T>> {
    await this.until(() => this.heard.some((message) => message.type === type), `no ${type}`);
    const index = this.heard.findIndex((message) => message.type === type);
    return (take ? this.heard.splice(index, 1)[0] : this.heard[index]) as Of<T>;
  }

  get self(): Of<'joined'> {
    return this.heard.find((message) => message.type === 'joined') as Of<'joined'>;
  }

  closed(): Promise<void> {
    return this.until(() => this.closeCode !== null, 'not closed');
  }

  until(condition: () => boolean, problem: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${problem}; heard ${JSON.stringify(this.heard)}`)), 15_000);
      this.#wake = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
      this.#wake();
    });
  }

  async offer(id: number, mids: readonly string[] = ['0']): Promise<Of<'answer'>> {
    const tracks = mids.map((mid) => ({ mid, source: 'camera', muted: false }));
    this.send({ type: 'offer', id, sdp: 'v=0', tracks });
    return this.next('answer');
  }

  close(): void {
    this.socket.terminate();
  }
}
