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
  orElse,
  orNull,
  type Refusal,
  type Shape,
  type ShapeOf,
  text,
} from './shape.ts';
import { offeredTracks, participantName, sdp, track, tracksByMid } from './tracks.ts';

/** What gateways and SFUs say to each other over HTTP; docs/conference.md tells what each means. */

export const sfuStatus = object({
  id,
  state: oneOf(['ready', 'draining', 'overloaded']),
  /** Used share of what the SFU was calibrated to carry; above 1 where it carries more. */
  capacity: number(0, 1000),
  rooms: integer(0, 2 ** 31),
  participants: integer(0, 2 ** 31),
  media: object({ address: text(64), udpPort: integer(0, 65_535), tcpPort: orElse(orNull(integer(0, 65_535)), null) }),
});
export type SfuStatus = ShapeOf<typeof sfuStatus>;

export const controlOffer = object({
  sdp,
  name: participantName,
  publish: flag,
  subscribe: flag,
  tracks: offeredTracks,
  /** A new RTCPeerConnection: whatever the participant had before ends. */
  fresh: orElse(flag, false),
  /** Later tracks of the room come on free sections without another offer: for a client that offers once (WHEP). */
  automatic: orElse(flag, false),
});
export type ControlOffer = ShapeOf<typeof controlOffer>;

export const controlAnswer = object({ sdp, tracks: tracksByMid, subscriptions: tracksByMid });
export type ControlAnswer = ShapeOf<typeof controlAnswer>;

export const controlMute = object({ trackId: id, muted: flag });
export type ControlMute = ShapeOf<typeof controlMute>;

export const controlSubscribe = object({
  trackId: id,
  on: flag,
  maxHeight: orElse(orNull(integer(1, 65_535)), null),
});
export type ControlSubscribe = ShapeOf<typeof controlSubscribe>;

/** What the SFU hands on to every gateway as the event `chat`. `time` is in milliseconds since 1970. */
export const controlChat = object({
  participantId: id,
  name: participantName,
  text: text(LIMITS.chatCharacters, 1),
  time: number(0, 2 ** 53),
});
export type ControlChat = ShapeOf<typeof controlChat>;

/** `POST /v1/relays`: carries the tracks of a room to the SFU behind `controlUrl`, and its tracks back. */
export const controlRelay = object({ room, peer: object({ controlUrl: text(200, 8) }) });
export type ControlRelay = ShapeOf<typeof controlRelay>;

export const controlError = object({
  error: object({ code: oneOf(ERROR_CODES), text: text(LIMITS.errorCharacters) }),
});

const sfuEvent = message({
  'participant-connected': { room, participantId: id, name: orElse(participantName, '') },
  'participant-left': { room, participantId: id, reason: text(40) },
  'track-published': { room, participantId: id, track },
  'track-unpublished': { room, participantId: id, trackId: id },
  /** The track of another SFU can be received here as well from now on. */
  'track-relayed': { room, participantId: id, trackId: id },
  'track-muted': { room, participantId: id, trackId: id, muted: flag },
  speakers: { room, participants: list(id, LIMITS.participantsInRoom) },
  chat: { room, participantId: id, name: participantName, text: text(LIMITS.chatCharacters), time: number(0, 2 ** 53) },
  /** Ends what the stream begins with, and comes at every change of state and once a second. */
  status: { status: sfuStatus },
});
export type SfuEvent = ShapeOf<typeof sfuEvent>;

/** One line of `GET /v1/events`. @returns what it says, or why it is refused. */
export function parseSfuEvent(json: string): SfuEvent | Refusal {
  const value = parseJson(json);
  return value === undefined ? { problem: 'message is not JSON' } : checked(sfuEvent, value);
}

/** The body of a request or response. @returns what it says, or why it is refused. */
export function parseBody<T>(shape: Shape<T>, json: string): T | Refusal {
  const value = parseJson(json);
  return value === undefined ? { problem: 'message is not JSON' } : checked(shape, value);
}
