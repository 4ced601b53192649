import { LIMITS } from './limits.ts';
import { id, room } from './names.ts';
import { checked, flag, integer, message, orElse, orNull, type Refusal, type ShapeOf, text } from './shape.ts';
import { offeredTracks, participantName, sdp } from './tracks.ts';

/** What a client sends on the signalling WebSocket; docs/conference.md tells what each means. */
const clientMessage = message({
  join: {
    /** Null in open mode alone. */
    token: orElse(orNull(text(LIMITS.tokenCharacters)), null),
    /** Null where the token says it. */
    room: orElse(orNull(room), null),
    name: orElse(orNull(participantName), null),
    /** From an earlier `joined`: the one who joins is the same participant, whose connection broke. */
    resume: orElse(orNull(id), null),
  },
  offer: {
    id: integer(0, 2 ** 31),
    sdp,
    tracks: offeredTracks,
    /** The first offer of a new RTCPeerConnection: whatever the participant had before ends. */
    fresh: orElse(flag, false),
    /** Sections that receive stay open without a track, and later tracks may come on them before another offer. */
    automatic: orElse(flag, false),
  },
  mute: { trackId: id, muted: flag },
  subscribe: { trackId: id, on: flag, maxHeight: orElse(orNull(integer(1, 65_535)), null) },
  chat: { text: text(LIMITS.chatCharacters, 1) },
  leave: {},
  ping: {},
});

export type ClientMessage = ShapeOf<typeof clientMessage>;

/** @returns what the text says, or why it is refused. */
export function parseClientMessage(json: string): ClientMessage | Refusal {
  const value = parseJson(json);
  return value === undefined ? { problem: 'message is not JSON' } : checked(clientMessage, value);
}

/** @returns undefined for what is not JSON. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
