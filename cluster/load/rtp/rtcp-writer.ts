import type { IncomingStream } from './incoming-stream.ts';
import type { OutgoingStream } from './outgoing-stream.ts';
import { write16, write32 } from './rtp-packet.ts';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const CNAME = 1;
const BLOCKS_AT_MOST = 31;
const BLOCK_BYTES = 24;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;
export const RTCP_BYTES_AT_MOST = 1200;

/** Writes compound RTCP (RFC 3550, section 6) into one buffer that is used again. */
export class RtcpWriter {
  readonly bytes = new Uint8Array(RTCP_BYTES_AT_MOST + 100);
  length = 0;

  begin(): void {
    this.length = 0;
  }

  get isFull(): boolean {
    return this.length > RTCP_BYTES_AT_MOST - 28 - 24;
  }

  /**
   * Sender reports of all own streams; report blocks for what is received go with the first, further ones into receiver reports.
   * @param wallMs time since 1970 that belongs to `nowMs`.
   */
  reports(
    own: readonly OutgoingStream[],
    received: readonly IncomingStream[],
    ownSsrc: number,
    nowMs: number,
    wallMs: number,
  ): void {
    let next = 0;
    const blocks = () => {
      const room = Math.floor((RTCP_BYTES_AT_MOST - this.length - 60) / BLOCK_BYTES);
      const from = next;
      next = Math.min(received.length, from + Math.min(BLOCKS_AT_MOST, Math.max(0, room)));
      return received.slice(from, next);
    };
    for (const stream of own) if (stream.packets > 0) this.#senderReport(stream, blocks(), nowMs, wallMs);
    if (this.length === 0) this.#receiverReport(ownSsrc, blocks(), nowMs);
  }

  #senderReport(stream: OutgoingStream, blocks: readonly IncomingStream[], nowMs: number, wallMs: number): void {
    const { bytes } = this;
    const at = this.length;
    this.#header(blocks.length, SENDER_REPORT, 28 + blocks.length * BLOCK_BYTES);
    write32(bytes, at + 4, stream.options.ssrc);
    const seconds = Math.floor(wallMs / 1000);
    write32(bytes, at + 8, seconds + NTP_EPOCH_SECONDS);
    write32(bytes, at + 12, Math.floor(((wallMs / 1000 - seconds) * 2 ** 32) % 2 ** 32));
    write32(bytes, at + 16, stream.timestamp);
    write32(bytes, at + 20, stream.packets);
    write32(bytes, at + 24, stream.bytes);
    this.#blocks(at + 28, blocks, nowMs);
  }

  #receiverReport(ownSsrc: number, blocks: readonly IncomingStream[], nowMs: number): void {
    const at = this.length;
    this.#header(blocks.length, RECEIVER_REPORT, 8 + blocks.length * BLOCK_BYTES);
    write32(this.bytes, at + 4, ownSsrc);
    this.#blocks(at + 8, blocks, nowMs);
  }

  #blocks(from: number, blocks: readonly IncomingStream[], nowMs: number): void {
    const { bytes } = this;
    let at = from;
    for (const stream of blocks) {
      const last = stream.lastReport(nowMs);
      write32(bytes, at, stream.options.ssrc);
      write32(bytes, at + 4, (stream.takeFractionLost() << 24) | (Math.min(stream.lost, 0x7fffff) & 0xffffff));
      write32(bytes, at + 8, stream.highestSequence);
      write32(bytes, at + 12, stream.jitterTicks);
      write32(bytes, at + 16, last.middle);
      write32(bytes, at + 20, last.delay);
      at += BLOCK_BYTES;
    }
  }

  sourceDescription(ssrc: number, cname: string): void {
    const at = this.length;
    const text = Buffer.from(cname, 'latin1');
    const bytes = Math.ceil((4 + 4 + 2 + text.length + 1) / 4) * 4;
    this.bytes.fill(0, at, at + bytes);
    this.#header(1, SOURCE_DESCRIPTION, bytes);
    write32(this.bytes, at + 4, ssrc);
    this.bytes[at + 8] = CNAME;
    this.bytes[at + 9] = text.length;
    this.bytes.set(text, at + 10);
  }

  goodbye(ssrcs: readonly number[]): void {
    const at = this.length;
    this.#header(ssrcs.length, GOODBYE, 4 + 4 * ssrcs.length);
    ssrcs.forEach((ssrc, index) => {
      write32(this.bytes, at + 4 + 4 * index, ssrc);
    });
  }

  /** Generic NACK (RFC 4585, section 6.2.1). @param sequences in rising order; more than fit are left for the next time. */
  nack(ownSsrc: number, mediaSsrc: number, sequences: readonly number[]): void {
    const at = this.length;
    let end = at + 12;
    for (let index = 0; index < sequences.length && end + 4 < RTCP_BYTES_AT_MOST; end += 4) {
      const first = sequences[index++];
      let mask = 0;
      while (index < sequences.length) {
        const bit = ((sequences[index] - first) & 0xffff) - 1;
        if (bit < 0 || bit > 15) break;
        mask |= 1 << bit;
        index++;
      }
      write16(this.bytes, end, first);
      write16(this.bytes, end + 2, mask);
    }
    this.#header(1, TRANSPORT_FEEDBACK, end - at);
    write32(this.bytes, at + 4, ownSsrc);
    write32(this.bytes, at + 8, mediaSsrc);
  }

  /** Picture loss indication (RFC 4585, section 6.3.1). */
  pli(ownSsrc: number, mediaSsrc: number): void {
    const at = this.length;
    this.#header(1, PAYLOAD_FEEDBACK, 12);
    write32(this.bytes, at + 4, ownSsrc);
    write32(this.bytes, at + 8, mediaSsrc);
  }

  /** Room for a packet that somebody else fills; the header is written here. @param bytes a multiple of 4. */
  transportFeedback(format: number, bytes: number): number {
    const at = this.length;
    this.#header(format, TRANSPORT_FEEDBACK, bytes);
    return at;
  }

  #header(count: number, type: number, bytes: number): void {
    const at = this.length;
    this.bytes[at] = 0x80 | count;
    this.bytes[at + 1] = type;
    write16(this.bytes, at + 2, bytes / 4 - 1);
    this.length += bytes;
  }
}
