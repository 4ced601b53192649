import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import type { DtlsCertificate } from '../../dtls/dtls-certificate.ts';
import { Refused } from '../../signalling/error-codes.ts';
import type { Log } from '../log.ts';
import type { Room } from '../room/room.ts';
import type { MediaAddress } from '../sdp/write-answer.ts';
import type { Demultiplexer } from '../transport/demultiplexer.ts';
import type { Path, Wiretap } from '../transport/path.ts';
import { Peer } from '../transport/peer.ts';
import type { Relay } from './relay.ts';
import { RelayDial } from './relay-dial.ts';
import { BROKEN, NORMAL, REFUSED, RelayLink } from './relay-link.ts';
import { LONGEST_RELAY_MESSAGE_BYTES, type RelayMessage } from './relay-messages.ts';

/** What relays need of the SFU they belong to. */
export interface RelayHost {
  readonly id: string;
  readonly certificate: DtlsCertificate;
  readonly media: MediaAddress;
  readonly demultiplexer: Demultiplexer;
  readonly tap: Wiretap | null;
  readonly log: Log;
  readonly isDraining: boolean;
  /** Makes packets of a path of the SFU's own sockets belong to its peer. */
  remember(path: Path): void;
  /** The room, made where it is not there. @throws Refused */
  roomOf(name: string): Room;
  /** Whether somebody is in the room here. */
  isPeopled(name: string): boolean;
}

type Message<T extends RelayMessage['type']> = Extract<RelayMessage, { type: T }>;

const MOST_RELAYS = 1024;
/** Below the time that a gateway waits for an answer. */
const READY_MS = 3000;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5000;
/** How long a relay that broke is dialled again, while somebody is in the room. */
const RETRY_FOR_MS = 60_000;
const SILENT_MS = 15_000;

/** The relays of an SFU: at most one for a room and another SFU, whichever of the two was asked to make it. */
export class Relays {
  readonly #host: RelayHost;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_RELAY_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  readonly #links = new Set<RelayLink>();
  /** Dials on their way, by room and address. */
  readonly #dialling = new Map<string, Promise<void>>();
  /** Which SFU is behind an address, as it said. */
  readonly #idOf = new Map<string, string>();
  #isOver = false;
  /** Relays that ended before their room did. */
  broken = 0;

  constructor(host: RelayHost) {
    this.#host = host;
  }

  get all(): Relay[] {
    return [...this.#links].flatMap(({ relay }) => (relay === null ? [] : [relay]));
  }

  /** Packets from other SFUs that are missing, of streams of now. */
  get lost(): number {
    let lost = 0;
    for (const { media } of this.all) for (const { reception } of media.incoming) lost += reception.lost;
    return lost;
  }

  get dropped(): number {
    let dropped = 0;
    for (const { dial } of this.#links) dropped += dial?.dropped ?? 0;
    return dropped;
  }

  /**
   * Sees to it that the room's tracks go to the SFU behind `controlUrl` and its tracks come here; resolves once each knows the other's.
   *
   * @throws Refused where it cannot be reached or does not want to.
   */
  connect(room: string, controlUrl: string, secret: string): Promise<void> {
    return this.#connect(room, relayUrl(controlUrl), secret);
  }

  async #connect(room: string, url: string, secret: string): Promise<void> {
    const known = this.#idOf.get(url);
    if (known !== undefined && this.#linkOf(room, known) !== null) return;
    const key = `${room} ${url}`;
    const dialling = this.#dialling.get(key) ?? this.#dial(room, url, secret);
    this.#dialling.set(key, dialling);
    try {
      await dialling;
    } finally {
      if (this.#dialling.get(key) === dialling) this.#dialling.delete(key);
    }
  }

  #linkOf(room: string, id: string): RelayLink | null {
    for (const link of this.#links) if (link.relay?.id === id && link.relay.room.name === room) return link;
    return null;
  }

  async #dial(roomName: string, url: string, secret: string): Promise<void> {
    const { media, tap, certificate, id } = this.#host;
    this.#host.roomOf(roomName);
    if (this.#links.size >= MOST_RELAYS) throw new Refused('too-many', 'too many relays');
    const dial = new RelayDial(media.address, tap);
    await dial.open();
    await new Promise<void>((resolve, reject) => {
      const socket = new WebSocket(url, {
        ...{ perMessageDeflate: false, maxPayload: LONGEST_RELAY_MESSAGE_BYTES, handshakeTimeout: READY_MS },
        headers: { authorization: `Bearer ${secret}` },
      });
      let isReady = false;
      const take = (message: RelayMessage) => {
        if (message.type === 'welcome') this.#welcomed(link, roomName, url, message);
        else if (message.type === 'known') {
          this.#idOf.set(url, message.sfu);
          resolve();
          link.close(NORMAL);
        } else if (message.type === 'ready') {
          isReady = true;
          resolve();
        } else link.relay?.take(message);
        // Closed here: the two have a relay that the other one dialled.
        if (message.type === 'welcome' && link.relay === null) resolve();
      };
      const link = new RelayLink(socket, dial, take, () => {
        clearTimeout(timer);
        this.#forget(link);
        reject(new Refused('no-capacity', 'the other SFU does not take part in a relay'));
      });
      this.#links.add(link);
      const timer = setTimeout(() => isReady || link.close(BROKEN), READY_MS);
      socket.on('open', () => {
        const { ufrag, pwd } = dial.credentials;
        const { fingerprint } = certificate;
        link.tell({ type: 'hello', room: roomName, sfu: id, ice: { ufrag, pwd }, fingerprint });
      });
      socket.on('close', (code) => {
        if (!isReady || code === NORMAL || this.#isOver) return;
        this.broken++;
        void this.#dialAgain(roomName, url, secret);
      });
    });
  }

  #welcomed(link: RelayLink, roomName: string, url: string, message: Message<'welcome'>): void {
    const { id, log } = this.#host;
    this.#idOf.set(url, message.sfu);
    const other = this.#linkOf(roomName, message.sfu);
    // Both dialled: the dial of the one whose id comes first stays.
    const isMine = id < message.sfu;
    if (link.relay !== null || message.sfu === id || (other !== null && !isMine)) {
      link.close(NORMAL);
      return;
    }
    other?.close(NORMAL);
    const peer = this.#peer(message.fingerprint, link, (path) => link.dial?.remember(path));
    link.establish(message.sfu, this.#host.roomOf(roomName), peer);
    link.tell({ type: 'ready' });
    link.dial?.start(peer, message.ice, message.address, message.udpPort, () => link.close(BROKEN));
    log.info('relay begins', { room: roomName, sfu: message.sfu, dialled: true });
  }

  /** As long as somebody is here who misses the others. */
  async #dialAgain(roomName: string, url: string, secret: string): Promise<void> {
    const untilMs = performance.now() + RETRY_FOR_MS;
    for (let waitMs = FIRST_RETRY_MS; performance.now() < untilMs; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 1.7)) {
      await delay(waitMs, undefined, { ref: false });
      if (this.#isOver || this.#host.isDraining || !this.#host.isPeopled(roomName)) return;
      try {
        await this.#connect(roomName, url, secret);
        return;
      } catch {
        // Not there yet.
      }
    }
  }

  /** Takes a WebSocket of another SFU, which showed the secret. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (accepted) => {
      const link = new RelayLink(
        accepted,
        null,
        (message) => {
          if (message.type === 'hello') this.#greeted(link, message);
          else if (message.type === 'ready') link.tell({ type: 'ready' });
          else link.relay?.take(message);
        },
        () => {
          clearTimeout(timer);
          this.#forget(link);
        },
      );
      const timer = setTimeout(() => link.relay === null && link.close(REFUSED), READY_MS);
      this.#links.add(link);
      if (this.#links.size > MOST_RELAYS) link.close(REFUSED);
    });
  }

  #greeted(link: RelayLink, message: Message<'hello'>): void {
    const { id, certificate, media, demultiplexer, log } = this.#host;
    let room: Room;
    try {
      if (link.relay !== null || message.sfu === id || this.#host.isDraining) throw new Refused('forbidden', 'no');
      room = this.#host.roomOf(message.room);
    } catch {
      link.close(REFUSED);
      return;
    }
    const other = this.#linkOf(message.room, message.sfu);
    if (other !== null && other.dial !== null && id < message.sfu) {
      link.tell({ type: 'known', sfu: id });
      return;
    }
    // What it dialled before has broken without our knowing, or both dialled and its dial stays.
    other?.close(NORMAL);
    const peer = this.#peer(message.fingerprint, link, (path) => this.#host.remember(path));
    demultiplexer.add(peer);
    const { fingerprint } = certificate;
    const ice = { ufrag: peer.localUfrag, pwd: peer.localPassword };
    link.tell({ type: 'welcome', sfu: id, ice, fingerprint, address: media.address, udpPort: media.udpPort });
    link.establish(message.sfu, room, peer);
    log.info('relay begins', { room: room.name, sfu: message.sfu, dialled: false });
  }

  #peer(fingerprint: string, link: RelayLink, onPath: (path: Path) => void): Peer {
    const { certificate, tap, log } = this.#host;
    return new Peer(
      certificate,
      fingerprint,
      performance.now(),
      onPath,
      {
        connected: () =>
          log.info('relay connected', { room: link.relay?.room.name ?? null, sfu: link.relay?.id ?? null }),
        rtp: (bytes, length, nowMs) => link.relay?.media.rtp(bytes, length, nowMs),
        rtcp: (bytes, length, nowMs) => link.relay?.media.rtcp(bytes, length, nowMs),
        data: () => {},
        closed: () => link.close(BROKEN),
      },
      tap,
    );
  }

  #forget(link: RelayLink): void {
    this.#links.delete(link);
    const { relay } = link;
    if (relay === null) return;
    this.#host.demultiplexer.delete(relay.peer);
    this.#host.log.info('relay ends', { room: relay.room.name, sfu: relay.id });
  }

  /** Every 20 ms. */
  repair(nowMs: number): void {
    for (const { relay, dial } of this.#links) {
      relay?.media.repair(nowMs);
      relay?.ask();
      dial?.tick(nowMs);
    }
  }

  /** Every second. */
  report(nowMs: number, elapsedMs: number): void {
    for (const link of [...this.#links]) {
      if (link.relay === null) continue;
      if (nowMs - link.relay.peer.lastHeardMs > SILENT_MS) link.close(BROKEN);
      else {
        link.relay.media.report(nowMs, elapsedMs);
        link.relay.describe(nowMs);
      }
    }
  }

  /** The room is over here. */
  endRoom(room: Room): void {
    for (const link of [...this.#links]) if (link.relay?.room === room) link.close(NORMAL);
  }

  close(): void {
    this.#isOver = true;
    for (const link of [...this.#links]) link.close(NORMAL);
    this.#server.close();
  }
}

/** Where an SFU takes relays, from the address of its control interface. @throws Refused for what is none. */
function relayUrl(controlUrl: string): string {
  let url: URL;
  try {
    url = new URL(controlUrl);
  } catch {
    throw new Refused('bad-message', 'peer.controlUrl is no address');
  }
  if (url.protocol !== 'http:' || url.username !== '' || url.password !== '')
    throw new Refused('bad-message', 'peer.controlUrl is no http address');
  return new URL('/v1/relays', `ws://${url.host}`).href;
}
