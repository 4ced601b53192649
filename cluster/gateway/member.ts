import type { ServerMessage } from '../signalling/server-messages.ts';
import type { Participant, Track } from '../signalling/tracks.ts';
import type { SfuLink } from './sfu-link.ts';

/** Whoever stands behind a member on this gateway: a WebSocket, or a WHIP or WHEP resource. */
export interface MemberClient {
  send(message: ServerMessage): void;
  /** Its place was taken, or it is no more: nothing is to come from it. */
  end(reason: 'replaced' | 'gone'): void;
}

/** A participant of a room, of this gateway or (without a client) of another one. */
export interface Member {
  readonly id: string;
  readonly identity: string | null;
  name: string;
  readonly publish: boolean;
  readonly subscribe: boolean;
  readonly resume: string | null;
  readonly tracks: Map<string, Track>;
  /** Tracks of the latest answer: its own, though the room hears of them only once it is connected. */
  answered: ReadonlySet<string>;
  /** The SFU that its media is on, or is to be with the next offer; null while there is none. */
  link: SfuLink | null;
  client: MemberClient | null;
  /** Whether it is of this gateway, even while its WebSocket is broken. */
  readonly ours: boolean;
  /** Whether it offered to the SFU that it is placed on. */
  offered: boolean;
}

export const shownTo = ({ id, name, tracks }: Member): Participant => ({ id, name, tracks: [...tracks.values()] });

/** A room, as far as this gateway knows it. */
export class Room {
  readonly name: string;
  readonly members = new Map<string, Member>();
  readonly #speakers = new Map<SfuLink, readonly string[]>();

  constructor(name: string) {
    this.name = name;
  }

  /** How many are on each SFU that the room is on. */
  carriers(): Map<SfuLink, number> {
    const links = new Map<SfuLink, number>();
    for (const { link } of this.members.values()) if (link !== null) links.set(link, (links.get(link) ?? 0) + 1);
    return links;
  }

  send(message: ServerMessage, except: Member | null = null): void {
    for (const member of this.members.values()) if (member !== except) member.client?.send(message);
  }

  /** To those whose media is on one SFU. */
  sendOn(link: SfuLink, message: ServerMessage): void {
    for (const member of this.members.values()) if (member.link === link) member.client?.send(message);
  }

  memberOf(identity: string): Member | null {
    for (const member of this.members.values()) if (member.ours && member.identity === identity) return member;
    return null;
  }

  memberWith(resume: string): Member | null {
    for (const member of this.members.values()) if (member.resume === resume) return member;
    return null;
  }

  /** What all SFUs of the room say of who speaks, as one list. */
  speakers(link: SfuLink, participants: readonly string[]): string[] {
    this.#speakers.set(link, participants);
    const carriers = this.carriers();
    for (const known of this.#speakers.keys()) if (!carriers.has(known)) this.#speakers.delete(known);
    return [...new Set([...this.#speakers.values()].flat())].filter((id) => this.members.has(id));
  }
}
