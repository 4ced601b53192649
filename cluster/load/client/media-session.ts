import { performance } from 'node:perf_hooks';
import { AudioSource } from '../media/audio-source.ts';
import type { SpeechClip, VideoClip } from '../media/clips.ts';
import { VideoSource } from '../media/video-source.ts';
import { startsVp8KeyFrame, VP8_DESCRIPTOR_BYTES, writeVp8Descriptor } from '../media/vp8-payload.ts';
import { IncomingStream } from '../rtp/incoming-stream.ts';
import { OutgoingStream } from '../rtp/outgoing-stream.ts';
import { type RtcpHandlers, readRtcp } from '../rtp/rtcp-reader.ts';
import { RtcpWriter } from '../rtp/rtcp-writer.ts';
import {
  type ExtensionIds,
  extensionBlock,
  extensionOffset,
  NO_EXTENSIONS,
  payloadEnd,
  payloadOffset,
  payloadTypeOf,
  sequenceOf,
  ssrcOf,
  timestampOf,
} from '../rtp/rtp-packet.ts';
import { TransportFeedback } from '../rtp/transport-feedback.ts';
import { type OfferedSection, PAYLOAD_TYPES } from './client-offer.ts';
import { MediaTransport, type TransportOptions } from './media-transport.ts';
import type { AnsweredSection, ServerAnswer } from './server-answer.ts';

export interface SessionOptions extends TransportOptions {
  readonly cname: string;
  readonly speech: SpeechClip;
  /** Null for a participant without a camera. */
  readonly video: { readonly clip: VideoClip; readonly kbps: number } | null;
  readonly publishes: boolean;
}

export interface SessionHandlers {
  connected(): void;
  failed(reason: string): void;
  firstMedia(): void;
}

const AUDIO_MS = 20;
const AUDIO_TICKS = 960;
const VIDEO_CLOCK = 90_000;
/** What is late by more, as after a stall of this process, is left out rather than sent in a burst. */
const BEHIND_AT_MOST_MS = 200;
const REPORT_EVERY_MS = 1000;
const FEEDBACK_EVERY_MS = 20;
const TRANSPORT_FEEDBACK_EVERY_MS = 100;
const PACED_A_TICK = 4;
const STREAMS_AT_MOST = 1024;
const NACKS_AT_MOST = 200;

/** RTP and RTCP of one connection: what is published, what is received, and the feedback for both. */
export class MediaSession implements RtcpHandlers {
  readonly transport: MediaTransport;
  readonly sections: OfferedSection[] = [];
  readonly outgoing: OutgoingStream[] = [];
  readonly incoming = new Map<number, IncomingStream>();
  readonly audio: AudioSource;
  readonly #options: SessionOptions;
  readonly #handlers: SessionHandlers;
  readonly #video: VideoSource | null;
  readonly #writer = new RtcpWriter();
  readonly #feedback = new TransportFeedback();
  readonly #rtxScratch = new Uint8Array(1500);
  readonly #due: number[] = [];
  readonly #send = (packet: Uint8Array, length: number) => this.transport.sendRtp(packet, length);
  #answered: readonly AnsweredSection[] = [];
  #subscriptions: Readonly<Record<string, string>> = {};
  #audioStream: OutgoingStream | null = null;
  #videoStream: OutgoingStream | null = null;
  #pictureId: number;
  #transportSequence = 0;
  #midId = 0;
  #transportId = 0;
  #nextAudioMs = 0;
  #nextVideoMs = 0;
  #nextReportMs = 0;
  #nextFeedbackMs = 0;
  #nextTransportMs = 0;
  #mediaSsrc = 0;
  readonly #ownSsrc: number;
  #rtcpArrivalMs = 0;
  #isStopped = false;
  version = 1;
  /** Packets of SSRCs that no section explains. */
  unknown = 0;

  constructor(options: SessionOptions, handlers: SessionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { random } = options;
    const ssrc = () => 1 + random.below(2 ** 32 - 2);
    this.#ownSsrc = ssrc();
    this.#pictureId = random.below(2 ** 15);
    this.audio = new AudioSource(options.speech, random.below(200));
    const { video } = options;
    this.#video = video === null ? null : new VideoSource(video.clip, video.kbps, random.below(8));
    if (options.publishes) {
      this.sections.push({ mid: '0', kind: 'audio', sends: { ssrc: this.#ownSsrc, rtxSsrc: null } });
      if (video !== null) this.sections.push({ mid: '1', kind: 'video', sends: { ssrc: ssrc(), rtxSsrc: ssrc() } });
    }
    this.transport = new MediaTransport(options, {
      connected: () => this.#connected(),
      failed: (reason) => handlers.failed(reason),
      rtp: (packet, length, arrivalMs) => this.#rtp(packet, length, arrivalMs),
      rtcp: (packet, length, arrivalMs) => {
        this.#rtcpArrivalMs = arrivalMs;
        readRtcp(packet, length, this);
      },
      replayed: (replayed) => {
        const stream = this.incoming.get(replayed);
        if (stream !== undefined) stream.duplicates++;
      },
    });
  }

  /** Sections for so many tracks of a kind to receive. @returns whether any had to be added. */
  wantSections(kind: 'audio' | 'video', count: number): boolean {
    let have = this.sections.filter((section) => section.kind === kind && section.sends === null).length;
    const added = have < count;
    for (; have < count; have++) this.sections.push({ mid: String(this.sections.length), kind, sends: null });
    return added;
  }

  /** Takes an answer; the first one starts ICE. */
  answer(answer: ServerAnswer, subscriptions: Readonly<Record<string, string>>): void {
    const isFirst = this.#answered.length === 0;
    this.#answered = answer.sections;
    this.#subscriptions = subscriptions;
    const [first] = answer.sections;
    this.#midId = first?.extensions.mid ?? 0;
    this.#transportId =
      answer.sections.find((section) => section.extensions.transportSequence > 0)?.extensions.transportSequence ?? 0;
    for (const stream of this.incoming.values()) this.#name(stream);
    if (!isFirst) return;
    for (const section of this.sections) this.#open(section);
    this.transport.start(answer);
  }

  /** Lets the streams of one's own go on: audio and video that are due, the pacer, RTCP. */
  tick(nowMs: number): void {
    this.transport.tick(nowMs);
    if (!this.transport.isReady || this.#isStopped) return;
    this.#publish(nowMs);
    if (nowMs >= this.#nextFeedbackMs) {
      this.#nextFeedbackMs = nowMs + FEEDBACK_EVERY_MS;
      this.#sendFeedback(nowMs);
    }
    if (nowMs >= this.#nextReportMs) {
      this.#nextReportMs = nowMs + REPORT_EVERY_MS * this.#options.random.between(0.8, 1.2);
      this.#report(nowMs);
    }
  }

  /** Ends what is sent, with a goodbye; what is on its way here is still received until {@link close}. */
  stopPublishing(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.transport.isReady) {
      const nowMs = performance.now();
      this.#writer.begin();
      this.#writer.reports(this.outgoing, this.#reported(), this.#ownSsrc, nowMs, performance.timeOrigin + nowMs);
      this.#writer.sourceDescription(this.#ownSsrc, this.#options.cname);
      this.#writer.goodbye(this.#sources());
      this.transport.sendRtcp(this.#writer.bytes, this.#writer.length);
    }
  }

  /** All SSRCs that anything was sent with (RFC 3550, section 6.6); one's own where nothing was. */
  #sources(): number[] {
    const used = this.outgoing.flatMap(({ options, packets, rtxPackets }) => [
      ...(packets > 0 ? [options.ssrc] : []),
      ...(options.rtx !== null && rtxPackets > 0 ? [options.rtx.ssrc] : []),
    ]);
    return used.length > 0 ? used : [this.#ownSsrc];
  }

  close(): void {
    this.stopPublishing();
    this.transport.close();
  }

  get packetsReceived(): number {
    let packets = 0;
    for (const stream of this.incoming.values()) packets += stream.packets + stream.duplicates;
    return packets;
  }

  #open(section: OfferedSection): void {
    const { sends, kind, mid } = section;
    const answered = this.#answered.find((candidate) => candidate.mid === mid);
    if (sends === null || answered === undefined || !answered.accepted) return;
    const { random } = this.#options;
    const extensions: ExtensionIds = answered.extensions ?? NO_EXTENSIONS;
    const rtx =
      answered.hasRtx && sends.rtxSsrc !== null ? { ssrc: sends.rtxSsrc, payloadType: PAYLOAD_TYPES.rtx } : null;
    const stream = new OutgoingStream({
      kind,
      mid,
      ssrc: sends.ssrc,
      payloadType: kind === 'audio' ? PAYLOAD_TYPES.opus : PAYLOAD_TYPES.vp8,
      clockRate: kind === 'audio' ? 48_000 : VIDEO_CLOCK,
      extensions: extensionBlock(extensions, mid, kind === 'audio'),
      rtx,
      // RFC 3711, section 3.3.1: a first number below 2^15 keeps an early loss from shifting the receiver's index.
      firstSequence: random.below(2 ** 15),
      firstTimestamp: random.below(2 ** 32),
    });
    this.outgoing.push(stream);
    this.#options.sendImpairment.departures.follow(sends.ssrc, stream.options.clockRate);
    if (kind === 'audio') this.#audioStream = stream;
    else this.#videoStream = stream;
  }

  #connected(): void {
    const nowMs = performance.now();
    const { random } = this.#options;
    this.#nextAudioMs = nowMs + random.between(0, AUDIO_MS);
    this.#nextVideoMs = nowMs + random.between(0, this.#video?.frameMs ?? 0);
    this.#nextReportMs = nowMs + random.between(200, REPORT_EVERY_MS);
    this.#handlers.connected();
  }

  #publish(nowMs: number): void {
    const audio = this.#audioStream;
    if (audio !== null) {
      for (; this.#nextAudioMs <= nowMs; this.#nextAudioMs += AUDIO_MS) {
        audio.timestamp = (audio.timestamp + AUDIO_TICKS) >>> 0;
        if (nowMs - this.#nextAudioMs > BEHIND_AT_MOST_MS) continue;
        this.audio.next();
        const { packet, level, startsTalkspurt } = this.audio;
        // RFC 6464, section 3: the highest bit says that this is voice.
        audio.slots.set(packet, audio.begin(startsTalkspurt, packet.length, level === 127 ? 127 : 0x80 | level));
        audio.frames++;
        audio.sendNext(this.#send, this.#nextTransport(audio));
      }
    }
    const video = this.#videoStream;
    if (video === null || this.#video === null) return;
    for (; this.#nextVideoMs <= nowMs; this.#nextVideoMs += this.#video.frameMs) {
      video.timestamp = (video.timestamp + (this.#video.frameMs * VIDEO_CLOCK) / 1000) >>> 0;
      if (nowMs - this.#nextVideoMs <= BEHIND_AT_MOST_MS) this.#packetise(video, this.#video);
    }
    // A frame of many packets is spread over some ticks, as a browser's pacer does, but never falls behind.
    for (let budget = Math.max(PACED_A_TICK, video.waiting >> 2); budget > 0 && video.waiting > 0; budget--) {
      video.sendNext(this.#send, this.#nextTransport(video));
    }
  }

  #packetise(stream: OutgoingStream, source: VideoSource): void {
    source.next();
    const { frame, paddedBytes } = source;
    const room = stream.room - VP8_DESCRIPTOR_BYTES;
    const count = Math.ceil(paddedBytes / room);
    const share = Math.ceil(paddedBytes / count);
    for (let from = 0; from < paddedBytes; from += share) {
      if (stream.isFull) stream.sendNext(this.#send, this.#nextTransport(stream));
      const to = Math.min(paddedBytes, from + share);
      const at = stream.begin(to === paddedBytes, VP8_DESCRIPTOR_BYTES + to - from, 0);
      const { slots } = stream;
      writeVp8Descriptor(slots, at, this.#pictureId, from === 0);
      const body = at + VP8_DESCRIPTOR_BYTES;
      const real = Math.max(0, Math.min(to, frame.length) - from);
      if (real > 0) slots.set(frame.subarray(from, from + real), body);
      if (real < to - from) slots.fill(0, body + real, body + to - from);
    }
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    stream.frames++;
    if (source.isKeyFrame) stream.keyFrames++;
  }

  #nextTransport(stream: OutgoingStream): number {
    if (stream.options.extensions.transportSequenceAt < 0) return 0;
    return (this.#transportSequence = (this.#transportSequence + 1) & 0xffff);
  }

  #rtp(packet: Buffer, length: number, arrivalMs: number): void {
    const from = payloadOffset(packet, length);
    if (from < 0) return;
    const end = payloadEnd(packet, length, from);
    if (end < 0) return;
    const ssrc = ssrcOf(packet);
    const stream = this.incoming.get(ssrc) ?? this.#meet(ssrc, packet, length);
    if (stream === null) {
      this.unknown++;
      return;
    }
    if (this.#transportId > 0) {
      const at = extensionOffset(packet, length, this.#transportId);
      if (at > 0) {
        this.#mediaSsrc = ssrc;
        this.#feedback.packet((packet[at] << 8) | packet[at + 1], arrivalMs);
      }
    }
    const { repairs, kind } = stream.options;
    const startsKeyFrame = kind === 'video' && startsVp8KeyFrame(packet, repairs === null ? from : from + 2, end);
    stream.packet(sequenceOf(packet), timestampOf(packet), end - from, startsKeyFrame, arrivalMs);
    if (repairs !== null && end - from >= 2) {
      repairs.retransmission((packet[from] << 8) | packet[from + 1], startsKeyFrame);
    }
  }

  /** The first packet of an SSRC: which section it belongs to, by the answer or by the MID in the packet. */
  #meet(ssrc: number, packet: Buffer, length: number): IncomingStream | null {
    if (this.incoming.size >= STREAMS_AT_MOST) return null;
    const type = payloadTypeOf(packet);
    const at = extensionOffset(packet, length, this.#midId);
    const mid = at > 0 ? packet.toString('latin1', at, at + (packet[at - 1] & 0x0f) + 1) : null;
    const section = this.#answered.find(
      (candidate) => candidate.ssrc === ssrc || candidate.rtxSsrc === ssrc || (mid !== null && candidate.mid === mid),
    );
    const isRtx = type === PAYLOAD_TYPES.rtx;
    if (!isRtx && type !== PAYLOAD_TYPES.opus && type !== PAYLOAD_TYPES.vp8) return null;
    const repaired = [...this.incoming.values()].find(
      ({ options }) => options.mid === section?.mid && options.repairs === null && options.kind === 'video',
    );
    if (isRtx && repaired === undefined) return null;
    const stream = new IncomingStream({
      kind: type === PAYLOAD_TYPES.opus ? 'audio' : 'video',
      ssrc,
      clockRate: type === PAYLOAD_TYPES.opus ? 48_000 : VIDEO_CLOCK,
      mid: section?.mid ?? mid,
      repairs: isRtx ? repaired! : null,
      nack: type === PAYLOAD_TYPES.vp8 && (section?.hasNack ?? true),
    });
    if (this.incoming.size === 0) this.#handlers.firstMedia();
    this.incoming.set(ssrc, stream);
    this.#name(stream);
    return stream;
  }

  #name(stream: IncomingStream): void {
    const { mid } = stream.options;
    stream.trackId = (mid === null ? undefined : this.#subscriptions[mid]) ?? stream.trackId;
  }

  #reported(): IncomingStream[] {
    return [...this.incoming.values()];
  }

  #report(nowMs: number): void {
    const writer = this.#writer;
    writer.begin();
    writer.reports(this.outgoing, this.#reported(), this.#ownSsrc, nowMs, performance.timeOrigin + nowMs);
    writer.sourceDescription(this.#ownSsrc, this.#options.cname);
    this.transport.sendRtcp(writer.bytes, writer.length);
  }

  #sendFeedback(nowMs: number): void {
    const writer = this.#writer;
    writer.begin();
    for (const stream of this.incoming.values()) {
      if (stream.options.kind !== 'video' || stream.options.repairs !== null) continue;
      const due = this.#due;
      due.length = 0;
      stream.nacksDue(nowMs, due);
      if (due.length > 0 && !writer.isFull) {
        if (due.length > NACKS_AT_MOST) due.length = NACKS_AT_MOST;
        writer.nack(this.#ownSsrc, stream.options.ssrc, due);
        stream.nacksSent++;
      }
      if (!writer.isFull && stream.takePli(nowMs)) writer.pli(this.#ownSsrc, stream.options.ssrc);
    }
    // RFC 5506: feedback need not stand in a compound of its own making where reduced size is negotiated.
    if (writer.length > 0) this.transport.sendRtcp(writer.bytes, writer.length);
    if (this.#transportId === 0 || nowMs < this.#nextTransportMs) return;
    this.#nextTransportMs = nowMs + TRANSPORT_FEEDBACK_EVERY_MS;
    for (let more = true; more; ) {
      writer.begin();
      more = this.#feedback.write(writer, this.#ownSsrc, this.#mediaSsrc);
      if (writer.length > 0) this.transport.sendRtcp(writer.bytes, writer.length);
    }
  }

  senderReport(ssrc: number, middleOfNtp: number): void {
    this.incoming.get(ssrc)?.senderReport(middleOfNtp, this.#rtcpArrivalMs);
  }

  reportBlock(ssrc: number, lost: number, jitterTicks: number, lastReport: number, delay: number): void {
    const stream = this.outgoing.find(({ options }) => options.ssrc === ssrc);
    if (stream === undefined) return;
    stream.remoteLost = lost;
    stream.remoteJitter = jitterTicks;
    if (lastReport === 0) return;
    // RFC 3550, section 6.4.1: A - LSR - DLSR, in 1/65536 s modulo 2^32.
    const now = Math.floor(
      (((performance.timeOrigin + this.#rtcpArrivalMs) / 1000 + 2_208_988_800) * 65_536) % 2 ** 32,
    );
    stream.roundTripMs = Math.max(0, ((now - lastReport - delay) | 0) / 65.536);
    stream.shortestRoundTripMs = Math.min(stream.shortestRoundTripMs ?? Number.POSITIVE_INFINITY, stream.roundTripMs);
  }

  goodbye(): void {}

  nack(mediaSsrc: number, sequence: number): void {
    const video = this.#videoStream;
    if (video === null || video.options.ssrc !== mediaSsrc || this.#isStopped) return;
    video.nacksReceived++;
    video.retransmit(sequence, this.#rtxScratch, this.#send, this.#nextTransport(video));
  }

  pli(mediaSsrc: number): void {
    if (this.#videoStream?.options.ssrc !== mediaSsrc) return;
    this.#videoStream.plisReceived++;
    this.#video?.requestKeyFrame();
  }

  fir(mediaSsrc: number): void {
    if (this.#videoStream?.options.ssrc !== mediaSsrc) return;
    this.#videoStream.firsReceived++;
    this.#video?.requestKeyFrame();
  }
}
