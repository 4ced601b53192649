import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SfuEvent, SfuStatus } from '../../../cluster/signalling/control-messages.ts';

/**
 * The control interface alone, without media: for what the gateway decides when SFUs come, fill up, drain and die at the worst
 * moment. What flows through an SFU is tested with the real one.
 */
export class ControlDouble {
  readonly offers: { readonly room: string; readonly participantId: string; readonly body: Record<string, unknown> }[] =
    [];
  readonly removed: string[] = [];
  readonly relays: string[] = [];
  /** Whether it knows the request for a relay at all. */
  knowsRelays = true;
  readonly mutes: string[] = [];
  state: SfuStatus['state'] = 'ready';
  capacity = 0;
  readonly id: string;
  #server: Server;
  readonly #listeners = new Set<ServerResponse>();
  #timer: NodeJS.Timeout;
  #rooms = new Map<string, Map<string, string>>();

  private constructor(id: string) {
    this.id = id;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#timer = setInterval(() => this.tell(this.#status()), 1000);
  }

  static async open(id: string): Promise<ControlDouble> {
    const double = new ControlDouble(id);
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  set(state: SfuStatus['state'], capacity = this.capacity): void {
    this.state = state;
    this.capacity = capacity;
    this.tell(this.#status());
  }

  tell(event: SfuEvent): void {
    for (const listener of this.#listeners) listener.write(`${JSON.stringify(event)}\n`);
  }

  /** As a process that is killed. */
  die(): Promise<void> {
    clearInterval(this.#timer);
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #status(): SfuEvent {
    const { id, state, capacity } = this;
    const media = { address: '127.0.0.1', udpPort: 1, tcpPort: null };
    return { type: 'status', status: { id, state, capacity, rooms: this.#rooms.size, participants: 0, media } };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('/').slice(1);
    if (request.headers.authorization !== 'Bearer control-secret') {
      response.writeHead(401).end(JSON.stringify({ error: { code: 'unauthorized', text: 'No' } }));
      return;
    }
    if (path[1] === 'events') {
      response.writeHead(200).flushHeaders();
      this.#listeners.add(response);
      response.on('close', () => this.#listeners.delete(response));
      for (const event of [...this.#present(), this.#status()]) response.write(`${JSON.stringify(event)}\n`);
      return;
    }
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = text === '' ? {} : JSON.parse(text);
    const [, , room, , participantId, action] = path;
    if (path[1] === 'relays' && !this.knowsRelays) {
      response.statusCode = 404;
      response.end(JSON.stringify({ error: { code: 'not-found', text: 'No such thing' } }));
    } else if (path[1] === 'relays') {
      this.relays.push(`${body.room} ${body.peer.controlUrl}`);
      response.end('{}');
    } else if (action === 'offer') {
      this.offers.push({ room, participantId, body });
      const people = this.#rooms.get(room) ?? new Map();
      this.#rooms.set(room, people.set(participantId, body.name));
      const tracks = Object.fromEntries(
        body.tracks.map(({ mid }: { mid: string }) => [mid, `${participantId}-${this.id}-${mid}`]),
      );
      response.end(JSON.stringify({ sdp: 'v=0', tracks, subscriptions: {} }));
    } else if (action === 'mute') {
      this.mutes.push(body.trackId);
      response.end('{}');
    } else if (request.method === 'DELETE') {
      this.removed.push(participantId);
      this.#rooms.get(room)?.delete(participantId);
      response.end('{}');
    } else {
      response.writeHead(404).end(JSON.stringify({ error: { code: 'not-found', text: 'No such thing' } }));
    }
  }

  #present(): SfuEvent[] {
    return [...this.#rooms].flatMap(([room, people]) =>
      [...people].map(([participantId, name]) => ({
        type: 'participant-connected' as const,
        ...{ room, participantId, name },
      })),
    );
  }
}
