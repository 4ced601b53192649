import type { ClientMessage } from '../signalling/client-messages.ts';
import { parseServerMessage, type ServerMessage } from '../signalling/server-messages.ts';
import { isRefusal } from '../signalling/shape.ts';
import type { Source } from './local-media.ts';
import { Peer } from './peer.ts';
import { Roster } from './roster.ts';

export interface CallOptions {
  readonly room: string;
  readonly name: string;
  readonly token: string | null;
  /** Something that is shown changed. */
  readonly onChange: () => void;
  readonly onChat: (chat: Extract<ServerMessage, { type: 'chat' }>) => void;
  /** What a screen reader is to say. */
  readonly onNews: (text: string) => void;
  /** The call is over, for this reason. */
  readonly onEnd: (text: string) => void;
}

export type CallState = 'joining' | 'connected' | 'reconnecting';

const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 3000;
/** How long a broken path may take to come back by itself. */
const DISCONNECTED_MS = 2500;
/** Closes a WebSocket whose participant will be back on another one (RFC 6455, section 7.4.2). */
const COMING_BACK = 4000;
const PING_MS = 4000;
const SILENCE_MS = 10_000;
/** Heights in which cameras are sent, and up to how much one is enlarged before the next is asked for. */
const PICTURE_LINES = [180, 360, 720] as const;
const ENLARGED_AT_MOST = 1.25;
/** Refusals that joining again would only repeat. */
const FINAL = new Set(['unauthorized', 'forbidden', 'room-full', 'bad-message', 'not-found']);

/** One participation in a room: its WebSocket, its RTCPeerConnection, and how both come back. */
export class Call {
  readonly roster = new Roster();
  peer: Peer | null = null;
  state: CallState = 'joining';
  self: { readonly id: string; readonly name: string } | null = null;
  mayPublish = true;
  /** Why it is not connected, as far as the gateway said. */
  notice = '';
  readonly #options: CallOptions;
  /** How high a picture was asked for on this connection, by track. */
  readonly #wished = new Map<string, number | null>();
  readonly #sources = new Map<Source, { track: MediaStreamTrack; muted: boolean }>();
  #socket: WebSocket | null = null;
  #resume: string | null = null;
  #retryMs = FIRST_RETRY_MS;
  #isOver = false;
  #offerId = 0;
  /** The offer that no answer came to yet, and whether another one is wanted after it. */
  #pendingOffer: number | null = null;
  #wantsOffer = false;
  #isFresh = false;
  #offerTimer: ReturnType<typeof setTimeout> | undefined;
  #disconnectedTimer: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;
  readonly #pings: ReturnType<typeof setInterval>;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#pings = setInterval(() => this.#ping(), PING_MS);
    addEventListener('online', this.#onOnline);
    this.#connect();
  }

  source(source: Source): { readonly track: MediaStreamTrack; readonly muted: boolean } | null {
    return this.#sources.get(source) ?? null;
  }

  setSource(source: Source, track: MediaStreamTrack | null, muted = false): void {
    if (track === null) this.#sources.delete(source);
    else this.#sources.set(source, { track, muted });
    if (track !== null) track.enabled = !muted;
    if (this.mayPublish) this.peer?.send(source, track);
    this.#negotiate();
    this.#options.onChange();
  }

  mute(source: Source, muted: boolean): void {
    const entry = this.#sources.get(source);
    if (entry === undefined) return;
    entry.muted = muted;
    entry.track.enabled = !muted;
    const trackId = this.peer?.publishedId(source) ?? null;
    if (trackId !== null) this.#send({ type: 'mute', trackId, muted });
    this.#options.onChange();
  }

  /** Asks for no larger pictures of the cameras of others than are shown. @param linesOf by the id of a person; 0 for not at all. */
  fit(linesOf: (personId: string) => number): void {
    if (this.state !== 'connected' || this.peer === null) return;
    for (const { id, tracks } of this.roster.people.values()) {
      const lines = linesOf(id);
      for (const track of tracks.values()) {
        if (track.source !== 'camera' || lines === 0 || this.peer.received(track.id) === null) continue;
        const maxHeight = PICTURE_LINES.find((step) => lines <= step * ENLARGED_AT_MOST) ?? null;
        if (maxHeight === (this.#wished.get(track.id) ?? null)) continue;
        this.#wished.set(track.id, maxHeight);
        this.#send({ type: 'subscribe', trackId: track.id, on: true, maxHeight });
      }
    }
  }

  chat(text: string): boolean {
    return this.#send({ type: 'chat', text });
  }

  leave(): void {
    this.#send({ type: 'leave' });
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    clearInterval(this.#pings);
    clearTimeout(this.#offerTimer);
    clearTimeout(this.#disconnectedTimer);
    removeEventListener('online', this.#onOnline);
    this.#socket?.close(1000);
    this.peer?.close();
    for (const { track } of this.#sources.values()) track.stop();
  }

  #connect(): void {
    if (this.#isOver) return;
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rtc`);
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.addEventListener('open', () => {
      const { room, name, token } = this.#options;
      this.#send({ type: 'join', token, room, name, resume: this.#resume });
    });
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket !== socket) return;
      this.#heardAt = performance.now();
      const message = parseServerMessage(String(data));
      if (isRefusal(message)) console.warn('Not understood:', message.problem);
      else void this.#take(message);
    });
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#lost();
    });
  }

  /** The WebSocket is gone; media may still flow. */
  #lost(): void {
    this.#socket = null;
    this.#pendingOffer = null;
    if (this.#isOver) return;
    this.#setState('reconnecting');
    setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 1.6);
  }

  readonly #onOnline = (): void => {
    // What is still open may be of the network that went away.
    const socket = this.#socket;
    if (socket === null || this.#isOver) return;
    this.#socket = null;
    socket.close(COMING_BACK);
    this.#retryMs = FIRST_RETRY_MS;
    this.#lost();
  };

  #ping(): void {
    const socket = this.#socket;
    if (socket === null) return;
    if (performance.now() - this.#heardAt > SILENCE_MS) {
      this.#socket = null;
      socket.close(COMING_BACK);
      this.#lost();
    } else {
      this.#send({ type: 'ping' });
    }
  }

  async #take(message: ServerMessage): Promise<void> {
    const { onChat, onChange } = this.#options;
    if (message.type === 'joined') this.#joined(message);
    else if (message.type === 'answer') await this.#answered(message);
    else if (message.type === 'moved') {
      this.#options.onNews('The call moves to another server.');
      this.#renew();
    } else if (message.type === 'error') this.#refused(message);
    else if (message.type === 'chat') onChat(message);
    else if (message.type !== 'pong') {
      if (message.type === 'participant-joined') this.#options.onNews(`${message.participant.name} joined.`);
      if (message.type === 'participant-left') {
        const name = this.roster.people.get(message.participantId)?.name;
        if (name !== undefined) this.#options.onNews(`${name} left.`);
      }
      if (this.roster.take(message)) this.#negotiate();
      onChange();
    }
  }

  #joined(message: Extract<ServerMessage, { type: 'joined' }>): void {
    const isSame = this.self?.id === message.participant.id;
    this.self = message.participant;
    this.#resume = message.resume;
    this.mayPublish = message.publish;
    this.#retryMs = FIRST_RETRY_MS;
    this.notice = '';
    this.roster.reset(message.participants);
    const path = this.peer?.connection.connectionState;
    if (isSame && path === 'connected') {
      this.#setState('connected');
      this.#negotiate();
    } else {
      this.#renew();
    }
  }

  /** Another RTCPeerConnection, with all that is sent and received. */
  #renew(): void {
    this.peer?.close();
    this.#pendingOffer = null;
    this.#wished.clear();
    clearTimeout(this.#disconnectedTimer);
    const peer = new Peer();
    this.peer = peer;
    this.#isFresh = true;
    if (this.state === 'connected') this.#setState('reconnecting');
    if (this.mayPublish) for (const [source, { track }] of this.#sources) peer.send(source, track);
    peer.connection.addEventListener('connectionstatechange', () => {
      if (peer.connection.connectionState === 'connected') this.notice = '';
      if (this.peer === peer) this.#pathChanged(peer);
    });
    this.#negotiate();
  }

  #pathChanged(peer: Peer): void {
    const { connectionState } = peer.connection;
    clearTimeout(this.#disconnectedTimer);
    if (connectionState === 'connected') {
      this.#setState(this.#socket === null ? 'reconnecting' : 'connected');
    } else if (connectionState === 'failed') {
      this.#renewSoon(peer, 0);
    } else if (connectionState === 'disconnected') {
      this.#setState('reconnecting');
      this.#renewSoon(peer, DISCONNECTED_MS);
    }
    this.#options.onChange();
  }

  #renewSoon(peer: Peer, delayMs: number): void {
    this.#setState('reconnecting');
    this.#disconnectedTimer = setTimeout(() => {
      // Without a WebSocket it waits for the next `joined`.
      if (this.peer === peer && this.#socket?.readyState === WebSocket.OPEN && this.self !== null) this.#renew();
    }, delayMs);
  }

  /** Offers soon: what changes together goes into one offer. */
  #negotiate(delayMs = 30): void {
    this.#wantsOffer = true;
    clearTimeout(this.#offerTimer);
    this.#offerTimer = setTimeout(() => void this.#offer(), delayMs);
  }

  async #offer(): Promise<void> {
    const { peer } = this;
    if (peer === null || this.self === null || this.#pendingOffer !== null || this.#isOver) return;
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#wantsOffer = false;
    const id = ++this.#offerId;
    this.#pendingOffer = id;
    // One section of each kind even where nobody sends: there is something to connect with.
    peer.receive('audio', Math.max(1, this.roster.countOf('audio')));
    peer.receive('video', Math.max(1, this.roster.countOf('video')));
    const { sdp, tracks } = await peer.offer((source) => this.#sources.get(source)?.muted ?? false);
    if (this.peer !== peer || this.#pendingOffer !== id) return;
    // Once a section went inactive, Chromium decodes what comes on it later but shows it nowhere: so they stay open.
    const how = { fresh: this.#isFresh, automatic: true };
    this.#send({ type: 'offer', id, sdp, tracks: this.mayPublish ? tracks : [], ...how });
  }

  async #answered(message: Extract<ServerMessage, { type: 'answer' }>): Promise<void> {
    const { peer } = this;
    if (peer === null || message.id !== this.#pendingOffer) return;
    try {
      await peer.answer(message.sdp, message.tracks, message.subscriptions);
      this.#isFresh = false;
    } catch (error) {
      console.error('The answer is not understood:', error);
    }
    if (this.peer !== peer) return;
    this.#pendingOffer = null;
    if (this.#wantsOffer) this.#negotiate();
    // What was muted while the offer was under way.
    for (const [source, { muted }] of this.#sources) {
      const trackId = peer.publishedId(source);
      if (trackId !== null && muted) this.#send({ type: 'mute', trackId, muted });
    }
    this.#options.onChange();
  }

  #refused({ code, text }: Extract<ServerMessage, { type: 'error' }>): void {
    console.warn(`Refused (${code}): ${text}`);
    if (code === 'no-capacity') this.notice = `${text}. Trying again…`;
    this.#options.onChange();
    const isJoining = this.state === 'joining' || this.#pendingOffer === null;
    if (FINAL.has(code) && isJoining && (this.self === null || code === 'forbidden' || code === 'unauthorized')) {
      this.#end();
      this.#options.onEnd(`${text}.`);
      return;
    }
    if (this.#pendingOffer !== null) {
      this.#pendingOffer = null;
      // A server that is gone is told of by `moved`; until then, and where none is left, it is tried again.
      setTimeout(() => {
        if (this.#pendingOffer === null && !this.#isOver && this.self !== null) this.#renew();
      }, 1000);
    }
  }

  #send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #setState(state: CallState): void {
    if (this.state === state) return;
    this.state = state;
    this.#options.onChange();
  }
}
