import { LONGEST_LABEL_BYTES } from '../../sctp/data-channel-messages.ts';
import { parseJson } from '../../signalling/client-messages.ts';
import { LIMITS } from '../../signalling/limits.ts';
import { id, room } from '../../signalling/names.ts';
import {
  checked,
  flag,
  integer,
  list,
  message,
  object,
  oneOf,
  orNull,
  type Refusal,
  type ShapeOf,
  text,
  textLike,
} from '../../signalling/shape.ts';
import { TRACK_KINDS, TRACK_SOURCES } from '../../signalling/tracks.ts';
import { MAX_DATA_MESSAGE_BYTES } from '../room/participant-data.ts';
import { FEEDBACK } from '../sdp/codec.ts';

/** What two SFUs tell each other of a room that both carry; docs/conference.md has the order. */

const iceText = (longest: number) => textLike(new RegExp(`^[A-Za-z0-9+/]{4,${longest}}$`), 'an ICE credential');
const ice = object({ ufrag: iceText(256), pwd: iceText(256) });
const fingerprint = textLike(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/, 'a SHA-256 fingerprint');
const ssrc = integer(1, 2 ** 32 - 1);
const payloadType = integer(0, 127);

const codec = object({
  name: oneOf(['opus', 'vp8', 'vp9', 'h264', 'av1']),
  encodingName: text(32, 1),
  payloadType,
  clockRate: integer(8000, 192_000),
  channels: integer(1, 8),
  parameters: text(1024),
  rtxPayloadType: orNull(payloadType),
  feedback: list(oneOf(FEEDBACK), FEEDBACK.length),
});

const MOST_ENCODINGS = 8;

/** A track of the one SFU as it comes on the relay: each encoding is one SSRC, with another for what is sent again. */
const relayedTrack = object({
  id,
  participantId: id,
  kind: oneOf(TRACK_KINDS),
  source: oneOf(TRACK_SOURCES),
  muted: flag,
  codecs: list(codec, 64),
  encodings: list(
    object({ rid: orNull(textLike(/^[A-Za-z0-9_-]{1,16}$/, 'a rid')), ssrc, rtxSsrc: orNull(ssrc) }),
    MOST_ENCODINGS,
  ),
});
export type RelayedTrackDescription = ShapeOf<typeof relayedTrack>;

const relayMessage = message({
  /** From the one who dials, first. */
  hello: { room, sfu: id, ice, fingerprint },
  /** From the one who was dialled: where it takes the media. */
  welcome: { sfu: id, ice, fingerprint, address: text(64, 2), udpPort: integer(1, 65_535) },
  /** In place of `welcome`: the two have a relay for this room already. */
  known: { sfu: id },
  track: { track: relayedTrack },
  /** From the one who receives a picture: which of its encodings somebody there gets, by their place in `track`. None at first. */
  want: { trackId: id, encodings: list(integer(0, MOST_ENCODINGS - 1), MOST_ENCODINGS) },
  /** What the encodings of a picture are like, once a second: also those that are not sent. `height` is null where nobody knows. */
  encodings: {
    trackId: id,
    encodings: list(
      object({ isLive: flag, height: orNull(integer(1, 16_384)), bitrateBps: integer(0, 2 ** 40) }),
      MOST_ENCODINGS,
    ),
  },
  'track-muted': { trackId: id, muted: flag },
  'track-ended': { trackId: id },
  /** A message on a data channel of this kind, text as UTF-8. */
  data: {
    label: text(LONGEST_LABEL_BYTES),
    protocol: text(LONGEST_LABEL_BYTES),
    ordered: flag,
    maxRetransmits: orNull(integer(0, 2 ** 32 - 1)),
    maxLifetimeMs: orNull(integer(0, 2 ** 32 - 1)),
    isText: flag,
    base64: text(4 * Math.ceil(MAX_DATA_MESSAGE_BYTES / 3)),
  },
  /** All tracks that there were when the relay began have been told. */
  ready: {},
});
export type RelayMessage = ShapeOf<typeof relayMessage>;

export const LONGEST_RELAY_MESSAGE_BYTES = LIMITS.messageBytes;

/** @returns what the text says, or why it is refused. */
export function parseRelayMessage(json: string): RelayMessage | Refusal {
  const value = parseJson(json);
  return value === undefined ? { problem: 'message is not JSON' } : checked(relayMessage, value);
}
