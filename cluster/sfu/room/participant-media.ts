import type { ArrivalFeedback } from '../bandwidth/arrival-feedback.ts';
import { ReceiveEstimate } from '../bandwidth/receive-estimate.ts';
import type { SendEstimate } from '../bandwidth/send-estimate.ts';
import { forward } from '../forwarding/forwarder.ts';
import { IncomingStream } from '../forwarding/incoming-stream.ts';
import { startsKeyFrame } from '../forwarding/key-frame.ts';
import type { OutgoingStream } from '../forwarding/outgoing-stream.ts';
import { pictureHeight } from '../forwarding/picture-height.ts';
import { Arrival } from '../forwarding/reception.ts';
import { extensionText, RtpPacket } from '../forwarding/rtp-packet.ts';
import { type RtcpHandlers, readRtcp } from '../rtcp/rtcp-reader.ts';
import { RtcpWriter } from '../rtcp/rtcp-writer.ts';
import { EXTENSION_NAMES, noExtensions } from '../sdp/header-extensions.ts';
import { type Peer, packetBuffer } from '../transport/peer.ts';
import type { PublishedTrack } from './published-track.ts';
import type { MediaSection } from './section.ts';
import { connect } from './subscription.ts';

const MOST_STREAMS = 64;
const MOST_UNKNOWN = 32;
/** Packets after which an SSRC that no description announced is taken for a stream. */
const PROBATION = 2;
const NACK_REPEAT_MS = 80;
/** The count of blocks has five bits (RFC 3550 section 6.4.1). */
const MOST_REPORT_BLOCKS = 31;

/** What the media of a participant needs of it. */
export interface MediaOwner {
  readonly id: string;
  readonly peer: Peer;
  readonly sections: readonly MediaSection[];
  readonly arrivals: ArrivalFeedback;
  readonly estimate: SendEstimate;
  readonly ownSsrc: number;
  readonly reducedSizeRtcp: boolean;
}

const sendsRemb = ({ codecs }: PublishedTrack): boolean =>
  codecs.some(({ feedback }) => feedback.includes('goog-remb'));

interface KnownSource {
  readonly stream: IncomingStream;
  readonly track: PublishedTrack;
  readonly isRepair: boolean;
}

// Packets are worked on one after the other: one of each for all.
const packet = new RtpPacket();
const oldPacket = new RtpPacket();
const writer = new RtcpWriter();
export const counts = {
  refusedSources: 0,
  nacksReceived: 0,
  retransmitted: 0,
  nacksSent: 0,
  keyFramesAsked: 0,
  goodbyes: 0,
};

/** The packets of one participant: which streams they are of, who gets them, and the RTCP both ways. */
export class MediaOfParticipant implements RtcpHandlers {
  readonly #owner: MediaOwner;
  readonly #known = new Map<number, KnownSource>();
  readonly #unknown = new Map<number, number>();
  #ids = noExtensions();
  /** Of a sender that is told by REMB; null for all others. */
  #received: ReceiveEstimate | null = null;
  #packetsPrior = 0;
  #lostPrior = 0;
  #nowMs = 0;

  constructor(owner: MediaOwner) {
    this.#owner = owner;
  }

  /** Whether its streams can have REMB and no better feedback. */
  get #wantsMaximumBitrate(): boolean {
    if (this.#ids.transportSequence !== 0) return false;
    return this.#owner.sections.some(({ published }) => published?.kind === 'video' && sendsRemb(published));
  }

  /** After each offer: BUNDLE has one numbering of extensions for all sections (RFC 8285 section 5 with RFC 9143). */
  renegotiated(): void {
    for (const name of EXTENSION_NAMES) {
      this.#ids[name] = this.#owner.sections.find(({ ids }) => ids[name] !== 0)?.ids[name] ?? 0;
    }
    this.#unknown.clear();
  }

  /** After each offer, once it is known what is published. */
  agreed(): void {
    if (!this.#wantsMaximumBitrate) this.#received = null;
    else this.#received ??= new ReceiveEstimate();
  }

  rtp(bytes: Buffer, length: number, nowMs: number): void {
    if (!packet.read(bytes, length, this.#ids)) return;
    if (packet.transportSequence >= 0) this.#owner.arrivals.receive(packet.transportSequence, nowMs);
    const known = this.#known.get(packet.ssrc) ?? this.#identify();
    if (known === null) return;
    if (known.isRepair && !this.#unwrapRepair(bytes, length, known.stream)) return;
    this.#media(known, known.isRepair ? length - 2 : length, nowMs);
  }

  #media({ stream, track, isRepair }: KnownSource, length: number, nowMs: number): void {
    if (stream.codec.payloadType !== packet.payloadType) {
      const codec = stream.codecs.find(({ payloadType }) => payloadType === packet.payloadType);
      if (codec === undefined) return;
      stream.codec = codec;
    }
    const { bytes, payloadAt, payloadEnd } = packet;
    const arrival = stream.reception.receive(
      packet.sequenceNumber,
      packet.timestamp,
      payloadEnd - payloadAt,
      nowMs,
      isRepair,
    );
    if (arrival === Arrival.duplicate) return;
    stream.lastPacketMs = nowMs;
    packet.startsKeyFrame = startsKeyFrame(stream.codec.name, bytes, payloadAt, payloadEnd);
    if (track.kind === 'audio') {
      // RFC 6464: -dBov, so that 0 is loudest.
      if (packet.audioLevel >= 0) track.loudness += (127 - (packet.audioLevel & 0x7f) - track.loudness) * 0.1;
    } else {
      this.#received?.packet(stream.ssrc, packet.timestamp, stream.codec.clockRate, nowMs);
    }
    if (track.kind === 'video' && packet.startsKeyFrame) {
      // A key frame may take several packets that each begin one, as parameter sets before the picture.
      stream.height = pictureHeight(stream.codec.name, bytes, payloadAt, payloadEnd) ?? stream.height;
    }
    stream.history.store(bytes, length, packet.sequenceNumber, nowMs);
    if (stream.audible) forward(packet, stream, nowMs);
  }

  /** RFC 4588 section 4: puts the original packet back together, two bytes further on. */
  #unwrapRepair(bytes: Buffer, length: number, stream: IncomingStream): boolean {
    const { payloadAt } = packet;
    if (packet.payloadEnd - payloadAt < 2) return false;
    const codec = stream.codecs.find(({ rtxPayloadType }) => rtxPayloadType === packet.payloadType);
    if (codec === undefined) return false;
    const sequence = bytes.readUInt16BE(payloadAt);
    bytes.copyWithin(2, 0, payloadAt);
    const original = bytes.subarray(2);
    original[1] = (original[1] & 0x80) | codec.payloadType;
    original.writeUInt16BE(sequence, 2);
    original.writeUInt32BE(stream.ssrc, 8);
    return packet.read(original, length - 2, this.#ids);
  }

  /** RFC 9143 section 9.2 for an SSRC that is new. */
  #identify(): KnownSource | null {
    const announced = this.#announced();
    if (announced !== null) return announced;
    const { ssrc, bytes } = packet;
    const seen = (this.#unknown.get(ssrc) ?? 0) + 1;
    if (this.#known.size >= MOST_STREAMS || (seen === 1 && this.#unknown.size >= MOST_UNKNOWN)) {
      counts.refusedSources++;
      return null;
    }
    this.#unknown.set(ssrc, seen);
    if (seen < PROBATION) return null;
    const mid = packet.midLength > 0 ? extensionText(bytes, packet.midAt, packet.midLength) : null;
    const rid = packet.ridLength > 0 ? extensionText(bytes, packet.ridAt, packet.ridLength) : null;
    const track = this.#trackOf(mid);
    if (track === null || (rid === null) !== (track.rids.length === 0)) return null;
    if (rid !== null && !track.rids.includes(rid)) return null;
    const isRepair = track.codecs.some(({ rtxPayloadType }) => rtxPayloadType === packet.payloadType);
    const encoding = track.encodings.find((candidate) => candidate.rid === rid);
    if (isRepair) return encoding === undefined ? null : this.#know(ssrc, { stream: encoding, track, isRepair });
    if (encoding !== undefined) this.#forget(encoding);
    return this.#begin(track, ssrc, null, rid);
  }

  #announced(): KnownSource | null {
    for (const { published: track } of this.#owner.sections) {
      if (track === null) continue;
      for (const { ssrc, rtxSsrc, rid = null } of track.announced) {
        // Encodings that have names are announced by them alone, but between SFUs.
        if (rid === null && track.rids.length > 0) continue;
        if (ssrc === packet.ssrc) {
          for (const old of [...track.encodings]) if (old.rid === rid) this.#forget(old);
          return this.#begin(track, ssrc, rtxSsrc, rid);
        }
        if (rtxSsrc === packet.ssrc) return null;
      }
    }
    return null;
  }

  #trackOf(mid: string | null): PublishedTrack | null {
    const tracks = this.#owner.sections.flatMap(({ published }) => (published === null ? [] : [published]));
    if (mid !== null) return tracks.find((track) => track.mid === mid) ?? null;
    const { payloadType } = packet;
    const fitting = tracks.filter(({ codecs }) =>
      codecs.some((codec) => codec.payloadType === payloadType || codec.rtxPayloadType === payloadType),
    );
    return fitting.length === 1 ? fitting[0] : null;
  }

  #begin(track: PublishedTrack, ssrc: number, rtxSsrc: number | null, rid: string | null): KnownSource {
    const stream = new IncomingStream(ssrc, rtxSsrc, rid, track.codecs);
    stream.lastPacketMs = performance.now();
    track.add(stream);
    const known = this.#know(ssrc, { stream, track, isRepair: false });
    if (rtxSsrc !== null) this.#know(rtxSsrc, { stream, track, isRepair: true });
    for (const section of track.subscribers) connect(section, track);
    return known;
  }

  /** Begins all encodings that were announced, before any packet of them comes. */
  beginAnnounced(track: PublishedTrack): void {
    for (const { ssrc, rtxSsrc, rid = null } of track.announced) this.#begin(track, ssrc, rtxSsrc, rid);
  }

  #know(ssrc: number, known: KnownSource): KnownSource {
    this.#unknown.delete(ssrc);
    this.#known.set(ssrc, known);
    return known;
  }

  #forget(stream: IncomingStream): void {
    for (const [ssrc, known] of this.#known) {
      if (known.stream !== stream) continue;
      this.#known.delete(ssrc);
      const { encodings } = known.track;
      const index = encodings.indexOf(stream);
      if (index >= 0) encodings.splice(index, 1);
    }
    const { outgoing } = stream;
    for (const receiver of [...outgoing]) {
      if (receiver.source === stream) receiver.end();
      else if (receiver.target === stream) receiver.target = null;
    }
    outgoing.length = 0;
  }

  endTrack(track: PublishedTrack): void {
    for (const stream of [...track.encodings]) this.#forget(stream);
  }

  get incoming(): IncomingStream[] {
    const streams: IncomingStream[] = [];
    for (const { stream, isRepair } of this.#known.values()) if (!isRepair) streams.push(stream);
    return streams;
  }

  #outgoing(ssrc: number): OutgoingStream | null {
    for (const { outgoing } of this.#owner.sections) {
      if (outgoing !== null && (outgoing.ssrc === ssrc || outgoing.rtxSsrc === ssrc)) return outgoing;
    }
    return null;
  }

  rtcp(bytes: Buffer, length: number, nowMs: number): void {
    this.#nowMs = nowMs;
    readRtcp(bytes, length, this);
  }

  senderReport(ssrc: number, ntpHigh: number, ntpLow: number, timestamp: number): void {
    const stream = this.#known.get(ssrc)?.stream;
    if (stream === undefined || stream.ssrc !== ssrc) return;
    stream.reportNtpSeconds = ntpHigh + ntpLow / 2 ** 32;
    stream.reportTimestamp = timestamp;
    stream.reportMs = this.#nowMs;
    stream.reportNtpMiddle = ((ntpHigh << 16) | (ntpLow >>> 16)) >>> 0;
  }

  reception(ssrc: number, fractionLost: number, lost: number): void {
    const stream = this.#outgoing(ssrc);
    if (stream === null || stream.ssrc !== ssrc) return;
    stream.fractionLost = fractionLost / 256;
    stream.reportedLost = lost;
  }

  nack(ssrc: number, sequenceNumber: number): void {
    counts.nacksReceived++;
    const section = this.#owner.sections.find(({ outgoing }) => outgoing?.ssrc === ssrc);
    if (section?.outgoing == null || section.subscribed === null) return;
    const length = section.outgoing.writeAgain(
      sequenceNumber,
      oldPacket,
      packetBuffer(),
      this.#nowMs,
      section.subscribed.ids,
    );
    if (length === 0) return;
    counts.retransmitted++;
    this.#owner.peer.sendRtp(length);
  }

  keyFrame(ssrc: number): void {
    for (const { outgoing, subscribed } of this.#owner.sections) {
      if (outgoing?.ssrc !== ssrc || subscribed === null) continue;
      const stream = outgoing.target ?? outgoing.source;
      if (stream !== null && subscribed.kind === 'video') subscribed.participant.askKeyFrame(stream, this.#nowMs);
    }
  }

  maximumBitrate(bps: number): void {
    this.#owner.estimate.limit(bps);
  }

  transportFeedback(bytes: Uint8Array, at: number, end: number): void {
    this.#owner.estimate.feedback(bytes, at, end);
  }

  goodbye(ssrc: number): void {
    counts.goodbyes++;
    const known = this.#known.get(ssrc);
    if (known !== undefined && !known.isRepair) this.#forget(known.stream);
  }

  /** Asks the participant for a key frame of what it sends, as often as is allowed. */
  askKeyFrame(stream: IncomingStream, nowMs: number): void {
    if (!this.#owner.peer.connected || !stream.mayAskKeyFrame(nowMs)) return;
    counts.keyFramesAsked++;
    const { feedback } = stream.codec;
    const begun = this.#beginFeedback();
    if (!feedback.includes('nack pli') && feedback.includes('ccm fir')) {
      begun.fullIntraRequest(this.#owner.ownSsrc, stream.ssrc, counts.keyFramesAsked);
    } else begun.pictureLoss(this.#owner.ownSsrc, stream.ssrc);
    this.#owner.peer.sendRtcp(begun.length);
  }

  /** A compound packet begins with a report, unless both agreed on reduced size (RFC 5506). */
  #beginFeedback(): RtcpWriter {
    writer.begin(packetBuffer());
    if (!this.#owner.reducedSizeRtcp) writer.receiverReport(this.#owner.ownSsrc, 0);
    return writer;
  }

  /** Every 20 ms: asks again for what is missing, and for key frames that are waited for. */
  repair(nowMs: number): void {
    for (const { stream, track, isRepair } of this.#known.values()) {
      if (isRepair) continue;
      const isVideo = track.kind === 'video';
      if (isVideo && stream.outgoing.some(({ isWaiting, target }) => isWaiting && target === stream))
        this.askKeyFrame(stream, nowMs);
      if (stream.reception.missingCount === 0 || !stream.codec.feedback.includes('nack')) continue;
      const missing = stream.reception.takeMissing(nowMs, NACK_REPEAT_MS);
      if (missing.length === 0) continue;
      counts.nacksSent += missing.length;
      const begun = this.#beginFeedback();
      begun.nack(this.#owner.ownSsrc, stream.ssrc, missing);
      this.#owner.peer.sendRtcp(begun.length);
    }
  }

  /** Every 100 ms. */
  feedback(): void {
    const media = this.#known.keys().next();
    if (media.done === true) return;
    const feedback = this.#owner.arrivals.take(this.#owner.ownSsrc, media.value);
    if (feedback === null) return;
    const begun = this.#beginFeedback();
    begun.packet(feedback);
    this.#owner.peer.sendRtcp(begun.length);
  }

  /** Every second: reports of what is received and of what is sent. */
  report(nowMs: number, elapsedMs: number): void {
    const streams = this.incoming.filter(
      ({ lastPacketMs, reception }) => reception.received > 0 && nowMs - lastPacketMs < 10_000,
    );
    for (const stream of this.incoming) stream.measureBitrate(elapsedMs);
    if (!this.#owner.peer.connected) return;
    for (let from = 0; from < streams.length; from += MOST_REPORT_BLOCKS) {
      const reported = streams.slice(from, from + MOST_REPORT_BLOCKS);
      writer.begin(packetBuffer()).receiverReport(this.#owner.ownSsrc, reported.length);
      for (const { ssrc, reception, reportMs, reportNtpMiddle } of reported) {
        const delay = reportMs === 0 ? 0 : Math.round(((nowMs - reportMs) * 65_536) / 1000);
        writer.reportBlock(ssrc, reception, reportMs === 0 ? 0 : reportNtpMiddle, delay);
      }
      writer.sourceDescription(this.#owner.ownSsrc, 'rtcscope');
      this.#owner.peer.sendRtcp(writer.length);
    }
    if (this.#received !== null) this.#sendMaximumBitrate(this.#received, streams);
    for (const { outgoing, subscribed } of this.#owner.sections) {
      if (outgoing !== null && subscribed !== null && outgoing.packets > 0)
        this.#senderReport(outgoing, subscribed, nowMs);
    }
  }

  #sendMaximumBitrate(estimate: ReceiveEstimate, streams: readonly IncomingStream[]): void {
    let [bps, packets, lost] = [0, 0, 0];
    for (const { bitrateBps, reception } of streams) {
      bps += bitrateBps;
      packets += reception.received;
      lost += reception.lost;
    }
    const [packetsNow, lostNow] = [Math.max(0, packets - this.#packetsPrior), Math.max(0, lost - this.#lostPrior)];
    this.#packetsPrior = packets;
    this.#lostPrior = lost;
    if (packetsNow === 0) return;
    estimate.update(bps, lostNow / (packetsNow + lostNow));
    const begun = this.#beginFeedback();
    const ssrcs = streams.slice(0, MOST_REPORT_BLOCKS).map(({ ssrc }) => ssrc);
    begun.maximumBitrate(this.#owner.ownSsrc, estimate.bps, ssrcs);
    this.#owner.peer.sendRtcp(begun.length);
  }

  /** Tells the receiver that a stream's source has ended (RFC 3550 section 6.6). The SSRC may be used again for another one. */
  sayGoodbye(outgoing: OutgoingStream, cname: string): void {
    if (!this.#owner.peer.connected) return;
    const { ssrc, rtxSsrc, retransmitted } = outgoing;
    writer.begin(packetBuffer()).receiverReport(ssrc, 0);
    writer.sourceDescription(ssrc, cname);
    writer.goodbye(rtxSsrc === null || retransmitted === 0 ? [ssrc] : [ssrc, rtxSsrc]);
    this.#owner.peer.sendRtcp(writer.length);
  }

  /** The publisher's own clock goes through, so that its sound and picture stay together. */
  #senderReport(outgoing: OutgoingStream, track: PublishedTrack, nowMs: number): void {
    const { source } = outgoing;
    if (source === null || source.reportMs === 0) return;
    const elapsed = (nowMs - source.reportMs) / 1000;
    const seconds = source.reportNtpSeconds + elapsed;
    const timestamp = source.reportTimestamp + Math.round(elapsed * source.codec.clockRate) + outgoing.timestampOffset;
    const whole = Math.floor(seconds);
    writer.begin(packetBuffer());
    writer.senderReport(
      outgoing.ssrc,
      whole,
      Math.floor((seconds - whole) * 2 ** 32),
      timestamp >>> 0,
      outgoing.packets,
      outgoing.octets,
    );
    writer.sourceDescription(outgoing.ssrc, track.participant.id);
    this.#owner.peer.sendRtcp(writer.length);
  }
}
