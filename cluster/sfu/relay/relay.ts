import { randomInt } from 'node:crypto';
import type { DataMessage } from '../../sctp/data-channels.ts';
import { ArrivalFeedback } from '../bandwidth/arrival-feedback.ts';
import { SendEstimate } from '../bandwidth/send-estimate.ts';
import type { IncomingStream } from '../forwarding/incoming-stream.ts';
import { OutgoingStream } from '../forwarding/outgoing-stream.ts';
import { MediaOfParticipant, type MediaOwner } from '../room/participant-media.ts';
import { PublishedTrack, type Publisher } from '../room/published-track.ts';
import type { Room, RoomRelay } from '../room/room.ts';
import type { MediaSection } from '../room/section.ts';
import { connect, end, RECENT_MS } from '../room/subscription.ts';
import { codecKey } from '../sdp/codec.ts';
import { noExtensions } from '../sdp/header-extensions.ts';
import type { Peer } from '../transport/peer.ts';
import type { RelayedTrackDescription, RelayMessage } from './relay-messages.ts';

/** All that is of use behind a relay: who sends what is told beforehand, and each SSRC is one encoding. */
const RELAY_EXTENSIONS = { ...noExtensions(), audioLevel: 1, videoOrientation: 2 };
const MOST_TRACKS = 4096;

/** A track that comes from the other SFU. */
class RelayedTrack extends PublishedTrack {
  override readonly id: string;
  /** Which encodings the other SFU was told to send, a bit each. */
  asked = 0;

  constructor(publisher: Publisher, description: RelayedTrackDescription) {
    const { kind, encodings, source, muted } = description;
    const codecs = description.codecs.map((codec) => ({ ...codec, key: codecKey(codec.name, codec.parameters) }));
    const rids = encodings.flatMap(({ rid }) => (rid === null ? [] : [rid]));
    super(publisher, { mid: '', kind, codecs, ids: RELAY_EXTENSIONS }, rids, encodings, source, muted);
    this.id = description.id;
  }
}

/**
 * A room's media on its way to another SFU that carries the room as well, and that one's media here: each track once, however many
 * receive it there. Requests for key frames and for lost packets go back the same way.
 */
export class Relay implements MediaOwner, RoomRelay {
  /** Of the other SFU. */
  readonly id: string;
  readonly room: Room;
  readonly peer: Peer;
  readonly media: MediaOfParticipant;
  readonly sections: MediaSection[] = [];
  readonly arrivals = new ArrivalFeedback();
  readonly estimate = new SendEstimate();
  readonly ownSsrc = randomInt(1, 2 ** 32 - 1);
  readonly reducedSizeRtcp = true;
  readonly #tell: (message: RelayMessage) => void;

  constructor(id: string, room: Room, peer: Peer, tell: (message: RelayMessage) => void) {
    this.id = id;
    this.room = room;
    this.peer = peer;
    this.media = new MediaOfParticipant(this);
    this.#tell = tell;
  }

  /** What the other SFU sends here. */
  get tracks(): PublishedTrack[] {
    return this.sections.flatMap(({ published }) => (published === null ? [] : [published]));
  }

  /** No transport-wide numbers between SFUs: what is sent there is what is published here. */
  nextTransportSequence(): number {
    return 0;
  }

  sayGoodbye(stream: OutgoingStream): void {
    this.media.sayGoodbye(stream, 'relay');
  }

  /** Begins to send a track of this SFU. */
  add(track: PublishedTrack): void {
    const hasRtx = track.codecs.some(({ rtxPayloadType }) => rtxPayloadType !== null);
    const encodings = (track.rids.length === 0 ? [null] : track.rids).map((rid) => {
      const ssrc = randomInt(1, 2 ** 32 - 1);
      const rtxSsrc = hasRtx ? randomInt(1, 2 ** 32 - 1) : null;
      const first = randomInt(0, 2 ** 15);
      const outgoing = new OutgoingStream(
        ...([this, track.kind, '', ssrc, rtxSsrc, track.codecs, RELAY_EXTENSIONS, first] as const),
      );
      // Sound is always sent, since who speaks is decided by it. Pictures come as soon as somebody there wants them.
      const wish = { on: track.kind === 'audio', maxHeight: null };
      const section = { ids: RELAY_EXTENSIONS, published: null, subscribed: track, outgoing, wish, rid };
      this.sections.push(section);
      track.subscribers.add(section);
      connect(section, track);
      return { rid, ssrc, rtxSsrc };
    });
    const { id, kind, source, muted } = track;
    // From here all is sent again that is asked for, whatever the publisher does.
    const codecs = track.codecs.map(({ key: _, feedback, ...codec }) => ({
      ...codec,
      feedback: [...new Set([...feedback, 'nack' as const])],
    }));
    this.#tell({
      type: 'track',
      track: { id, participantId: track.participant.id, kind, source, muted, codecs, encodings },
    });
  }

  /** A track of this SFU ended. */
  remove(track: PublishedTrack): void {
    for (const section of [...this.sections]) if (section.subscribed === track) this.#drop(section);
    this.#tell({ type: 'track-ended', trackId: track.id });
  }

  muted(track: PublishedTrack): void {
    this.#tell({ type: 'track-muted', trackId: track.id, muted: track.muted });
  }

  data({ kind, isText, bytes }: DataMessage): void {
    this.#tell({ type: 'data', ...kind, isText, base64: bytes.toString('base64') });
  }

  /** Takes what the other SFU tells of its tracks and participants. */
  take(message: RelayMessage): void {
    if (message.type === 'track') this.#begin(message.track);
    else if (message.type === 'track-ended') this.#end(message.trackId);
    else if (message.type === 'want') this.#wanted(message.trackId, message.encodings);
    else if (message.type === 'encodings') this.#described(message.trackId, message.encodings);
    else if (message.type === 'data') {
      const { label, protocol, ordered, maxRetransmits, maxLifetimeMs, isText, base64 } = message;
      const kind = { label, protocol, ordered, maxRetransmits, maxLifetimeMs };
      this.room.relayedData({ kind, isText, bytes: Buffer.from(base64, 'base64') });
    } else if (message.type === 'track-muted') {
      const track = this.tracks.find(({ id }) => id === message.trackId);
      if (track !== undefined) track.muted = message.muted;
    }
  }

  #begin(description: RelayedTrackDescription): void {
    if (this.sections.length >= MOST_TRACKS || this.room.hasTrack(description.id)) return;
    const publisher = {
      id: description.participantId,
      askKeyFrame: (stream: IncomingStream, nowMs: number) => this.media.askKeyFrame(stream, nowMs),
    };
    const published = new RelayedTrack(publisher, description);
    const wish = { on: true, maxHeight: null };
    this.sections.push({ ids: RELAY_EXTENSIONS, published, subscribed: null, outgoing: null, wish });
    this.media.renegotiated();
    // What does not come before it is wanted has to be there to be chosen.
    if (published.kind === 'video') this.media.beginAnnounced(published);
    this.room.relayed(published);
  }

  /** What the other SFU shall send. */
  #wanted(trackId: string, encodings: readonly number[]): void {
    this.sections
      .filter(({ subscribed }) => subscribed?.id === trackId)
      .forEach((section, index) => {
        const { subscribed, wish } = section;
        if (subscribed === null || subscribed.kind !== 'video') return;
        section.wish = { ...wish, on: encodings.includes(index) };
        connect(section, subscribed);
      });
  }

  #described(trackId: string, encodings: Extract<RelayMessage, { type: 'encodings' }>['encodings']): void {
    const track = this.tracks.find(({ id }) => id === trackId);
    const nowMs = performance.now();
    encodings.forEach(({ isLive, height, bitrateBps }, index) => {
      const stream = track?.encodings.find(({ ssrc }) => ssrc === track.announced[index]?.ssrc);
      if (stream === undefined) return;
      if (isLive) stream.lastPacketMs = nowMs;
      stream.height = height ?? stream.height;
      stream.toldBitrateBps = bitrateBps;
    });
    track?.order();
  }

  /** Every 20 ms: says what is wanted here where that changed. */
  ask(): void {
    for (const { published } of this.sections) {
      if (!(published instanceof RelayedTrack) || published.kind !== 'video') continue;
      const { announced, encodings, id } = published;
      let wanted = 0;
      for (const [index, { ssrc }] of announced.entries()) {
        for (const encoding of encodings) if (encoding.ssrc === ssrc && encoding.isWanted) wanted |= 1 << index;
      }
      if (wanted === published.asked) continue;
      published.asked = wanted;
      const places = announced.flatMap((_, index) => ((wanted & (1 << index)) === 0 ? [] : [index]));
      this.#tell({ type: 'want', trackId: id, encodings: places });
    }
  }

  /** Every second: what those pictures are like that go there in more than one encoding. */
  describe(nowMs: number): void {
    for (const track of new Set(this.sections.map(({ subscribed }) => subscribed))) {
      if (track === null || track.rids.length < 2) continue;
      const encodings = track.rids.map((rid) => {
        const stream = track.encodings.find((encoding) => encoding.rid === rid);
        const isLive = stream !== undefined && nowMs - stream.lastPacketMs < RECENT_MS;
        return { isLive, height: stream?.height ?? null, bitrateBps: Math.round(stream?.bitrateBps ?? 0) };
      });
      this.#tell({ type: 'encodings', trackId: track.id, encodings });
    }
  }

  #end(trackId: string): void {
    const section = this.sections.find(({ published }) => published?.id === trackId);
    if (section !== undefined) this.#drop(section);
  }

  #drop(section: MediaSection): void {
    this.sections.splice(this.sections.indexOf(section), 1);
    const { published, subscribed } = section;
    if (subscribed !== null) {
      subscribed.subscribers.delete(section);
      end(section);
    }
    if (published !== null) {
      this.room.unrelayed(published);
      this.media.endTrack(published);
    }
  }

  /** Lets go of everything. */
  close(): void {
    for (const section of [...this.sections]) this.#drop(section);
    this.peer.close();
  }
}
