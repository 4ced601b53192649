import type { SfuEvent } from '../../signalling/control-messages.ts';
import type { Participant, RoomOfParticipant } from './participant.ts';
import type { PublishedTrack } from './published-track.ts';

/** Loudness (127 for full scale, 0 for silence) from which somebody counts as speaking: -57 dBov. */
const SPEAKING = 70;
/** By how much another has to be louder before it is forwarded in place of one that is. */
const STICKINESS = 6;
const MOST_SPEAKERS = 10;

export class Room implements RoomOfParticipant {
  readonly name: string;
  readonly participants = new Map<string, Participant>();
  readonly #emit: (event: SfuEvent) => void;
  /** How many sounds are forwarded at most. */
  readonly #mostAudible: number;
  #speakers = '';

  constructor(name: string, mostAudible: number, emit: (event: SfuEvent) => void) {
    this.name = name;
    this.#mostAudible = mostAudible;
    this.#emit = emit;
  }

  tracksFor(participant: Participant): readonly PublishedTrack[] {
    const tracks: PublishedTrack[] = [];
    for (const other of this.participants.values()) {
      if (other !== participant && other.isConnected) tracks.push(...other.tracks);
    }
    return tracks;
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
  }

  unpublished(track: PublishedTrack): void {
    for (const other of this.participants.values()) {
      for (const section of other.sections) if (section.subscribed === track) other.unsubscribe(section);
    }
    this.#emit({ type: 'track-unpublished', room: this.name, participantId: track.participant.id, trackId: track.id });
  }

  mute(participant: Participant, trackId: string, muted: boolean): boolean {
    const track = participant.tracks.find(({ id }) => id === trackId);
    if (track === undefined) return false;
    if (track.muted !== muted) {
      track.muted = muted;
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
