import { randomUUID } from 'node:crypto';
import { DtlsCertificate } from '../dtls/dtls-certificate.ts';
import type {
  ControlAnswer,
  ControlChat,
  ControlOffer,
  ControlSubscribe,
  SfuEvent,
  SfuStatus,
} from '../signalling/control-messages.ts';
import { Refused } from '../signalling/error-codes.ts';
import { LIMITS } from '../signalling/limits.ts';
import { CapacityMeter } from './capacity.ts';
import { forwarded } from './forwarding/forwarder.ts';
import type { Log } from './log.ts';
import { Relays } from './relay/relays.ts';
import { allocate } from './room/allocate.ts';
import { Participant } from './room/participant.ts';
import { Room } from './room/room.ts';
import type { Offer } from './sdp/offer.ts';
import { OfferError, parseOffer } from './sdp/parse-offer.ts';
import type { MediaAddress } from './sdp/write-answer.ts';
import type { Tap } from './tap/tap.ts';
import { Taps } from './tap/taps.ts';
import { orOnAll } from './transport/bind.ts';
import { Demultiplexer } from './transport/demultiplexer.ts';
import type { Path } from './transport/path.ts';
import { Peer } from './transport/peer.ts';
import { TcpListener } from './transport/tcp-listener.ts';
import { UdpSocket } from './transport/udp-socket.ts';

export interface SfuOptions {
  readonly id: string;
  /** As clients reach it; the first is the one that `status` tells. */
  readonly addresses: readonly string[];
  /** 0 for any. */
  readonly udpPort: number;
  /** 0 for any, null for no ICE-TCP. */
  readonly tcpPort: number | null;
  /** Packets a second that this machine was measured to forward; null where it was not. */
  readonly capacityPps: number | null;
  /** Sounds that are forwarded in one room at most. */
  readonly lastN: number;
  readonly mostRooms: number;
  readonly mostParticipants: number;
  readonly log: Log;
  readonly tap: Tap | null;
}

const SILENT_MS = 15_000;
const NEVER_CONNECTED_MS = 20_000;
const OVERLOADED = 0.9;
/** How long a room that is relayed stays without anybody: who was placed here may be on the way. */
const LINGER_MS = 10_000;

/** One media process: rooms, their participants, and the sockets that all of them share. */
export class Sfu {
  readonly options: SfuOptions;
  readonly rooms = new Map<string, Room>();
  readonly capacity: CapacityMeter;
  readonly demultiplexer: Demultiplexer;
  readonly taps: Taps;
  readonly relays: Relays;
  readonly counts = { joins: 0, refusals: 0, left: 0, handshakeFailures: 0 };
  participantCount = 0;
  isDraining = false;
  readonly #listeners = new Set<(event: SfuEvent) => void>();
  readonly #sockets: UdpSocket[] = [];
  readonly #tcp: TcpListener[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #certificate: DtlsCertificate;
  #addresses: readonly MediaAddress[] = [];
  #state: SfuStatus['state'] = 'ready';
  #sampledMs = performance.now();

  private constructor(options: SfuOptions, certificate: DtlsCertificate) {
    this.options = options;
    this.taps = new Taps(options.tap);
    this.demultiplexer = new Demultiplexer(this.taps);
    this.#certificate = certificate;
    this.capacity = new CapacityMeter(options.capacityPps);
    const { id, log } = options;
    const sfu = this;
    this.relays = new Relays({
      ...{ id, log, certificate, tap: this.taps, demultiplexer: this.demultiplexer },
      get media() {
        return sfu.media;
      },
      get isDraining() {
        return sfu.isDraining;
      },
      remember: (path) => this.#remember(path),
      roomOf: (name) => this.#roomOf(name),
      isPeopled: (name) => (this.rooms.get(name)?.participants.size ?? 0) > 0,
    });
  }

  /** @throws where a port is taken. */
  static async start(options: SfuOptions): Promise<Sfu> {
    const sfu = new Sfu(options, await DtlsCertificate.create());
    try {
      await sfu.#open();
    } catch (error) {
      sfu.close();
      throw error;
    }
    return sfu;
  }

  async #open(): Promise<void> {
    const { addresses, udpPort, tcpPort } = this.options;
    const media: MediaAddress[] = [];
    for (const address of addresses) {
      // The same port on each address, whatever the first one got.
      const udp = new UdpSocket(address, this.demultiplexer);
      await orOnAll(address, (bind) => udp.open(media[0]?.udpPort ?? udpPort, bind));
      this.#sockets.push(udp);
      if (!udp.hasWholeBuffer) {
        const { receiveBufferBytes } = udp;
        this.options.log.warn('small receive buffer: raise net.core.rmem_max to 4194304', {
          address,
          receiveBufferBytes,
        });
      }
      let tcp: TcpListener | null = null;
      if (tcpPort !== null) {
        tcp = new TcpListener(address, this.demultiplexer);
        const listener = tcp;
        await orOnAll(address, (bind) => listener.open(media[0]?.tcpPort ?? tcpPort, bind));
        this.#tcp.push(tcp);
      }
      media.push({ address, udpPort: udp.port, tcpPort: tcp?.port ?? 0 });
    }
    this.#addresses = media;
    this.#every(20, (participant, nowMs) => participant.media.repair(nowMs));
    this.#every(100, (participant) => participant.media.feedback());
    this.#timers.push(
      setInterval(() => this.relays.repair(performance.now()), 20),
      setInterval(() => this.#listen(), 300),
      setInterval(() => this.#second(), 1000),
    );
  }

  #every(ms: number, act: (participant: Participant, nowMs: number) => void): void {
    this.#timers.push(
      setInterval(() => {
        const nowMs = performance.now();
        for (const room of this.rooms.values()) {
          for (const participant of room.participants.values()) if (participant.isConnected) act(participant, nowMs);
        }
      }, ms),
    );
  }

  #listen(): void {
    for (const room of this.rooms.values()) room.listen();
  }

  #second(): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#sampledMs;
    this.#sampledMs = nowMs;
    this.capacity.sample(elapsedMs, forwarded.packets, this.counts.joins);
    this.relays.report(nowMs, elapsedMs);
    for (const room of [...this.rooms.values()]) {
      if (room.participants.size === 0 && nowMs - room.emptySinceMs > LINGER_MS) this.#end(room);
      for (const participant of [...room.participants.values()]) {
        const silentMs = nowMs - participant.peer.lastHeardMs;
        if (participant.isConnected && silentMs > SILENT_MS) this.#leave(participant, 'silent');
        else if (!participant.isConnected && silentMs > NEVER_CONNECTED_MS) this.#leave(participant, 'failed');
        else {
          participant.media.report(nowMs, elapsedMs);
          allocate(participant, nowMs);
        }
      }
    }
    this.#emit({ type: 'status', status: this.status });
  }

  /** At once where it changed, since gateways place by it. */
  #tellState(): void {
    const before = this.#state;
    if (this.state !== before) this.#emit({ type: 'status', status: this.status });
  }

  get state(): SfuStatus['state'] {
    if (this.isDraining) return 'draining';
    // Once overloaded, it is so until there is room again, not until the next sample.
    const limit = this.#state === 'overloaded' ? OVERLOADED - 0.15 : OVERLOADED;
    this.#state =
      this.capacity.used > limit || this.participantCount >= this.options.mostParticipants ? 'overloaded' : 'ready';
    return this.#state;
  }

  get media(): MediaAddress {
    return this.#addresses[0];
  }

  get status(): SfuStatus {
    return {
      id: this.options.id,
      state: this.state,
      capacity: Math.round(this.capacity.used * 1000) / 1000,
      rooms: this.roomCount,
      participants: this.participantCount,
      media: this.media,
    };
  }

  /** Rooms with somebody in them. */
  get roomCount(): number {
    let count = 0;
    for (const { participants } of this.rooms.values()) if (participants.size > 0) count++;
    return count;
  }

  get strays(): number {
    return this.demultiplexer.strays;
  }

  /** Packets that came while a socket's buffer was full: this process was too busy. 0 where the system does not tell. */
  get unread(): number {
    return this.#sockets.reduce((sum, { kernelDrops }) => sum + (kernelDrops ?? 0), 0);
  }

  get dropped(): number {
    return this.#sockets.reduce((sum, { dropped }) => sum + dropped, this.relays.dropped);
  }

  /** Takes all events from now on; first those that tell what is. @returns what ends it. */
  listen(listener: (event: SfuEvent) => void): () => void {
    for (const room of this.rooms.values()) {
      for (const participant of room.participants.values()) {
        if (!participant.isConnected) continue;
        listener({
          type: 'participant-connected',
          room: room.name,
          participantId: participant.id,
          name: participant.name,
        });
        for (const track of participant.tracks) {
          listener({ type: 'track-published', room: room.name, participantId: participant.id, track: track.shown });
        }
      }
    }
    listener({ type: 'status', status: this.status });
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #emit(event: SfuEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** @throws Refused */
  offer(roomName: string, participantId: string, request: ControlOffer): ControlAnswer {
    try {
      const offer = parseOffer(request.sdp);
      return this.#negotiate(roomName, participantId, request, offer);
    } catch (error) {
      this.counts.refusals++;
      if (error instanceof OfferError) throw new Refused('bad-message', error.message);
      throw error;
    }
  }

  #negotiate(roomName: string, participantId: string, request: ControlOffer, offer: Offer): ControlAnswer {
    const known = this.rooms.get(roomName);
    let participant = known?.participants.get(participantId);
    // Another certificate is another RTCPeerConnection.
    if (participant !== undefined && participant.peer.fingerprint !== offer.fingerprint) {
      this.#leave(participant, 'left');
      participant = undefined;
    }
    if (participant === undefined) participant = this.#join(roomName, participantId, request.name, offer);
    const { peer } = participant;
    this.demultiplexer.delete(peer);
    const answer = participant.negotiate(offer, request, this.#certificate, this.#addresses, () => {});
    this.demultiplexer.add(peer);
    return answer;
  }

  #join(roomName: string, id: string, name: string, offer: Offer): Participant {
    if (this.isDraining) throw new Refused('no-capacity', 'the SFU is draining');
    if (this.participantCount >= this.options.mostParticipants) throw new Refused('no-capacity', 'the SFU is full');
    const room = this.#roomOf(roomName);
    if (room.participants.size >= LIMITS.participantsInRoom) throw new Refused('room-full', 'the room is full');
    const participant = this.#makeParticipant(room, id, name, offer.fingerprint);
    room.participants.set(id, participant);
    this.participantCount++;
    this.counts.joins++;
    this.options.log.info('joins', { room: roomName, participant: id });
    this.#tellState();
    return participant;
  }

  /** @throws Refused */
  #roomOf(name: string): Room {
    const known = this.rooms.get(name);
    if (known !== undefined) return known;
    if (this.rooms.size >= this.options.mostRooms)
      throw new Refused('no-capacity', 'the SFU has no room for another room');
    const room = new Room(name, this.options.lastN, performance.now(), (event) => this.#emit(event));
    this.rooms.set(name, room);
    return room;
  }

  #end(room: Room): void {
    this.rooms.delete(room.name);
    this.relays.endRoom(room);
  }

  #remember(path: Path): void {
    if (path.protocol === 'udp') this.#sockets.find(({ address }) => address === path.localAddress)?.remember(path);
  }

  #makeParticipant(room: Room, id: string, name: string, fingerprint: string): Participant {
    const { log } = this.options;
    const peer: Peer = new Peer(
      this.#certificate,
      fingerprint,
      performance.now(),
      (path) => this.#remember(path),
      {
        connected: () => {
          log.info('connected', { room: room.name, participant: id, protocol: peer.path?.protocol ?? null });
          room.connected(participant);
        },
        rtp: (bytes, length, nowMs) => participant.media.rtp(bytes, length, nowMs),
        rtcp: (bytes, length, nowMs) => participant.media.rtcp(bytes, length, nowMs),
        data: (bytes) => participant.data.receive(bytes),
        closed: (reason, text) => {
          log.info('transport ended', { room: room.name, participant: id, reason, why: text });
          if (reason === 'failed') this.counts.handshakeFailures++;
          this.#leave(participant, reason === 'failed' ? 'failed' : 'left');
        },
      },
      this.taps,
    );
    const participant: Participant = new Participant(id, name, room, peer);
    return participant;
  }

  #leave(participant: Participant, reason: 'left' | 'silent' | 'failed' | 'drained'): void {
    const room = this.rooms.get(participant.room.name);
    if (room?.participants.get(participant.id) !== participant) return;
    this.demultiplexer.delete(participant.peer);
    room.leave(participant, reason);
    this.participantCount--;
    this.#tellState();
    this.counts.left++;
    if (room.participants.size === 0) {
      room.emptySinceMs = performance.now();
      if (room.relays.size === 0) this.#end(room);
    }
    this.options.log.info('left', { room: room.name, participant: participant.id, reason });
  }

  #find(roomName: string, participantId: string): { room: Room; participant: Participant } {
    const room = this.rooms.get(roomName);
    const participant = room?.participants.get(participantId);
    if (room === undefined || participant === undefined) throw new Refused('not-found', 'no such participant');
    return { room, participant };
  }

  /** @throws Refused */
  remove(roomName: string, participantId: string): void {
    this.#leave(this.#find(roomName, participantId).participant, 'left');
  }

  /** @throws Refused */
  mute(roomName: string, participantId: string, trackId: string, muted: boolean): void {
    const { room, participant } = this.#find(roomName, participantId);
    if (!room.mute(participant, trackId, muted)) throw new Refused('not-found', 'no such track of this participant');
  }

  /** @throws Refused */
  subscribe(roomName: string, participantId: string, wish: ControlSubscribe): void {
    this.#find(roomName, participantId).participant.setWish(wish);
  }

  /** @throws Refused */
  chat(roomName: string, message: ControlChat): void {
    if (!this.rooms.has(roomName)) throw new Refused('not-found', 'no such room');
    this.#emit({ type: 'chat', room: roomName, ...message });
  }

  /** Takes nobody new, and ends once everybody left or the grace is over. */
  async drain(graceMs: number): Promise<void> {
    this.isDraining = true;
    this.#emit({ type: 'status', status: this.status });
    const endMs = performance.now() + graceMs;
    while (this.participantCount > 0 && performance.now() < endMs) await new Promise((go) => setTimeout(go, 50));
    for (const room of [...this.rooms.values()]) {
      for (const participant of [...room.participants.values()]) this.#leave(participant, 'drained');
    }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.relays.close();
    for (const room of [...this.rooms.values()]) {
      for (const participant of [...room.participants.values()]) this.#leave(participant, 'drained');
    }
    for (const socket of this.#sockets) socket.close();
    for (const listener of this.#tcp) listener.close();
  }
}

export const newSfuId = (): string => `sfu-${randomUUID().slice(0, 8)}`;
