import type { DataMessage } from '../../sctp/data-channels.ts';
import type { SfuEvent } from '../../signalling/control-messages.ts';
import type { Participant, RoomOfParticipant } from './participant.ts';
import type { PublishedTrack } from './published-track.ts';

/** Loudness (127 for full scale, 0 for silence) from which somebody counts as speaking: -57 dBov. */
const SPEAKING = 70;
/** By how much another has to be louder before it is forwarded in place of one that is. */
const STICKINESS = 6;
const MOST_SPEAKERS = 10;

/** The way of a room's media to another SFU and back. */
export interface RoomRelay {
  /** Tracks from there. */
  readonly tracks: readonly PublishedTrack[];
  add(track: PublishedTrack): void;
  remove(track: PublishedTrack): void;
  muted(track: PublishedTrack): void;
  data(message: DataMessage): void;
}

export class Room implements RoomOfParticipant {
  readonly name: string;
  readonly participants = new Map<string, Participant>();
  /** By the id of the other SFU. */
  readonly relays = new Map<string, RoomRelay>();
  /** When nobody was here any more, or not yet. */
  emptySinceMs: number;
  readonly #emit: (event: SfuEvent) => void;
  /** How many sounds are forwarded at most. */
  readonly #mostAudible: number;
  #speakers = '';

  constructor(name: string, mostAudible: number, nowMs: number, emit: (event: SfuEvent) => void) {
    this.name = name;
    this.emptySinceMs = nowMs;
    this.#mostAudible = mostAudible;
    this.#emit = emit;
  }

  tracksFor(participant: Participant): readonly PublishedTrack[] {
    const tracks: PublishedTrack[] = [];
    for (const other of this.participants.values()) {
      if (other !== participant && other.isConnected) tracks.push(...other.tracks);
    }
    for (const relay of this.relays.values()) tracks.push(...relay.tracks);
    return tracks;
  }

  hasTrack(id: string): boolean {
    for (const { tracks } of this.participants.values()) if (tracks.some((track) => track.id === id)) return true;
    for (const { tracks } of this.relays.values()) if (tracks.some((track) => track.id === id)) return true;
    return false;
  }

  /** From now on the relay gets all that is published here. */
  addRelay(id: string, relay: RoomRelay): void {
    this.relays.set(id, relay);
    for (const participant of this.participants.values()) {
      if (participant.isConnected) for (const track of participant.tracks) relay.add(track);
    }
  }

  /** A track of another SFU is here. */
  relayed(track: PublishedTrack): void {
    this.#emit({ type: 'track-relayed', room: this.name, participantId: track.participant.id, trackId: track.id });
    for (const participant of this.participants.values()) if (participant.automatic) participant.subscribeToAll();
  }

  unrelayed(track: PublishedTrack): void {
    this.#unsubscribeAll(track);
  }

  #unsubscribeAll(track: PublishedTrack): void {
    for (const participant of this.participants.values()) {
      for (const section of participant.sections) if (section.subscribed === track) participant.unsubscribe(section);
    }
  }

  connected(participant: Participant): void {
    if (participant.isConnected) return;
    participant.isConnected = true;
    this.#emit({
      type: 'participant-connected',
      room: this.name,
      participantId: participant.id,
      name: participant.name,
    });
    for (const track of participant.tracks) this.published(track);
  }

  published(track: PublishedTrack): void {
    this.#emit({ type: 'track-published', room: this.name, participantId: track.participant.id, track: track.shown });
    for (const other of this.participants.values()) {
      if (other.automatic && other !== track.participant) other.subscribeToAll();
    }
    for (const relay of this.relays.values()) relay.add(track);
  }

  unpublished(track: PublishedTrack): void {
    this.#unsubscribeAll(track);
    for (const relay of this.relays.values()) relay.remove(track);
    this.#emit({ type: 'track-unpublished', room: this.name, participantId: track.participant.id, trackId: track.id });
  }

  data(from: Participant, message: DataMessage): void {
    for (const participant of this.participants.values()) if (participant !== from) participant.data.send(message);
    for (const relay of this.relays.values()) relay.data(message);
  }

  /** A message of somebody on another SFU. */
  relayedData(message: DataMessage): void {
    for (const participant of this.participants.values()) participant.data.send(message);
  }

  mute(participant: Participant, trackId: string, muted: boolean): boolean {
    const track = participant.tracks.find(({ id }) => id === trackId);
    if (track === undefined) return false;
    if (track.muted !== muted) {
      track.muted = muted;
      for (const relay of this.relays.values()) relay.muted(track);
      this.#emit({ type: 'track-muted', room: this.name, participantId: participant.id, trackId, muted });
    }
    return true;
  }

  leave(participant: Participant, reason: 'left' | 'silent' | 'failed' | 'drained'): void {
    if (this.participants.get(participant.id) !== participant) return;
    participant.end();
    this.participants.delete(participant.id);
    if (participant.isConnected) {
      this.#emit({ type: 'participant-left', room: this.name, participantId: participant.id, reason });
    }
  }

  /** Tells who speaks, and forwards the loudest of a large room alone. */
  listen(): void {
    const heard: PublishedTrack[] = [];
    for (const participant of this.participants.values()) {
      for (const track of participant.tracks) if (track.kind === 'audio') heard.push(track);
    }
    for (const relay of this.relays.values()) {
      for (const track of relay.tracks) if (track.kind === 'audio') heard.push(track);
    }
    const rank = (track: PublishedTrack) =>
      (track.muted ? -1 : track.loudness) + (track.encodings[0]?.audible === false ? 0 : STICKINESS);
    heard.sort((one, other) => rank(other) - rank(one));
    heard.forEach((track, index) => {
      for (const stream of track.encodings) {
        const audible = index < this.#mostAudible;
        if (stream.audible && !audible) for (const receiver of stream.outgoing) receiver.interrupt();
        stream.audible = audible;
      }
      // What sends nothing grows silent.
      track.loudness *= 0.9;
    });
    const speaking = heard.filter(({ loudness, muted }) => !muted && loudness > SPEAKING * 0.9);
    const ids = [...new Set(speaking.map(({ participant }) => participant.id))].slice(0, MOST_SPEAKERS);
    const text = ids.join(' ');
    if (text === this.#speakers) return;
    this.#speakers = text;
    this.#emit({ type: 'speakers', room: this.name, participants: ids });
  }
}
