import { createHmac, randomBytes } from 'node:crypto';
import type { ControlAnswer, ControlOffer, SfuEvent } from '../signalling/control-messages.ts';
import { Refused } from '../signalling/error-codes.ts';
import type { Log } from './gateway-log.ts';
import { type Member, type MemberClient, Room, shownTo } from './member.ts';
import { expectedShare, placeParticipant, placeRoom, withFreshLoad } from './placement.ts';
import { Unanswered } from './sfu-control.ts';
import type { SfuDirectoryWatcher } from './sfu-directory.ts';
import { presenceKey, SfuLink, type SfuLinkListener } from './sfu-link.ts';
import type { Grant } from './tokens.ts';

export interface ConferenceLimits {
  readonly rooms: number;
  readonly participantsInRoom: number;
}

export interface ConferenceSettings {
  readonly controlSecret: string | null;
  readonly limits: ConferenceLimits;
  readonly log: Log;
  /** Told each time a participant is sent to another SFU. */
  readonly onMoved: (reason: MoveReason) => void;
}

export type MoveReason = 'sfu-lost' | 'sfu-draining' | 'rebalanced';

const ID_BYTES = 12;
const RESUME_BYTES = 24;

/** Two SFUs cannot be joined by a relay. */
class Apart extends Refused {}

/** The rooms, who is in them, and on which SFU. Owns the links to SFUs and does what their events call for. */
export class Conference implements SfuDirectoryWatcher, SfuLinkListener {
  readonly rooms = new Map<string, Room>();
  readonly links = new Map<string, SfuLink>();
  readonly #settings: ConferenceSettings;
  readonly #log: Log;
  readonly #rankKey: string;

  constructor(settings: ConferenceSettings) {
    this.#settings = settings;
    this.#log = settings.log;
    // Shared by all gateways of a conference, and not known to who chooses the names of rooms.
    this.#rankKey = settings.controlSecret ?? 'rtcscope';
  }

  add({ controlUrl }: { readonly controlUrl: string }): void {
    if (!this.links.has(controlUrl)) {
      this.links.set(controlUrl, new SfuLink(controlUrl, this.#settings.controlSecret, this));
    }
  }

  remove(controlUrl: string): void {
    const link = this.links.get(controlUrl);
    if (link === undefined) return;
    this.links.delete(controlUrl);
    link.end();
    link.status = null;
    this.lost(link);
  }

  end(): void {
    for (const link of this.links.values()) link.end();
    this.links.clear();
  }

  get participants(): number {
    let count = 0;
    for (const room of this.rooms.values()) count += room.members.size;
    return count;
  }

  get isReady(): boolean {
    return [...this.links.values()].some((link) => link.status?.state === 'ready');
  }

  /** Another participant of a room, placed on an SFU. @throws Refused */
  join(grant: Grant, client: MemberClient, isResumable: boolean): { readonly room: Room; readonly member: Member } {
    const { limits } = this.#settings;
    const existing = this.rooms.get(grant.room);
    if (grant.identity !== null) {
      const former = existing?.memberOf(grant.identity);
      if (existing !== undefined && former) this.leave(existing, former, 'replaced');
    }
    const room = this.rooms.get(grant.room) ?? new Room(grant.room);
    if (room.members.size >= limits.participantsInRoom) throw new Refused('room-full', 'The room is full');
    if (!this.rooms.has(room.name) && this.rooms.size >= limits.rooms) {
      throw new Refused('no-capacity', 'There are as many rooms as there may be');
    }
    const link = this.#place(room);
    if (link === null) throw new Refused('no-capacity', 'No media server can take another participant now');
    this.rooms.set(room.name, room);
    const member: Member = {
      id: randomBytes(ID_BYTES).toString('base64url'),
      identity: grant.identity,
      name: grant.name,
      publish: grant.publish,
      subscribe: grant.subscribe,
      resume: isResumable ? randomBytes(RESUME_BYTES).toString('base64url') : null,
      tracks: new Map(),
      answered: new Set(),
      link,
      client,
      ours: true,
      offered: false,
    };
    room.send({ type: 'participant-joined', participant: shownTo(member) });
    room.members.set(member.id, member);
    return { room, member };
  }

  /** The participant whose WebSocket broke, if it is still held. */
  resume(roomName: string, resume: string, client: MemberClient): { room: Room; member: Member } | null {
    const room = this.rooms.get(roomName);
    const member = room?.memberWith(resume);
    if (room === undefined || !member) return null;
    const former = member.client;
    member.client = client;
    former?.end('replaced');
    return { room, member };
  }

  leave(room: Room, member: Member, reason: 'left' | 'replaced' | 'gone'): void {
    if (!room.members.delete(member.id)) return;
    const { client } = member;
    member.client = null;
    if (reason !== 'left') client?.end(reason);
    if (member.ours && member.offered) {
      member.link?.control.remove(room.name, member.id).catch(() => {
        // It is not there, or its SFU is gone: what was wanted.
      });
    }
    room.send({ type: 'participant-left', participantId: member.id });
    if (room.members.size === 0) this.rooms.delete(room.name);
  }

  /** @throws Refused */
  async offer(room: Room, member: Member, offer: Pick<ControlOffer, 'sdp' | 'tracks' | 'fresh' | 'automatic'>) {
    const isFirst = !member.offered;
    member.offered = true;
    // One try more than there are SFUs: what each of them says last may be old.
    for (let tries = 0; ; tries++) {
      const link = tries > this.links.size ? null : (member.link ??= this.#place(room));
      if (link === null) {
        member.offered = !isFirst;
        throw new Refused('no-capacity', 'No media server can take another participant now');
      }
      const { name, publish, subscribe } = member;
      let answer: ControlAnswer;
      try {
        if (isFirst && !(await this.#relay(room, link))) {
          // Better crowded together than apart.
          if (member.link === link) member.link = null;
          continue;
        }
        answer = await link.control.offer(room.name, member.id, { ...offer, name, publish, subscribe });
      } catch (error) {
        const isFull = error instanceof Refused && error.code === 'no-capacity' && !(error instanceof Apart);
        if (isFull && isFirst && member.link === link) {
          // It filled up since it last told its state: there may be another one.
          link.full();
          member.link = null;
          continue;
        }
        if (member.link === link && isFirst) member.offered = false;
        throw error;
      }
      if (member.link !== link) throw new Refused('no-capacity', 'The media server was lost');
      member.answered = new Set(Object.values(answer.tracks));
      // It left while it was asked for: whoever removed it was too early.
      if (!room.members.has(member.id)) link.control.remove(room.name, member.id).catch(() => {});
      return answer;
    }
  }

  /** To everybody in the room, through the SFU where that hands it on to other gateways. */
  async chat(room: Room, member: Member, text: string): Promise<void> {
    const chat = { participantId: member.id, name: member.name, text, time: Date.now() };
    const { link } = member;
    if (link?.knowsChat && member.offered) {
      try {
        await link.control.chat(room.name, chat);
        return;
      } catch (error) {
        if (error instanceof Refused && error.code === 'not-found') link.knowsChat = false;
      }
    }
    room.send({ type: 'chat', ...chat });
  }

  linked(link: SfuLink, present: ReadonlySet<string>): void {
    this.#log('info', 'SFU is there', { sfu: link.id, id: link.status?.id ?? null });
    this.#reconcile(link, present);
    // Who had to wait for an SFU is told that there is one.
    for (const room of this.rooms.values()) {
      for (const member of room.members.values())
        if (member.ours && member.link === null) this.#move(room, member, 'sfu-lost');
    }
  }

  lost(link: SfuLink): void {
    this.#log('warn', 'SFU is lost', { sfu: link.id });
    for (const room of [...this.rooms.values()]) this.#moveFrom(room, link, 'sfu-lost');
  }

  event(link: SfuLink, event: SfuEvent): void {
    if (event.type === 'status') {
      if (event.status.state === 'draining') this.#drain(link);
      return;
    }
    const room = this.rooms.get(event.room);
    if (event.type === 'chat') {
      const { room: _, ...chat } = event;
      room?.send(chat);
      return;
    }
    if (event.type === 'speakers') {
      room?.send({ type: 'speakers', participants: room.speakers(link, event.participants) });
      return;
    }
    if (event.type === 'participant-connected') {
      this.#foreign(link, event.room, event.participantId, event.name);
      return;
    }
    const member = room?.members.get(event.participantId);
    if (event.type === 'track-relayed') {
      const track = member?.tracks.get(event.trackId);
      // Who offered on that SFU before could not get it yet.
      if (room !== undefined && member !== undefined && track !== undefined && member.link !== link) {
        room.sendOn(link, { type: 'track-published', participantId: member.id, track });
      }
      return;
    }
    // An SFU to which a track is only relayed says of it what the first one said.
    if (room === undefined || member === undefined || member.link !== link) return;
    const { participantId } = event;
    if (event.type === 'participant-left') {
      if (!member.ours) this.leave(room, member, 'left');
      else if (member.resume === null) this.leave(room, member, 'gone');
      else this.#dropTracks(room, member);
    } else if (event.type === 'track-published') {
      const isKnown = member.tracks.has(event.track.id);
      member.tracks.set(event.track.id, event.track);
      if (!isKnown) room.send({ type: 'track-published', participantId, track: event.track }, member);
    } else if (event.type === 'track-unpublished') {
      if (member.tracks.delete(event.trackId)) {
        room.send({ type: 'track-unpublished', participantId, trackId: event.trackId }, member);
      }
    } else if (event.type === 'track-muted') {
      const track = member.tracks.get(event.trackId);
      if (track === undefined) return;
      member.tracks.set(track.id, { ...track, muted: event.muted });
      room.send({ type: 'track-muted', participantId, trackId: track.id, muted: event.muted });
    }
  }

  /** Somebody of another gateway; of somebody of ours it says nothing new. */
  #foreign(link: SfuLink, roomName: string, id: string, name: string): Member | null {
    const room = this.rooms.get(roomName) ?? new Room(roomName);
    const known = room.members.get(id);
    if (known !== undefined) {
      if (!known.ours && name !== '') known.name = name;
      return known;
    }
    const { limits } = this.#settings;
    if (room.members.size >= limits.participantsInRoom || this.rooms.size > limits.rooms) return null;
    this.rooms.set(roomName, room);
    const member: Member = {
      ...{ id, identity: null, name: name || 'Guest', publish: true, subscribe: true, resume: null },
      ...{ tracks: new Map(), answered: new Set<string>(), link, client: null, ours: false, offered: true },
    };
    room.members.set(id, member);
    room.send({ type: 'participant-joined', participant: shownTo(member) });
    return member;
  }

  /** Holds what is known against who is there, after the events of an SFU began or began again. */
  #reconcile(link: SfuLink, present: ReadonlySet<string>): void {
    for (const room of [...this.rooms.values()]) {
      for (const member of [...room.members.values()]) {
        if (member.link !== link || !member.offered || present.has(presenceKey(room.name, member.id))) continue;
        if (member.ours) this.#move(room, member, 'sfu-lost');
        else this.leave(room, member, 'left');
      }
    }
  }

  #drain(link: SfuLink): void {
    for (const room of [...this.rooms.values()]) {
      // Without another SFU they stay for as long as this one lets them.
      if (room.carriers().has(link) && this.#choose(room) !== null) this.#moveFrom(room, link, 'sfu-draining');
    }
  }

  #moveFrom(room: Room, link: SfuLink, reason: MoveReason): void {
    for (const member of [...room.members.values()]) {
      if (member.link !== link) continue;
      if (member.ours) this.#move(room, member, reason);
      else if (reason === 'sfu-lost') this.leave(room, member, 'left');
    }
  }

  #move(room: Room, member: Member, reason: MoveReason): void {
    const former = member.link;
    const hadOffered = member.offered;
    member.link = null;
    member.offered = false;
    // What stands still cannot follow: WHIP and WHEP have no way to say so but to end.
    if (member.resume === null) {
      this.leave(room, member, 'gone');
      return;
    }
    member.link = this.#place(room);
    this.#dropTracks(room, member);
    if (former?.status && hadOffered) former.control.remove(room.name, member.id).catch(() => {});
    this.#settings.onMoved(reason);
    this.#log('info', 'Participant is moved', { room: room.name, reason, to: member.link?.id ?? null });
    if (member.link !== null) member.client?.send({ type: 'moved', reason });
  }

  #dropTracks(room: Room, member: Member): void {
    for (const trackId of [...member.tracks.keys()]) {
      member.tracks.delete(trackId);
      room.send({ type: 'track-unpublished', participantId: member.id, trackId }, member);
    }
  }

  /** Chooses an SFU for one more participant of a room, and counts it as given. */
  #place(room: Room): SfuLink | null {
    const link = this.#choose(room);
    if (link === null) return null;
    const share = expectedShare(room.carriers().get(link) ?? 0);
    link.freshLoad = withFreshLoad(link.freshLoad, share, performance.now());
    return link;
  }

  #choose(room: Room): SfuLink | null {
    const nowMs = performance.now();
    const candidates = [...this.links.values()].map(({ candidate }) => candidate);
    const rank = (id: string) => this.#rank(room.name, id);
    const carriers = room.carriers();
    const counts = new Map([...carriers].map(([{ id }, count]) => [id, count]));
    const chosen =
      counts.size === 0
        ? placeRoom(candidates, rank, nowMs)
        : placeParticipant(candidates, counts, this.#maySpread(room, carriers), rank, nowMs);
    return chosen === null ? null : (this.links.get(chosen.id) ?? null);
  }

  #maySpread(room: Room, carriers: ReadonlyMap<SfuLink, number>): boolean {
    return room.members.size > 0 && [...carriers.keys()].every((link) => link.knowsRelays);
  }

  #rank(room: string, sfu: string): number {
    return createHmac('sha256', this.#rankKey).update(`${room}\n${sfu}`).digest().readUIntBE(0, 6);
  }

  /** Lets the SFU exchange the room's tracks with the others that carry it. @returns false where one of them cannot. */
  async #relay(room: Room, link: SfuLink): Promise<boolean> {
    for (const other of room.carriers().keys()) {
      if (other === link || other.status === null) continue;
      try {
        await other.control.relay({ room: room.name, peer: { controlUrl: link.control.controlUrl } });
      } catch (error) {
        if (error instanceof Refused && error.code === 'not-found') {
          other.knowsRelays = false;
          return false;
        }
        this.#log('warn', 'SFUs cannot be joined by a relay', { room: room.name, from: other.id, to: link.id });
        // One that is gone: its participants will be elsewhere soon, and ask for relays of their own.
        if (error instanceof Unanswered) continue;
        throw new Apart('no-capacity', 'The room cannot be carried by another media server');
      }
    }
    return true;
  }
}
