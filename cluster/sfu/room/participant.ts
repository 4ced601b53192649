import { randomInt } from 'node:crypto';
import type { DtlsCertificate } from '../../dtls/dtls-certificate.ts';
import type { DataMessage } from '../../sctp/data-channels.ts';
import type { ControlAnswer, ControlOffer, ControlSubscribe } from '../../signalling/control-messages.ts';
import { Refused } from '../../signalling/error-codes.ts';
import { LIMITS } from '../../signalling/limits.ts';
import { ArrivalFeedback } from '../bandwidth/arrival-feedback.ts';
import { SendEstimate } from '../bandwidth/send-estimate.ts';
import type { IncomingStream } from '../forwarding/incoming-stream.ts';
import { OutgoingStream } from '../forwarding/outgoing-stream.ts';
import type { Offer, OfferedSection } from '../sdp/offer.ts';
import { type AnsweredSection, type MediaAddress, receives, sends, writeAnswer } from '../sdp/write-answer.ts';
import type { Peer } from '../transport/peer.ts';
import { DataOfParticipant, MAX_DATA_MESSAGE_BYTES } from './participant-data.ts';
import { MediaOfParticipant } from './participant-media.ts';
import { PublishedTrack, type TrackSource, type Wish } from './published-track.ts';
import type { Section } from './section.ts';
import { connect, end } from './subscription.ts';

/** What a participant needs of its room. */
export interface RoomOfParticipant {
  readonly name: string;
  published(track: PublishedTrack): void;
  unpublished(track: PublishedTrack): void;
  tracksFor(participant: Participant): readonly PublishedTrack[];
  /** A message of a participant to all others. */
  data(from: Participant, message: DataMessage): void;
}

/** One who is joined: the session agreed on, what is sent and what is received. */
export class Participant {
  readonly id: string;
  readonly name: string;
  readonly room: RoomOfParticipant;
  readonly media: MediaOfParticipant;
  readonly data: DataOfParticipant;
  readonly peer: Peer;
  mayPublish = true;
  maySubscribe = true;
  /** Puts later tracks on free sections without another offer: for clients that offer once. */
  automatic = false;
  readonly sections: Section[] = [];
  readonly wishes = new Map<string, Wish>();
  readonly arrivals = new ArrivalFeedback();
  readonly estimate = new SendEstimate();
  /** SSRC of our own RTCP. */
  readonly ownSsrc = randomInt(1, 2 ** 32 - 1);
  reducedSizeRtcp = false;
  isConnected = false;
  readonly #sessionId = String(randomInt(1, 2 ** 47));
  #version = 0;
  #remoteUfrag = '';

  constructor(id: string, name: string, room: RoomOfParticipant, peer: Peer) {
    this.id = id;
    this.name = name;
    this.room = room;
    this.peer = peer;
    this.media = new MediaOfParticipant(this);
    this.data = new DataOfParticipant(this, (message) => room.data(this, message));
  }

  get tracks(): PublishedTrack[] {
    return this.sections.flatMap(({ published }) => (published === null ? [] : [published]));
  }

  // The transport's numbering, for the packets of all streams.
  nextTransportSequence(bytes: number, nowMs: number): number {
    return this.estimate.sent(bytes, nowMs);
  }

  sayGoodbye(stream: OutgoingStream): void {
    const section = this.sections.find(({ outgoing }) => outgoing === stream);
    this.media.sayGoodbye(stream, section?.subscribed?.participant.id ?? 'room');
  }

  /** Takes an offer and answers it. */
  negotiate(
    offer: Offer,
    request: Omit<ControlOffer, 'sdp'>,
    certificate: DtlsCertificate,
    addresses: readonly MediaAddress[],
    renamed: () => void,
  ): ControlAnswer {
    // Another fragment in a later offer is an ICE restart (RFC 8839 section 4.4.3.1): ours change with it.
    if (this.#remoteUfrag !== '' && this.#remoteUfrag !== offer.iceUfrag) {
      this.peer.renewCredentials();
      renamed();
    }
    this.#remoteUfrag = offer.iceUfrag;
    this.mayPublish = request.publish;
    this.maySubscribe = request.subscribe;
    this.automatic ||= (request as { automatic?: boolean }).automatic === true;
    offer.sections.forEach((offered, index) => {
      this.#updateSection(index, offered);
    });
    this.media.renegotiated();
    for (const section of this.sections) this.#publish(section, request.tracks);
    this.media.agreed();
    this.subscribeToAll();
    return this.#answer(certificate, addresses);
  }

  #updateSection(index: number, offered: OfferedSection): void {
    let section = this.sections[index];
    if (section === undefined || section.mid !== offered.mid) {
      if (section !== undefined) this.#endSection(section);
      section = {
        mid: offered.mid,
        kind: offered.kind,
        offered,
        accepted: false,
        direction: 'inactive',
        codecs: offered.codecs,
        ids: offered.extensions,
        published: null,
        outgoing: null,
        wish: { on: true, maxHeight: null },
        subscribed: null,
      };
      this.sections[index] = section;
    }
    section.offered = offered;
    // One association has all data channels (RFC 8831 section 6.2), so another section for them is rejected.
    const isSecond =
      offered.kind === 'application' &&
      this.sections.some((o) => o !== section && o.kind === 'application' && o.accepted);
    section.accepted = !offered.rejected && !isSecond;
    section.direction = section.accepted ? offered.direction : 'inactive';
    this.reducedSizeRtcp ||= offered.reducedSizeRtcp;
    if (!receives(section.direction)) this.unsubscribe(section);
    if (!sends(section.direction)) this.#unpublish(section);
  }

  #endSection(section: Section): void {
    this.unsubscribe(section);
    this.#unpublish(section);
  }

  #publish(section: Section, tracks: ControlOffer['tracks']): void {
    const { kind, offered } = section;
    if (!this.mayPublish || (kind !== 'audio' && kind !== 'video') || !sends(section.direction)) return;
    const told = tracks.find(({ mid }) => mid === section.mid);
    const source: TrackSource = told?.source ?? (kind === 'audio' ? 'microphone' : 'camera');
    if (section.published !== null) {
      section.published.announced = offered.sources;
      return;
    }
    if (this.tracks.length >= LIMITS.tracksOfParticipant)
      throw new Refused('too-many', `more than ${LIMITS.tracksOfParticipant} tracks`);
    section.published = new PublishedTrack(
      this,
      { mid: section.mid, kind, codecs: section.codecs, ids: section.ids },
      offered.rids,
      offered.sources,
      source,
      told?.muted ?? false,
    );
    // What is published shows with the room once media can flow.
    if (this.isConnected) this.room.published(section.published);
  }

  #unpublish(section: Section): void {
    const track = section.published;
    if (track === null) return;
    section.published = null;
    if (this.isConnected) this.room.unpublished(track);
    this.media.endTrack(track);
  }

  /** Puts what the room has on the sections that are free, in order. */
  subscribeToAll(): void {
    if (!this.maySubscribe) return;
    for (const track of this.room.tracksFor(this)) {
      if (this.sections.some(({ subscribed }) => subscribed === track)) continue;
      const section = this.sections.find((candidate) => this.#canCarry(candidate, track));
      if (section !== undefined) this.subscribe(section, track);
    }
  }

  #canCarry(section: Section, track: PublishedTrack): boolean {
    if (section.kind !== track.kind || section.subscribed !== null || !receives(section.direction)) return false;
    return section.codecs.some(({ key }) => key === track.codec.key);
  }

  /** The stream of a section, from its first use on. */
  #outgoing(section: Section): OutgoingStream {
    const hasRtx = section.codecs.some(({ rtxPayloadType }) => rtxPayloadType !== null);
    section.outgoing ??= new OutgoingStream(
      this,
      section.kind as 'audio' | 'video',
      section.mid,
      randomInt(1, 2 ** 32 - 1),
      hasRtx ? randomInt(1, 2 ** 32 - 1) : null,
      section.codecs,
      section.ids,
      randomInt(0, 2 ** 15),
    );
    return section.outgoing;
  }

  subscribe(section: Section, track: PublishedTrack): void {
    section.subscribed = track;
    this.#outgoing(section);
    section.wish = this.wish(track.id);
    track.subscribers.add(section);
    connect(section, track);
  }

  unsubscribe(section: Section): void {
    if (section.subscribed === null) return;
    section.subscribed.subscribers.delete(section);
    end(section);
    section.subscribed = null;
  }

  wish(trackId: string): Wish {
    return this.wishes.get(trackId) ?? { on: true, maxHeight: null };
  }

  setWish({ trackId, on, maxHeight }: ControlSubscribe): void {
    if (this.wishes.size > 4096) this.wishes.clear();
    this.wishes.set(trackId, { on, maxHeight });
    for (const section of this.sections) {
      if (section.subscribed?.id !== trackId) continue;
      section.wish = { on, maxHeight };
      connect(section, section.subscribed);
    }
  }

  #answer(certificate: DtlsCertificate, addresses: readonly MediaAddress[]): ControlAnswer {
    const tracks: Record<string, string> = {};
    const subscriptions: Record<string, string> = {};
    const sections = this.sections.map((section): AnsweredSection => {
      if (section.published !== null) tracks[section.mid] = section.published.id;
      if (section.subscribed !== null) subscriptions[section.mid] = section.subscribed.id;
      return this.#answeredSection(section);
    });
    const sdp = writeAnswer({
      sessionId: this.#sessionId,
      version: ++this.#version,
      iceUfrag: this.peer.localUfrag,
      icePwd: this.peer.localPassword,
      fingerprint: certificate.fingerprint,
      addresses,
      sections,
      maxMessageBytes: MAX_DATA_MESSAGE_BYTES,
    });
    return { sdp, tracks, subscriptions };
  }

  #answeredSection(section: Section): AnsweredSection {
    const track = section.subscribed;
    const offersStream =
      track !== null ||
      (this.automatic && section.kind !== 'application' && this.maySubscribe && receives(section.direction));
    const stream = section.accepted && offersStream ? this.#outgoing(section) : null;
    const takes = section.published !== null;
    const direction = stream !== null ? (takes ? 'sendrecv' : 'sendonly') : takes ? 'recvonly' : 'inactive';
    return {
      offered: section.offered,
      accepted: section.accepted,
      direction,
      codecs: section.codecs,
      extensions: section.ids,
      stream:
        stream === null
          ? null
          : {
              streamId: track?.participant.id ?? 'room',
              trackId: track?.id ?? `section-${section.outgoing?.ssrc}`,
              cname: track?.participant.id ?? 'room',
              ssrc: stream.ssrc,
              rtxSsrc: stream.rtxSsrc,
            },
    };
  }

  askKeyFrame(stream: IncomingStream, nowMs: number): void {
    this.media.askKeyFrame(stream, nowMs);
  }

  /** Lets go of everything; the room tells the others. */
  end(): void {
    for (const section of this.sections) this.#endSection(section);
    this.data.end();
    this.peer.close();
  }
}
