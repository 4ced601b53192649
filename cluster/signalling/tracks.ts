import { LIMITS } from './limits.ts';
import { id, mid } from './names.ts';
import { flag, list, object, oneOf, type Shape, type ShapeOf, table, text } from './shape.ts';

export const TRACK_KINDS = ['audio', 'video'] as const;
export const TRACK_SOURCES = ['microphone', 'camera', 'screen'] as const;
export type TrackKind = (typeof TRACK_KINDS)[number];
export type TrackSource = (typeof TRACK_SOURCES)[number];

/** A track that somebody sends, as all others know it. Its `id` is unique among all tracks of the conference. */
export const track = object({ id, kind: oneOf(TRACK_KINDS), source: oneOf(TRACK_SOURCES), muted: flag });
export type Track = ShapeOf<typeof track>;

/** What an offer says of each of its sections that sends. */
export const offeredTrack = object({ mid, source: oneOf(TRACK_SOURCES), muted: flag });
export type OfferedTrack = ShapeOf<typeof offeredTrack>;
export const offeredTracks = list(offeredTrack, LIMITS.tracksOfParticipant);

/** Which section carries which track: mid to track id. */
export const tracksByMid: Shape<Readonly<Record<string, string>>> = table(id, LIMITS.sections, LIMITS.midCharacters);

export const participantName = text(LIMITS.nameCharacters);

export const participant = object({ id, name: participantName, tracks: list(track, LIMITS.tracksOfParticipant) });
export type Participant = ShapeOf<typeof participant>;

export const sdp = text(LIMITS.sdpCharacters);
