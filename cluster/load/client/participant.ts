import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerMessage } from '../../signalling/server-messages.ts';
import { writeOffer } from './client-offer.ts';
import { MediaSession, type SessionOptions } from './media-session.ts';
import { parseAnswer } from './server-answer.ts';
import { SignallingChannel } from './signalling-channel.ts';
import { reportStreams, type StreamReport } from './stream-report.ts';

export interface ParticipantOptions extends Omit<SessionOptions, 'cname'> {
  readonly url: string;
  readonly room: string;
  readonly name: string;
  readonly token: string | null;
  readonly joinWithinMs: number;
}

export interface ParticipantHandlers {
  joined(joinMs: number): void;
  /** Could not join, or was thrown out for good. */
  failed(reason: string): void;
  /** Each session description, as it was sent or came. */
  described?(kind: 'offer' | 'answer', sdp: string): void;
}

type Message<T extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: T }>;

const OFFER_DELAY_MS = 50;
const QUIET_MS = 150;
const QUIET_WITHIN_MS = 2000;
const REJOIN_WITHIN_MS = 20_000;
const RECONNECT_MS = [200, 500, 1000, 2000, 4000] as const;

/**
 * One participant of the conference: joins by the signalling WebSocket, publishes, receives all that others publish, comes back where the
 * server moves its room or a connection breaks, and leaves.
 */
export class Participant {
  readonly options: ParticipantOptions;
  readonly #handlers: ParticipantHandlers;
  #channel: SignallingChannel | null = null;
  #session: MediaSession | null = null;
  /** What was counted on connections before the present one. */
  readonly #past: StreamReport[] = [];
  readonly #tracks = new Map<string, { readonly owner: string; readonly kind: 'audio' | 'video' }>();
  #ownTracks: Readonly<Record<string, string>> = {};
  #subscriptions: Readonly<Record<string, string>> = {};
  #subscribes = true;
  #publishes = true;
  #offerId = 0;
  #offerOut = false;
  #offerAgain = false;
  #offerTimer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #resume: string | null = null;
  #reconnects = 0;
  #startedMs = 0;
  #openedMs = -1;
  #brokenMs = -1;
  #mediaEndedMs = -1;
  #over = false;
  #isConnected = false;
  #hasMedia = false;
  #talking = false;
  #muted = false;
  participantId: string | null = null;
  joinMs: number | null = null;
  connectMs: number | null = null;
  rejoins = 0;
  /** Longest time from the end of a connection, as it was noticed, to the first media on the next one; null without any. */
  longestBreakMs: number | null = null;
  failure: string | null = null;

  constructor(options: ParticipantOptions, handlers: ParticipantHandlers) {
    this.options = options;
    this.#handlers = handlers;
    this.#publishes = options.publishes;
  }

  get session(): MediaSession | null {
    return this.#session;
  }

  join(): void {
    this.#startedMs = performance.now();
    this.#connect();
  }

  talk(on: boolean): void {
    this.#talking = on;
    if (this.#session !== null) this.#session.audio.talking = on;
  }

  mute(on: boolean): void {
    this.#muted = on;
    if (this.#session !== null) this.#session.audio.muted = on;
    const trackId = this.#ownTracks['0'];
    if (trackId !== undefined) this.#channel?.send({ type: 'mute', trackId, muted: on });
  }

  tick(nowMs: number): void {
    this.#session?.tick(nowMs);
    if (this.#over) return;
    if (this.joinMs === null && nowMs - this.#startedMs > this.options.joinWithinMs) {
      this.#fail(this.#isConnected ? 'connected, but no media came' : 'could not connect in time');
    } else if (this.#brokenMs >= 0 && nowMs - this.#brokenMs > REJOIN_WITHIN_MS)
      this.#fail('could not come back in time');
  }

  /** Says goodbye and ends. Reports stay. */
  async leave(): Promise<void> {
    this.#over = true;
    this.#stopTimers();
    this.#session?.stopPublishing();
    this.#channel?.send({ type: 'leave' });
    await this.#quiet();
    this.#session?.close();
    await this.#channel?.close();
  }

  /** Waits until the server has stopped sending, so that what it sent and what was received here are the same. */
  async #quiet(): Promise<void> {
    const session = this.#session;
    const untilMs = performance.now() + QUIET_WITHIN_MS;
    for (let before = -1; session?.transport.isReady && performance.now() < untilMs; ) {
      const now = session.packetsReceived;
      if (now === before) return;
      before = now;
      await delay(QUIET_MS);
    }
  }

  /** Of all connections that it had. */
  streams(): StreamReport[] {
    return this.#session === null ? [...this.#past] : [...this.#past, ...reportStreams(this.#session)];
  }

  #connect(): void {
    this.#channel = new SignallingChannel(this.options.url, {
      open: () => {
        if (this.#openedMs < 0) this.#openedMs = performance.now();
        const { token, room, name } = this.options;
        const who = token === null ? { room, name } : { token };
        this.#channel!.send({ type: 'join', ...who, ...(this.#resume === null ? {} : { resume: this.#resume }) });
      },
      message: (message) => this.#message(message),
      closed: (reason) => this.#signallingLost(reason),
    });
  }

  #signallingLost(reason: string): void {
    if (this.#over) return;
    if (this.#resume === null || this.#reconnects >= RECONNECT_MS.length) {
      this.#fail(reason);
      return;
    }
    if (this.#brokenMs < 0) this.#brokenMs = performance.now();
    this.#retryTimer = setTimeout(() => this.#connect(), RECONNECT_MS[this.#reconnects++]);
  }

  #message(message: ServerMessage): void {
    if (this.#over) return;
    switch (message.type) {
      case 'joined':
        this.#joined(message);
        return;
      case 'answer':
        this.#answer(message);
        return;
      case 'participant-joined':
        for (const track of message.participant.tracks) this.#publish(message.participant.id, track);
        return;
      case 'participant-left':
        for (const [id, { owner }] of this.#tracks) if (owner === message.participantId) this.#tracks.delete(id);
        this.#settle();
        return;
      case 'track-published':
        this.#publish(message.participantId, message.track);
        return;
      case 'track-unpublished':
        this.#tracks.delete(message.trackId);
        this.#settle();
        return;
      case 'moved':
        this.#renew();
        return;
      case 'error':
        this.#error(message);
        return;
      default:
        return;
    }
  }

  #joined(message: Message<'joined'>): void {
    const comesBack = this.participantId === message.participant.id && this.#session !== null;
    this.participantId = message.participant.id;
    this.#resume = message.resume;
    this.#reconnects = 0;
    this.#subscribes = message.subscribe;
    this.#publishes = message.publish && this.options.publishes;
    this.#tracks.clear();
    for (const { id, tracks } of message.participants) {
      if (id !== this.participantId)
        for (const track of tracks) this.#tracks.set(track.id, { owner: id, kind: track.kind });
    }
    this.#offerOut = false;
    if (comesBack) {
      this.#brokenMs = -1;
      this.#offerSoon();
    } else this.#begin();
  }

  /** A new connection: the first, or one in place of another. */
  #begin(): void {
    const { name } = this.options;
    const cname = name.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 24) || 'load';
    const session = new MediaSession(
      { ...this.options, cname, publishes: this.#publishes },
      {
        connected: () => {
          if (this.#session !== session) return;
          this.#isConnected = true;
          this.connectMs ??= performance.now() - this.#openedMs;
          if (this.#brokenMs >= 0) this.rejoins++;
          this.#brokenMs = -1;
          this.#settle();
        },
        failed: (reason) => {
          if (this.#session === session) this.#connectionLost(reason);
        },
        firstMedia: () => {
          this.#hasMedia = true;
          if (this.#session === session && this.#mediaEndedMs >= 0) {
            this.longestBreakMs = Math.max(this.longestBreakMs ?? 0, performance.now() - this.#mediaEndedMs);
            this.#mediaEndedMs = -1;
          }
          this.#settle();
        },
      },
    );
    session.audio.talking = this.#talking;
    session.audio.muted = this.#muted;
    this.#session = session;
    this.#sessionId = String(randomBytes(6).readUIntBE(0, 6));
    this.#offer();
  }
  #sessionId = '0';

  #renew(): void {
    if (this.#over) return;
    if (this.#brokenMs < 0) this.#brokenMs = performance.now();
    if (this.#mediaEndedMs < 0) this.#mediaEndedMs = this.#brokenMs;
    if (this.#session !== null) {
      this.#past.push(...reportStreams(this.#session));
      this.#session.close();
    }
    this.#session = null;
    this.#isConnected = false;
    this.#offerOut = false;
    this.#subscriptions = {};
    this.#begin();
  }

  #connectionLost(reason: string): void {
    if (this.#over) return;
    if (this.joinMs === null) {
      this.#fail(reason);
      return;
    }
    if (this.#brokenMs < 0) this.#brokenMs = performance.now();
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = null;
      this.#renew();
    }, RECONNECT_MS[1]);
  }

  #publish(owner: string, track: { readonly id: string; readonly kind: 'audio' | 'video' }): void {
    if (owner === this.participantId) return;
    this.#tracks.set(track.id, { owner, kind: track.kind });
    this.#offerSoon();
  }

  /** Several tracks that come one after another are asked for with one offer. */
  #offerSoon(): void {
    if (!this.#subscribes || this.#over) return;
    this.#offerTimer ??= setTimeout(() => {
      this.#offerTimer = null;
      this.#offer();
    }, OFFER_DELAY_MS);
  }

  #offer(): void {
    const session = this.#session;
    if (session === null || this.#over) return;
    if (this.#offerOut) {
      this.#offerAgain = true;
      return;
    }
    if (this.#subscribes) {
      for (const kind of ['audio', 'video'] as const) {
        const count = [...this.#tracks.values()].filter((track) => track.kind === kind).length;
        session.wantSections(kind, count);
      }
    }
    // Nothing to send and nobody there: a section to receive in makes a connection all the same.
    if (session.sections.length === 0) session.wantSections('audio', 1);
    const isFirst = session.version === 1;
    const sdp = writeOffer({
      sessionId: this.#sessionId,
      version: session.version++,
      ice: session.transport.ice.local,
      fingerprint: this.options.certificate.fingerprint,
      cname: this.options.name.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 24) || 'load',
      sections: session.sections,
    });
    const tracks = session.sections.flatMap(({ mid, kind, sends }) =>
      sends === null
        ? []
        : [{ mid, source: kind === 'audio' ? 'microphone' : 'camera', muted: kind === 'audio' && this.#muted }],
    );
    this.#offerOut = true;
    this.#handlers.described?.('offer', sdp);
    this.#channel?.send({ type: 'offer', id: ++this.#offerId, sdp, tracks, fresh: isFirst });
  }

  #answer(message: Message<'answer'>): void {
    if (message.id !== this.#offerId || this.#session === null) return;
    this.#handlers.described?.('answer', message.sdp);
    const answer = parseAnswer(message.sdp);
    if (typeof answer === 'string') {
      this.#fail(answer);
      return;
    }
    this.#offerOut = false;
    this.#ownTracks = message.tracks;
    this.#subscriptions = message.subscriptions;
    this.#session.answer(answer, message.subscriptions);
    const carried = new Set(Object.values(this.#subscriptions));
    const missing = [...this.#tracks.keys()].some((id) => !carried.has(id));
    if (this.#offerAgain && missing) this.#offerSoon();
    this.#offerAgain = false;
    this.#settle();
  }

  #error(message: Message<'error'>): void {
    // A refused mute, such as of a track that has just gone, ends nothing.
    const isFatal =
      this.participantId === null || (this.joinMs === null && this.#offerOut) || message.code === 'unauthorized';
    if (isFatal) {
      this.#fail(`${message.code}: ${message.text}`);
      return;
    }
    // An offer that was refused, such as while the room moves: once more, a little later.
    if (!this.#offerOut) return;
    this.#offerOut = false;
    if (this.#brokenMs >= 0) this.#connectionLost(message.text);
    else this.#offerSoon();
  }

  /** Joined: media of somebody came, or there is nobody who publishes. */
  #settle(): void {
    if (this.joinMs !== null || !this.#isConnected || this.#over) return;
    if (!this.#hasMedia && this.#subscribes && this.#tracks.size > 0) return;
    this.joinMs = performance.now() - this.#openedMs;
    this.#handlers.joined(this.joinMs);
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.failure = reason;
    this.#stopTimers();
    this.#session?.close();
    void this.#channel?.close();
    this.#handlers.failed(reason);
  }

  #stopTimers(): void {
    for (const timer of [this.#offerTimer, this.#retryTimer]) if (timer !== null) clearTimeout(timer);
  }
}
