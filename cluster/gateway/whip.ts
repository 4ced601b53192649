import { randomBytes } from 'node:crypto';
import { Refused } from '../signalling/error-codes.ts';
import type { OfferedTrack } from '../signalling/tracks.ts';
import { type Admission, admit } from './admission.ts';
import type { Conference } from './conference.ts';
import type { Member, MemberClient, Room } from './member.ts';

export type WhipKind = 'whip' | 'whep';

interface Resource {
  readonly kind: WhipKind;
  readonly room: Room;
  readonly member: Member;
}

/** Participants that came by WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep), each a resource of its own. */
export class WhipResources {
  readonly #resources = new Map<string, Resource>();
  readonly #conference: Conference;
  readonly #admission: Admission;

  constructor(conference: Conference, admission: Admission) {
    this.#conference = conference;
    this.#admission = admission;
  }

  /** @returns the answer, and the name of the resource: a secret. @throws Refused */
  async create(kind: WhipKind, roomName: string, token: string | null, sdp: string) {
    const tracks = kind === 'whip' ? sendingTracks(sdp) : [];
    const grant = await admit(this.#admission, { token, room: roomName, name: kind === 'whip' ? 'WHIP' : 'WHEP' });
    if (kind === 'whip' && !grant.publish) throw new Refused('forbidden', 'The token permits no publishing');
    if (kind === 'whep' && !grant.subscribe) throw new Refused('forbidden', 'The token permits no subscribing');
    const name = randomBytes(18).toString('base64url');
    const client: MemberClient = { send: () => {}, end: () => this.#resources.delete(name) };
    const { room, member } = this.#conference.join(
      { ...grant, publish: kind === 'whip', subscribe: kind === 'whep' },
      client,
      false,
    );
    try {
      const offer = { sdp, tracks, fresh: true, automatic: kind === 'whep' };
      const { sdp: answer } = await this.#conference.offer(room, member, offer);
      this.#resources.set(name, { kind, room, member });
      return { answer, name };
    } catch (error) {
      this.#conference.leave(room, member, 'left');
      throw error;
    }
  }

  /** @throws Refused where there is none. */
  find(kind: WhipKind, roomName: string, name: string): Resource {
    const resource = this.#resources.get(name);
    if (resource?.kind !== kind || resource.room.name !== roomName) throw new Refused('not-found', 'No such session');
    return resource;
  }

  delete(kind: WhipKind, roomName: string, name: string): void {
    const { room, member } = this.find(kind, roomName, name);
    this.#resources.delete(name);
    this.#conference.leave(room, member, 'left');
  }
}

/** The sections of an offer that send. @throws Refused for what is no session description. */
export function sendingTracks(sdp: string): OfferedTrack[] {
  if (!/^v=0\r?\n/.test(sdp)) throw new Refused('bad-message', 'The body is no session description');
  const tracks: OfferedTrack[] = [];
  for (const section of sdp.split(/^m=/m).slice(1)) {
    const kind = /^(audio|video) [1-9]/.exec(section)?.[1];
    const mid = /^a=mid:(\S{1,16})\s*$/m.exec(section)?.[1];
    if (kind === undefined || mid === undefined || /^a=(recvonly|inactive)\s*$/m.test(section)) continue;
    tracks.push({ mid, source: kind === 'audio' ? 'microphone' : 'camera', muted: false });
  }
  if (tracks.length > 16) throw new Refused('bad-message', 'The offer sends too many tracks');
  return tracks;
}
