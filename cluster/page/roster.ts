import type { ServerMessage } from '../signalling/server-messages.ts';
import type { Participant, Track } from '../signalling/tracks.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly tracks: Map<string, Track>;
}

/** Who else is in the room and what they send, as the gateway told. */
export class Roster {
  readonly people = new Map<string, Person>();
  speakers: ReadonlySet<string> = new Set();

  reset(participants: readonly Participant[]): void {
    this.people.clear();
    for (const participant of participants) this.#add(participant);
  }

  /** @returns whether other tracks are to be received than before. */
  take(message: ServerMessage): boolean {
    switch (message.type) {
      case 'participant-joined':
        this.#add(message.participant);
        return message.participant.tracks.length > 0;
      case 'participant-left':
        return this.people.delete(message.participantId);
      case 'track-published':
        this.people.get(message.participantId)?.tracks.set(message.track.id, message.track);
        return true;
      case 'track-unpublished':
        return this.people.get(message.participantId)?.tracks.delete(message.trackId) ?? false;
      case 'track-muted': {
        const tracks = this.people.get(message.participantId)?.tracks;
        const track = tracks?.get(message.trackId);
        if (track) tracks?.set(track.id, { ...track, muted: message.muted });
        return false;
      }
      case 'speakers':
        this.speakers = new Set(message.participants);
        return false;
      default:
        return false;
    }
  }

  countOf(kind: 'audio' | 'video'): number {
    let count = 0;
    for (const { tracks } of this.people.values())
      for (const track of tracks.values()) if (track.kind === kind) count++;
    return count;
  }

  #add({ id, name, tracks }: Participant): void {
    this.people.set(id, { id, name, tracks: new Map(tracks.map((track) => [track.id, track])) });
  }
}
