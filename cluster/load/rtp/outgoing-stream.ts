import { type ExtensionBlock, payloadOffset, RTP_HEADER_BYTES, write16, write32 } from './rtp-packet.ts';

export interface OutgoingStreamOptions {
  readonly kind: 'audio' | 'video';
  readonly mid: string;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly clockRate: number;
  readonly extensions: ExtensionBlock;
  /** Null where retransmissions are not negotiated (RFC 4588). */
  readonly rtx: { readonly ssrc: number; readonly payloadType: number } | null;
  readonly firstSequence: number;
  readonly firstTimestamp: number;
}

/** Sends a packet that the caller may use again afterwards. */
export type SendPacket = (packet: Uint8Array, length: number) => void;

const SLOT_BYTES = 1280;
const VIDEO_HISTORY = 256;
const AUDIO_HISTORY = 8;

/**
 * One RTP stream that is sent: numbers its packets, keeps the last ones for those who ask again, and counts as
 * webrtc-stats' outbound-rtp does (packets and payload bytes; retransmissions apart, on their own SSRC).
 */
export class OutgoingStream {
  readonly options: OutgoingStreamOptions;
  readonly #slots: Uint8Array;
  readonly #lengths: Uint16Array;
  readonly #size: number;
  #sequence: number;
  /** Packets made and packets sent, since the beginning: what lies between waits for the pacer. */
  #made = 0;
  #sent = 0;
  #rtxSequence: number;
  timestamp: number;
  packets = 0;
  bytes = 0;
  rtxPackets = 0;
  rtxBytes = 0;
  nacksReceived = 0;
  plisReceived = 0;
  firsReceived = 0;
  frames = 0;
  keyFrames = 0;
  /** From the peer's receiver reports; null before the first. */
  remoteLost: number | null = null;
  remoteJitter: number | null = null;
  roundTripMs: number | null = null;
  shortestRoundTripMs: number | null = null;

  constructor(options: OutgoingStreamOptions) {
    this.options = options;
    this.#size = options.kind === 'video' ? VIDEO_HISTORY : AUDIO_HISTORY;
    this.#slots = new Uint8Array(this.#size * SLOT_BYTES);
    this.#lengths = new Uint16Array(this.#size);
    this.#sequence = options.firstSequence;
    this.#rtxSequence = options.firstSequence ^ 0x5555;
    this.timestamp = options.firstTimestamp;
  }

  get waiting(): number {
    return this.#made - this.#sent;
  }

  /** @returns bytes of payload that a packet holds beside its header and extensions. */
  get room(): number {
    return 1150 - this.options.extensions.bytes.length;
  }

  /**
   * Begins the next packet. The caller then writes `payloadBytes` at `payloadAt` of {@link slot}.
   * @returns where the payload goes.
   */
  begin(marker: boolean, payloadBytes: number, level: number): number {
    const { extensions, payloadType, ssrc } = this.options;
    // What the pacer has not sent would be written over: a frame larger than the history is not kept back.
    const at = (this.#made % this.#size) * SLOT_BYTES;
    const slots = this.#slots;
    const hasExtensions = extensions.bytes.length > 0;
    slots[at] = hasExtensions ? 0x90 : 0x80;
    slots[at + 1] = (marker ? 0x80 : 0) | payloadType;
    write16(slots, at + 2, this.#sequence);
    write32(slots, at + 4, this.timestamp);
    write32(slots, at + 8, ssrc);
    if (hasExtensions) {
      slots.set(extensions.bytes, at + RTP_HEADER_BYTES);
      if (extensions.levelAt >= 0) slots[at + RTP_HEADER_BYTES + extensions.levelAt] = level;
    }
    const payloadAt = at + RTP_HEADER_BYTES + extensions.bytes.length;
    this.#lengths[this.#made % this.#size] = payloadAt - at + payloadBytes;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#made++;
    return payloadAt;
  }

  get slots(): Uint8Array {
    return this.#slots;
  }

  /** Sends the oldest packet that waits. @param transportSequence number for the transport-wide extension, if in use. */
  sendNext(send: SendPacket, transportSequence: number): void {
    if (this.#made - this.#sent > this.#size) this.#sent = this.#made - this.#size;
    const slot = this.#sent++ % this.#size;
    const packet = this.#slots.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
    const length = this.#lengths[slot];
    this.#number(packet, transportSequence);
    this.packets++;
    this.bytes += length - RTP_HEADER_BYTES - this.options.extensions.bytes.length;
    send(packet, length);
  }

  get isFull(): boolean {
    return this.waiting >= this.#size;
  }

  /** Sends a packet again that the peer misses, on the RTX stream (RFC 4588, section 4). @returns whether it was still there. */
  retransmit(sequence: number, scratch: Uint8Array, send: SendPacket, transportSequence: number): boolean {
    const { rtx, extensions } = this.options;
    const back = (this.#sequence - sequence) & 0xffff;
    if (rtx === null || back === 0 || back > Math.min(this.#size, this.#made)) return false;
    const index = this.#made - back;
    if (index >= this.#sent) return false;
    const slot = index % this.#size;
    const at = slot * SLOT_BYTES;
    const length = this.#lengths[slot];
    const header = RTP_HEADER_BYTES + extensions.bytes.length;
    scratch.set(this.#slots.subarray(at, at + header), 0);
    scratch[1] = (scratch[1] & 0x80) | rtx.payloadType;
    write16(scratch, 2, this.#rtxSequence);
    write32(scratch, 8, rtx.ssrc);
    write16(scratch, header, sequence);
    scratch.set(this.#slots.subarray(at + header, at + length), header + 2);
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    this.#number(scratch, transportSequence);
    this.rtxPackets++;
    this.rtxBytes += length - header + 2;
    send(scratch, length + 2);
    return true;
  }

  #number(packet: Uint8Array, transportSequence: number): void {
    const at = this.options.extensions.transportSequenceAt;
    if (at >= 0 && payloadOffset(packet, packet.length) > 0) write16(packet, RTP_HEADER_BYTES + at, transportSequence);
  }
}
