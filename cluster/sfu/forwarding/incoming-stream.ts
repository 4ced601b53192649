import type { Codec } from '../sdp/codec.ts';
import { PacketHistory } from './packet-history.ts';
import { Reception } from './reception.ts';
import type { RtpPacket } from './rtp-packet.ts';

/** Milliseconds between two requests for a key frame, however many ask. */
const KEY_FRAME_EVERY_MS = 500;

/** One who gets a stream's packets. */
export interface Receiver {
  readonly carrier: { readonly peer: { fanOutRtp(length: number): void } };
  /** What is forwarded now, and what shall be from its next key frame on; null for nothing. */
  source: IncomingStream | null;
  target: IncomingStream | null;
  /** Whether nothing is sent before a key frame comes. */
  readonly isWaiting: boolean;
  write(packet: RtpPacket, from: IncomingStream, out: Uint8Array, nowMs: number): number;
  interrupt(): void;
  /** What it got has ended. */
  end(): void;
}

/** One SSRC that a publisher sends: a track, or one simulcast encoding of it. */
export class IncomingStream {
  readonly ssrc: number;
  rtxSsrc: number | null;
  readonly rid: string | null;
  /** 0 for the lowest picture of a simulcast. */
  rank: number;
  codec: Codec;
  /** All that the section agreed on, since a sender may go over from one to another. */
  readonly codecs: readonly Codec[];
  readonly reception: Reception;
  readonly history: PacketHistory;
  /** Those who get this stream, or wait for it to begin. */
  readonly outgoing: Receiver[] = [];
  /** Whether anything is forwarded; false for the quieter ones of a large room. */
  audible = true;
  /** Picture height in pixels, where the payload told it. */
  height: number | null = null;
  lastPacketMs = 0;
  /** From the latest sender report: NTP time (seconds since 1900), RTP time, and when it came by our clock. */
  reportNtpSeconds = 0;
  reportTimestamp = 0;
  reportMs = 0;
  /** Middle 32 bits of that report's NTP time, for LSR. */
  reportNtpMiddle = 0;
  bitrateBps = 0;
  /** Where set, what the other SFU says of its bitrate: that of what is not sent here cannot be measured. */
  toldBitrateBps: number | null = null;
  #bytesPrior = 0;
  #keyFrameAskedMs = Number.NEGATIVE_INFINITY;

  constructor(ssrc: number, rtxSsrc: number | null, rid: string | null, codecs: readonly Codec[]) {
    this.ssrc = ssrc;
    this.rtxSsrc = rtxSsrc;
    this.rid = rid;
    this.rank = 0;
    this.codecs = codecs;
    this.codec = codecs[0];
    this.reception = new Reception(codecs[0].clockRate);
    this.history = new PacketHistory();
  }

  /** @returns whether a request may go out now. */
  mayAskKeyFrame(nowMs: number): boolean {
    if (nowMs - this.#keyFrameAskedMs < KEY_FRAME_EVERY_MS) return false;
    this.#keyFrameAskedMs = nowMs;
    return true;
  }

  /** Whether anybody gets it, or waits for it. */
  get isWanted(): boolean {
    return this.outgoing.some(({ source, target }) => source === this || target === this);
  }

  measureBitrate(elapsedMs: number): void {
    const now = ((this.reception.bytes - this.#bytesPrior) * 8000) / elapsedMs;
    this.#bytesPrior = this.reception.bytes;
    if (this.toldBitrateBps !== null) this.bitrateBps = this.toldBitrateBps;
    else this.bitrateBps = this.bitrateBps === 0 ? now : this.bitrateBps * 0.5 + now * 0.5;
  }
}
