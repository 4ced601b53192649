import { randomBytes } from 'node:crypto';
import type { IncomingStream } from '../forwarding/incoming-stream.ts';
import type { OutgoingStream } from '../forwarding/outgoing-stream.ts';
import type { Codec } from '../sdp/codec.ts';
import type { ExtensionIds } from '../sdp/header-extensions.ts';
import type { AnnouncedSource } from '../sdp/offer.ts';

export type TrackSource = 'microphone' | 'camera' | 'screen';

/** Who sends a track. */
export interface Publisher {
  readonly id: string;
  askKeyFrame(stream: IncomingStream, nowMs: number): void;
}

/** What a participant wants of a track. */
export interface Wish {
  readonly on: boolean;
  /** Pixels; null for no limit. */
  readonly maxHeight: number | null;
}

/** A section that receives a track. */
export interface Subscriber {
  readonly outgoing: OutgoingStream | null;
  wish: Wish;
  /** Where set, the one encoding that is received whatever is wished (null: the track has no names for its encodings). */
  readonly rid?: string | null;
}

/** What a participant sends in one section: one stream, or a few encodings of one picture. */
export class PublishedTrack {
  readonly id: string = randomBytes(9).toString('base64url');
  readonly participant: Publisher;
  readonly subscribers = new Set<Subscriber>();
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly source: TrackSource;
  muted: boolean;
  readonly codecs: readonly Codec[];
  readonly ids: ExtensionIds;
  readonly rids: readonly string[];
  announced: readonly AnnouncedSource[];
  /** Lowest picture first. */
  readonly encodings: IncomingStream[] = [];
  /** Smoothed loudness, 0 (silence) to 127. */
  loudness = 0;

  constructor(
    participant: Publisher,
    section: { mid: string; kind: 'audio' | 'video'; codecs: readonly Codec[]; ids: ExtensionIds },
    rids: readonly string[],
    announced: readonly AnnouncedSource[],
    source: TrackSource,
    muted: boolean,
  ) {
    this.participant = participant;
    this.mid = section.mid;
    this.kind = section.kind;
    this.codecs = section.codecs;
    this.ids = section.ids;
    this.rids = rids;
    this.announced = announced;
    this.source = source;
    this.muted = muted;
  }

  /** As everybody else knows it. */
  get shown(): { id: string; kind: 'audio' | 'video'; source: TrackSource; muted: boolean } {
    return { id: this.id, kind: this.kind, source: this.source, muted: this.muted };
  }

  /** What a decoder has to understand: what is sent, or before anything is, what most likely will be. */
  get codec(): Codec {
    return this.encodings[0]?.codec ?? this.codecs[0];
  }

  add(encoding: IncomingStream): void {
    // Browsers name the encodings from low to high, or the other way round: so it is until something better is known.
    encoding.rank = encoding.rid === null ? 0 : Math.max(0, this.rids.indexOf(encoding.rid));
    this.encodings.push(encoding);
    this.order();
  }

  /** The lowest picture first: by its height where that is known of all, else by its bitrate to a power of two, else as they were named. */
  order(): void {
    const { encodings } = this;
    if (encodings.length < 2) return;
    const byHeight = encodings.every(({ height }) => height !== null);
    const byRate = !byHeight && encodings.every(({ bitrateBps }) => bitrateBps > 0);
    const size = (one: IncomingStream) =>
      byHeight ? (one.height as number) : byRate ? Math.round(Math.log2(one.bitrateBps)) : one.rank;
    encodings.sort((one, other) => size(one) - size(other) || one.rank - other.rank);
    if (byHeight || byRate) for (const [rank, encoding] of encodings.entries()) encoding.rank = rank;
  }
}
