import type { Codec } from '../sdp/codec.ts';
import type { ExtensionIds } from '../sdp/header-extensions.ts';
import type { IncomingStream, Receiver } from './incoming-stream.ts';
import type { RtpPacket } from './rtp-packet.ts';

const SEGMENTS = 8;

/** What a stream needs of the connection that carries it. */
export interface StreamCarrier {
  readonly peer: { sendRtp(length: number): void; fanOutRtp(length: number): void };
  /** Next number of the transport-wide sequence, for a packet of about `bytes`. */
  nextTransportSequence(bytes: number, nowMs: number): number;
  /** Tells the receiver that nothing more comes of what the stream carried. */
  sayGoodbye(stream: OutgoingStream): void;
}

/**
 * One SSRC that a subscriber receives, for as long as its section lives. Sequence numbers and timestamps go on without a gap while it
 * changes between encodings and tracks: each such run is a segment with offsets of its own. The last few segments are remembered, so that
 * a packet that the subscriber asks for again is found in the publisher's history.
 */
export class OutgoingStream implements Receiver {
  readonly ssrc: number;
  readonly rtxSsrc: number | null;
  readonly kind: 'audio' | 'video';
  readonly carrier: StreamCarrier;
  readonly ids: ExtensionIds;
  readonly #codecs: readonly Codec[];
  /** What is forwarded now, and what shall be from its next key frame on; null for nothing. */
  source: IncomingStream | null = null;
  target: IncomingStream | null = null;
  packets = 0;
  octets = 0;
  /** Whether its receiver was told that what it carried has ended, and nothing has come since. */
  isOver = true;
  retransmitted = 0;
  lastTimestamp = 0;
  timestampOffset = 0;
  /** As the receiver reports: 0 to 1 of the packets. */
  fractionLost = 0;
  reportedLost = 0;

  #codec: Codec | null = null;
  #sourceCodec: Codec | null = null;
  #lastSequence: number;
  #lastMs = 0;
  #started = false;
  #sequenceOffset = 0;
  #firstSequence = 0;
  #pictureOffset = 0;
  #zeroLayerOffset = 0;
  #lastPicture = 0;
  #lastZeroLayer = 0;
  #broken = true;
  #rtxSequence: number;
  readonly #segmentSource: (IncomingStream | null)[] = new Array(SEGMENTS).fill(null);
  /** First outgoing number, and the offsets of number, timestamp, picture id, TL0PICIDX and payload type. */
  readonly #segments = new Float64Array(SEGMENTS * 6);
  #segment = 0;

  /** Everything before the payload but what differs from packet to packet. */
  readonly #header: Uint8Array;
  readonly #sendTimeAt: number = 0;
  readonly #transportSequenceAt: number = 0;
  readonly #flagsAt: number = 0;
  readonly #resentMs = new Float64Array(256);
  readonly #resent = new Int32Array(256).fill(-1);

  constructor(
    carrier: StreamCarrier,
    kind: 'audio' | 'video',
    mid: string,
    ssrc: number,
    rtxSsrc: number | null,
    codecs: readonly Codec[],
    ids: ExtensionIds,
    firstSequence: number,
  ) {
    this.carrier = carrier;
    this.kind = kind;
    this.ssrc = ssrc;
    this.rtxSsrc = rtxSsrc;
    this.ids = ids;
    this.#codecs = codecs;
    this.#lastSequence = firstSequence & 0x7fff;
    this.#rtxSequence = (firstSequence >> 1) & 0x7fff;
    const extension: number[] = [];
    if (ids.absoluteSendTime !== 0) {
      this.#sendTimeAt = 16 + extension.length + 1;
      extension.push((ids.absoluteSendTime << 4) | 2, 0, 0, 0);
    }
    if (ids.transportSequence !== 0) {
      this.#transportSequenceAt = 16 + extension.length + 1;
      extension.push((ids.transportSequence << 4) | 1, 0, 0);
    }
    const flags = kind === 'audio' ? ids.audioLevel : ids.videoOrientation;
    if (flags !== 0) {
      this.#flagsAt = 16 + extension.length;
      extension.push(0, 0);
    }
    if (ids.mid !== 0) extension.push((ids.mid << 4) | (mid.length - 1), ...Buffer.from(mid, 'latin1'));
    while (extension.length % 4 !== 0) extension.push(0);
    this.#header = Uint8Array.from([0x80, ...new Array(11).fill(0), 0xbe, 0xde, 0, extension.length / 4, ...extension]);
    if (extension.length === 0) this.#header = this.#header.subarray(0, 12);
    else this.#header[0] = 0x90;
  }

  /** Whether the subscriber can decode what is sent with this codec. */
  understands(codec: Codec): boolean {
    return this.#codecs.some(({ key }) => key === codec.key);
  }

  get isWaiting(): boolean {
    return this.target !== null && (this.source !== this.target || this.#broken);
  }

  /** Its source ended: so it is told, once. */
  end(): void {
    this.source = null;
    this.target = null;
    this.interrupt();
    if (this.isOver) return;
    this.isOver = true;
    this.carrier.sayGoodbye(this);
  }

  get headerLength(): number {
    return this.#header.length;
  }

  /** After packets were left out, and when a track ends: the next one begins a segment, without a gap in numbers. */
  interrupt(): void {
    this.#broken = true;
  }

  /**
   * Writes the packet as this subscriber gets it.
   *
   * @returns its length, 0 where the subscriber does not get it.
   */
  write(packet: RtpPacket, from: IncomingStream, out: Uint8Array, nowMs: number): number {
    if (from !== this.source) {
      if (from !== this.target || !packet.startsKeyFrame) return 0;
      this.#begin(packet, from, nowMs);
    } else if (this.#broken || from.codec !== this.#sourceCodec) {
      if (!packet.startsKeyFrame) return 0;
      this.#begin(packet, from, nowMs);
    }
    if (this.#codec === null) return 0;
    // A late packet from before the segment has no number of its own in it.
    if (((packet.sequenceNumber - this.#firstSequence) << 16) >> 16 < 0) return 0;
    const sequence = (packet.sequenceNumber + this.#sequenceOffset) & 0xffff;
    const timestamp = (packet.timestamp + this.timestampOffset) >>> 0;
    if (((sequence - this.#lastSequence) << 16) >> 16 > 0) {
      this.#lastSequence = sequence;
      this.lastTimestamp = timestamp;
      this.#lastMs = nowMs;
    }
    const at = this.#writeHeader(packet, out, this.#codec.payloadType, sequence, timestamp, this.ssrc, nowMs);
    const { bytes, payloadAt, payloadEnd } = packet;
    const length = payloadEnd - payloadAt;
    if (at + length + 24 > out.length) return 0;
    for (let index = 0; index < length && length < 48; index++) out[at + index] = bytes[payloadAt + index];
    if (length >= 48) out.set(bytes.subarray(payloadAt, payloadEnd), at);
    if (this.#codec.name === 'vp8') this.#rewriteVp8(out, at, length, this.#pictureOffset, this.#zeroLayerOffset, true);
    this.packets++;
    this.octets += length;
    return at + length;
  }

  /** @returns the length of the packet with `sequence`, read from a history into `packet`, to be sent again; 0 for none. */
  writeAgain(sequence: number, packet: RtpPacket, out: Uint8Array, nowMs: number, sourceIds: ExtensionIds): number {
    const slot = sequence & 0xff;
    if (this.#resent[slot] === sequence && nowMs - this.#resentMs[slot] < 20) return 0;
    let segment = this.#segment;
    for (let back = 0; back < SEGMENTS; back++, segment = (segment + SEGMENTS - 1) % SEGMENTS) {
      const source = this.#segmentSource[segment];
      if (source === null) return 0;
      const base = segment * 6;
      if (((sequence - this.#segments[base]) << 16) >> 16 < 0) continue;
      const original = (sequence - this.#segments[base + 1]) & 0xffff;
      const { history } = source;
      if (!history.find(original)) return 0;
      const stored = history.bytes.subarray(history.foundAt, history.foundAt + history.foundLength);
      if (!packet.read(stored, stored.length, sourceIds)) return 0;
      this.#resent[slot] = sequence;
      this.#resentMs[slot] = nowMs;
      return this.#writeRepair(segment, sequence, packet, out, nowMs);
    }
    return 0;
  }

  #writeRepair(segment: number, sequence: number, packet: RtpPacket, out: Uint8Array, nowMs: number): number {
    const base = segment * 6;
    const codec = this.#codecs[this.#segments[base + 5]];
    const timestamp = (packet.timestamp + this.#segments[base + 2]) >>> 0;
    const asRtx = this.rtxSsrc !== null && codec.rtxPayloadType !== null;
    if (asRtx) this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    let at = asRtx
      ? this.#writeHeader(packet, out, codec.rtxPayloadType!, this.#rtxSequence, timestamp, this.rtxSsrc!, nowMs)
      : this.#writeHeader(packet, out, codec.payloadType, sequence, timestamp, this.ssrc, nowMs);
    // RFC 4588 section 4: the original sequence number stands before the payload.
    if (asRtx) {
      out[at++] = sequence >> 8;
      out[at++] = sequence & 0xff;
    }
    const length = packet.payloadEnd - packet.payloadAt;
    if (at + length + 24 > out.length) return 0;
    out.set(packet.bytes.subarray(packet.payloadAt, packet.payloadEnd), at);
    if (codec.name === 'vp8') {
      this.#rewriteVp8(out, at, length, this.#segments[base + 3], this.#segments[base + 4], false);
    }
    this.retransmitted++;
    return at + length;
  }

  #writeHeader(
    packet: RtpPacket,
    out: Uint8Array,
    payloadType: number,
    sequence: number,
    timestamp: number,
    ssrc: number,
    nowMs: number,
  ): number {
    const header = this.#header;
    for (let index = 0; index < header.length; index++) out[index] = header[index];
    out[1] = (packet.marker ? 0x80 : 0) | payloadType;
    out[2] = sequence >> 8;
    out[3] = sequence & 0xff;
    out[4] = timestamp >>> 24;
    out[5] = timestamp >>> 16;
    out[6] = timestamp >>> 8;
    out[7] = timestamp;
    out[8] = ssrc >>> 24;
    out[9] = ssrc >>> 16;
    out[10] = ssrc >>> 8;
    out[11] = ssrc;
    if (this.#sendTimeAt !== 0) {
      // 24 bits of seconds in 6.18 fixed point.
      const time = Math.floor((nowMs % 64_000) * 262.144);
      out[this.#sendTimeAt] = time >> 16;
      out[this.#sendTimeAt + 1] = time >> 8;
      out[this.#sendTimeAt + 2] = time;
    }
    if (this.#transportSequenceAt !== 0) {
      const bytes = header.length + packet.payloadEnd - packet.payloadAt;
      const number = this.carrier.nextTransportSequence(bytes, nowMs);
      out[this.#transportSequenceAt] = number >> 8;
      out[this.#transportSequenceAt + 1] = number;
    }
    if (this.#flagsAt !== 0) {
      const value = this.kind === 'audio' ? packet.audioLevel : packet.videoOrientation;
      if (value >= 0) {
        out[this.#flagsAt] = (this.kind === 'audio' ? this.ids.audioLevel : this.ids.videoOrientation) << 4;
        out[this.#flagsAt + 1] = value;
      }
    }
    return header.length;
  }

  #begin(packet: RtpPacket, from: IncomingStream, nowMs: number): void {
    const index = this.#codecs.findIndex(({ key }) => key === from.codec.key);
    this.#codec = index < 0 ? null : this.#codecs[index];
    this.#sourceCodec = from.codec;
    const previous = this.source;
    const sameSource = previous === from;
    this.source = from;
    this.target = from;
    this.#broken = false;
    this.isOver = false;
    if (this.#codec === null) return;
    const next = (this.#lastSequence + 1) & 0xffff;
    this.#sequenceOffset = (next - packet.sequenceNumber) & 0xffff;
    this.#firstSequence = packet.sequenceNumber;
    if (!this.#started) this.timestampOffset = 0;
    else if (!sameSource) {
      const timestamp = this.#continuedTimestamp(packet, previous, from, nowMs);
      this.timestampOffset = (timestamp - packet.timestamp) >>> 0;
    }
    if (this.#codec.name === 'vp8' && !sameSource) this.#continueVp8(packet);
    this.#started = true;
    this.#segment = (this.#segment + 1) % SEGMENTS;
    this.#segmentSource[this.#segment] = from;
    this.#segments.set(
      [next, this.#sequenceOffset, this.timestampOffset, this.#pictureOffset, this.#zeroLayerOffset, index],
      this.#segment * 6,
    );
  }

  /** By the sender reports of the two encodings where both have one, otherwise by the time that went by. */
  #continuedTimestamp(packet: RtpPacket, previous: IncomingStream | null, from: IncomingStream, nowMs: number): number {
    const { clockRate } = this.#codec!;
    const byClock = this.lastTimestamp + Math.max(1, Math.round(((nowMs - this.#lastMs) * clockRate) / 1000));
    if (previous === null || previous.reportMs === 0 || from.reportMs === 0) return byClock;
    const seconds = from.reportNtpSeconds + ((packet.timestamp - from.reportTimestamp) | 0) / clockRate;
    const inPrevious = previous.reportTimestamp + (seconds - previous.reportNtpSeconds) * clockRate;
    const byReports = Math.round(inPrevious) + this.timestampOffset;
    const ahead = (byReports - this.lastTimestamp) | 0;
    // Reports of two different publishers have nothing to do with each other.
    return ahead > 0 && ahead < clockRate * 2 ? byReports : byClock;
  }

  /** A decoder takes gaps in picture ids for loss (RFC 7741 section 4.2), so those go on as well. */
  #continueVp8(packet: RtpPacket): void {
    const { bytes, payloadAt: at } = packet;
    if ((bytes[at] & 0x80) === 0) return;
    const flags = bytes[at + 1];
    let next = at + 2;
    if ((flags & 0x80) !== 0) {
      const picture = (bytes[next] & 0x80) !== 0 ? ((bytes[next] & 0x7f) << 8) | bytes[next + 1] : bytes[next];
      this.#pictureOffset = this.#started ? (this.#lastPicture + 1 - picture) & 0x7fff : 0;
      next += (bytes[next] & 0x80) !== 0 ? 2 : 1;
    }
    if ((flags & 0x40) !== 0) {
      this.#zeroLayerOffset = this.#started ? (this.#lastZeroLayer + 1 - bytes[next]) & 0xff : 0;
    }
  }

  #rewriteVp8(
    out: Uint8Array,
    at: number,
    length: number,
    picture: number,
    zeroLayer: number,
    remember: boolean,
  ): void {
    if (length < 6 || (out[at] & 0x80) === 0) return;
    const flags = out[at + 1];
    let next = at + 2;
    if ((flags & 0x80) !== 0) {
      if ((out[next] & 0x80) !== 0) {
        const id = ((((out[next] & 0x7f) << 8) | out[next + 1]) + picture) & 0x7fff;
        out[next] = 0x80 | (id >> 8);
        out[next + 1] = id;
        if (remember) this.#lastPicture = id;
        next += 2;
      } else {
        out[next] = (out[next] + picture) & 0x7f;
        if (remember) this.#lastPicture = out[next];
        next++;
      }
    }
    if ((flags & 0x40) !== 0) {
      out[next] += zeroLayer;
      if (remember) this.#lastZeroLayer = out[next];
    }
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }
}
