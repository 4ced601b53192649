import type { WebSocket } from 'ws';
import { TokenBucket } from '../rate/token-bucket.ts';
import { type ClientMessage, parseClientMessage } from '../signalling/client-messages.ts';
import { type ErrorCode, Refused } from '../signalling/error-codes.ts';
import { LIMITS } from '../signalling/limits.ts';
import type { ServerMessage } from '../signalling/server-messages.ts';
import { isRefusal } from '../signalling/shape.ts';
import { type Admission, admit } from './admission.ts';
import type { Conference } from './conference.ts';
import type { Log } from './gateway-log.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { type Member, type MemberClient, type Room, shownTo } from './member.ts';

const JOIN_MS = 10_000;
const MESSAGES_PER_SECOND = 50;
const MESSAGES_AT_ONCE = 300;
/** So many offences close the socket. */
const MOST_OFFENCES = 5;
/** Who does not read is not waited for. */
const MOST_UNREAD_BYTES = 8 << 20;
/** How long a participant is held whose WebSocket broke. */
const RESUME_MS = 10_000;
const POLICY_VIOLATION = 1008;
const NORMAL = 1000;
const GOING_AWAY = 1001;
/** Closed as it should be, without a reason (RFC 6455, section 7.4.1). */
const NO_STATUS = 1005;

export interface SessionSurroundings {
  readonly conference: Conference;
  readonly admission: Admission;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
}

/** One signalling WebSocket, from its opening to its end. */
export class SignallingSession implements MemberClient {
  readonly #socket: WebSocket;
  readonly #around: SessionSurroundings;
  readonly #messages = new TokenBucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE, performance.now());
  readonly #joinTimer: NodeJS.Timeout;
  #room: Room | null = null;
  #member: Member | null = null;
  #joining = false;
  #offences = 0;
  /** Offers of one participant are asked one after the other. */
  #offers: Promise<void> = Promise.resolve();
  #waitingOffers = 0;

  constructor(socket: WebSocket, around: SessionSurroundings) {
    this.#socket = socket;
    this.#around = around;
    this.#joinTimer = setTimeout(() => this.#close('unauthorized', 'Nobody joined in time'), JOIN_MS);
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('close', (code) => this.#closed(code));
    // Broken frames, too large messages: `ws` closes, and `close` follows.
    socket.on('error', () => around.metrics.refusals.inc({ code: 'bad-message' }));
  }

  send(message: ServerMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MOST_UNREAD_BYTES) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(JSON.stringify(message));
  }

  end(reason: 'replaced' | 'gone'): void {
    this.#member = null;
    this.#room = null;
    this.#close(
      'forbidden',
      reason === 'replaced' ? 'The same participant joined elsewhere' : 'The participant is gone',
    );
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (!this.#messages.take(performance.now())) {
      this.#offend('too-many', 'Too many messages');
      return;
    }
    const message = isBinary ? { problem: 'message is not text' } : parseClientMessage(data.toString('utf8'));
    if (isRefusal(message)) {
      this.#offend('bad-message', message.problem);
      return;
    }
    this.#act(message).catch((error: unknown) => this.#refuse(error));
  }

  async #act(message: ClientMessage): Promise<void> {
    if (message.type === 'ping') return this.send({ type: 'pong' });
    if (message.type === 'join') return this.#join(message);
    if (message.type === 'leave') return this.#leave();
    const room = this.#room;
    const member = this.#member;
    if (room === null || member === null) throw new Refused('bad-message', 'Join first');
    if (message.type === 'offer') return this.#offer(room, member, message);
    if (message.type === 'chat') return this.#around.conference.chat(room, member, message.text);
    const { type: _, ...rest } = message;
    if (member.link === null || !member.offered) throw new Refused('bad-message', 'Offer first');
    if (message.type === 'subscribe') {
      await member.link.control.subscribe(room.name, member.id, message);
      return;
    }
    if (!member.tracks.has(message.trackId) && !member.answered.has(message.trackId))
      throw new Refused('forbidden', 'The track is not yours');
    await member.link.control.mute(room.name, member.id, rest as { trackId: string; muted: boolean });
  }

  async #join(message: Extract<ClientMessage, { type: 'join' }>): Promise<void> {
    if (this.#member !== null || this.#joining) throw new Refused('bad-message', 'Joined already');
    this.#joining = true;
    const { conference, admission, metrics, log } = this.#around;
    try {
      const grant = await admit(admission, message);
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      const resumed = message.resume === null ? null : conference.resume(grant.room, message.resume, this);
      const { room, member } = resumed ?? conference.join(grant, this, true);
      clearTimeout(this.#joinTimer);
      this.#room = room;
      this.#member = member;
      metrics.joins.inc({ way: resumed === null ? 'websocket' : 'resumed' });
      log('info', resumed === null ? 'Participant joined' : 'Participant is back', {
        room: room.name,
        participant: member.id,
        sfu: member.link?.id ?? null,
      });
      const { id, name, publish, subscribe } = member;
      const others = [...room.members.values()].filter((other) => other !== member).map(shownTo);
      this.send({
        type: 'joined',
        participant: { id, name },
        room: room.name,
        publish,
        subscribe,
        resume: member.resume ?? '',
        participants: others,
      });
    } catch (error) {
      this.#refuse(error);
      this.#socket.close(POLICY_VIOLATION, error instanceof Refused ? error.code : 'internal');
    } finally {
      this.#joining = false;
    }
  }

  async #offer(room: Room, member: Member, message: Extract<ClientMessage, { type: 'offer' }>): Promise<void> {
    const { id, sdp, tracks, fresh, automatic } = message;
    if (tracks.length > 0 && !member.publish) throw new Refused('forbidden', 'The token permits no publishing');
    if (this.#waitingOffers >= 8) throw new Refused('too-many', 'Too many offers at once');
    this.#waitingOffers++;
    const before = this.#offers;
    const done = (async () => {
      await before;
      const end = this.#around.metrics.offerSeconds.startTimer();
      try {
        const answer = await this.#around.conference.offer(room, member, { sdp, tracks, fresh, automatic });
        this.send({ type: 'answer', id, ...answer });
      } catch (error) {
        this.#refuse(error);
      } finally {
        this.#waitingOffers--;
        end();
      }
    })();
    this.#offers = done;
    await done;
  }

  #leave(): void {
    const room = this.#room;
    const member = this.#member;
    this.#room = null;
    this.#member = null;
    if (room !== null && member !== null) this.#around.conference.leave(room, member, 'left');
    this.#socket.close(NORMAL);
  }

  #closed(code: number): void {
    clearTimeout(this.#joinTimer);
    const room = this.#room;
    const member = this.#member;
    this.#room = null;
    this.#member = null;
    // Another WebSocket may have taken it over.
    if (room === null || member === null || member.client !== this) return;
    member.client = null;
    const { conference } = this.#around;
    if ([NORMAL, GOING_AWAY, NO_STATUS, POLICY_VIOLATION].includes(code)) {
      conference.leave(room, member, 'left');
      return;
    }
    setTimeout(() => {
      if (member.client === null) conference.leave(room, member, 'left');
    }, RESUME_MS).unref();
  }

  #refuse(error: unknown): void {
    if (!(error instanceof Refused)) {
      this.#around.log('error', 'Defect', { error: String(error) });
      this.#error('internal', 'Something went wrong here');
      return;
    }
    if (error.code === 'bad-message') this.#offend(error.code, error.message);
    else this.#error(error.code, error.message);
  }

  #offend(code: ErrorCode, text: string): void {
    this.#offences++;
    if (this.#offences > MOST_OFFENCES) this.#close(code, text);
    else this.#error(code, text);
  }

  #error(code: ErrorCode, text: string): void {
    this.#around.metrics.refusals.inc({ code });
    this.#around.log('warn', 'Refused', { code, participant: this.#member?.id ?? null });
    this.send({ type: 'error', code, text: text.slice(0, LIMITS.errorCharacters) });
  }

  #close(code: ErrorCode, text: string): void {
    this.#error(code, text);
    this.#socket.close(POLICY_VIOLATION, code);
  }
}
