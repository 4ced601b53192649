import type { OutgoingStream } from '../forwarding/outgoing-stream.ts';
import type { Codec } from '../sdp/codec.ts';
import type { ExtensionIds } from '../sdp/header-extensions.ts';
import type { Direction, OfferedSection } from '../sdp/offer.ts';
import type { PublishedTrack, Subscriber } from './published-track.ts';

/** What the media of a connection is made of: a track that comes, a track that goes, or both. */
export interface MediaSection extends Subscriber {
  readonly ids: ExtensionIds;
  readonly published: PublishedTrack | null;
  /** The track that is received. */
  readonly subscribed: PublishedTrack | null;
}

/** An m-section of a participant's session: what it sends in it, and what it receives. */
export interface Section extends MediaSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video' | 'application' | 'other';
  offered: OfferedSection;
  accepted: boolean;
  /** From the client, as offered last. */
  direction: Direction;
  codecs: readonly Codec[];
  ids: ExtensionIds;
  published: PublishedTrack | null;
  /** For good once it exists. */
  outgoing: OutgoingStream | null;
  subscribed: PublishedTrack | null;
}
