import { parseJson } from './client-messages.ts';
import { ERROR_CODES } from './error-codes.ts';
import { LIMITS } from './limits.ts';
import { id, room } from './names.ts';
import {
  checked,
  flag,
  integer,
  list,
  message,
  number,
  object,
  oneOf,
  type Refusal,
  type ShapeOf,
  text,
} from './shape.ts';
import { participant, participantName, sdp, track, tracksByMid } from './tracks.ts';

/** What the gateway sends on the signalling WebSocket; docs/conference.md tells what each means. */
const serverMessage = message({
  joined: {
    participant: object({ id, name: participantName }),
    room,
    publish: flag,
    subscribe: flag,
    /** To be given with a later `join`, after the WebSocket broke. A secret between the two. */
    resume: id,
    participants: list(participant, LIMITS.participantsInRoom),
  },
  answer: { id: integer(0, 2 ** 31), sdp, tracks: tracksByMid, subscriptions: tracksByMid },
  'participant-joined': { participant },
  'participant-left': { participantId: id },
  'track-published': { participantId: id, track },
  'track-unpublished': { participantId: id, trackId: id },
  'track-muted': { participantId: id, trackId: id, muted: flag },
  speakers: { participants: list(id, LIMITS.participantsInRoom) },
  chat: {
    participantId: id,
    name: participantName,
    text: text(LIMITS.chatCharacters),
    /** Milliseconds since 1970, by the gateway's clock. */
    time: number(0, 2 ** 53),
  },
  moved: { reason: oneOf(['sfu-lost', 'sfu-draining', 'rebalanced']) },
  error: { code: oneOf(ERROR_CODES), text: text(LIMITS.errorCharacters) },
  pong: {},
});

export type ServerMessage = ShapeOf<typeof serverMessage>;

/** @returns what the text says, or why it is refused. */
export function parseServerMessage(json: string): ServerMessage | Refusal {
  const value = parseJson(json);
  return value === undefined ? { problem: 'message is not JSON' } : checked(serverMessage, value);
}
