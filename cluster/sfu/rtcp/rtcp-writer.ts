import type { Reception } from '../forwarding/reception.ts';

/** Builds compound RTCP packets (RFC 3550 section 6) in a buffer of the caller. */
export class RtcpWriter {
  #out: Uint8Array = new Uint8Array(0);
  length = 0;

  begin(out: Uint8Array): this {
    this.#out = out;
    this.length = 0;
    return this;
  }

  #uint8(value: number): void {
    this.#out[this.length++] = value;
  }

  #uint16(value: number): void {
    this.#uint8(value >> 8);
    this.#uint8(value);
  }

  #uint32(value: number): void {
    this.#uint16(value >>> 16);
    this.#uint16(value & 0xffff);
  }

  #head(count: number, type: number, words: number): void {
    this.#uint8(0x80 | count);
    this.#uint8(type);
    this.#uint16(words);
  }

  senderReport(
    ssrc: number,
    ntpHigh: number,
    ntpLow: number,
    timestamp: number,
    packets: number,
    octets: number,
  ): void {
    this.#head(0, 200, 6);
    this.#uint32(ssrc);
    this.#uint32(ntpHigh);
    this.#uint32(ntpLow);
    this.#uint32(timestamp);
    this.#uint32(packets >>> 0);
    this.#uint32(octets >>> 0);
  }

  /** Begins a receiver report of `blocks` (31 at most) blocks. */
  receiverReport(ssrc: number, blocks: number): void {
    this.#head(blocks, 201, 1 + blocks * 6);
    this.#uint32(ssrc);
  }

  /** @param delay since the last sender report, in 1/65536 s. */
  reportBlock(ssrc: number, reception: Reception, lastReport: number, delay: number): void {
    this.#uint32(ssrc);
    this.#uint32(((reception.takeFractionLost() << 24) | Math.min(reception.lost, 0x7fffff)) >>> 0);
    this.#uint32(Math.max(0, reception.highest - 65_536) >>> 0);
    this.#uint32(reception.jitter >>> 0);
    this.#uint32(lastReport);
    this.#uint32(delay >>> 0);
  }

  /** One chunk with a CNAME. */
  sourceDescription(ssrc: number, cname: string): void {
    const text = Buffer.from(cname, 'latin1').subarray(0, 255);
    const padded = Math.ceil((2 + text.length + 1) / 4) * 4;
    this.#head(1, 202, 1 + padded / 4);
    this.#uint32(ssrc);
    this.#uint8(1);
    this.#uint8(text.length);
    for (const byte of text) this.#uint8(byte);
    for (let fill = 2 + text.length; fill < padded; fill++) this.#uint8(0);
  }

  goodbye(ssrcs: readonly number[]): void {
    this.#head(ssrcs.length, 203, ssrcs.length);
    for (const ssrc of ssrcs) this.#uint32(ssrc);
  }

  pictureLoss(sender: number, ssrc: number): void {
    this.#head(1, 206, 2);
    this.#uint32(sender);
    this.#uint32(ssrc);
  }

  fullIntraRequest(sender: number, ssrc: number, count: number): void {
    this.#head(4, 206, 4);
    this.#uint32(sender);
    this.#uint32(0);
    this.#uint32(ssrc);
    this.#uint32((count & 0xff) << 24);
  }

  /** REMB (draft-alvestrand-rmcat-remb-03 section 2.2): the bitrate as an exponent of 6 bits and a mantissa of 18. @param ssrcs 255 at most. */
  maximumBitrate(sender: number, bps: number, ssrcs: readonly number[]): void {
    const exponent = Math.max(0, Math.ceil(Math.log2((bps + 1) / 2 ** 18)));
    this.#head(15, 206, 4 + ssrcs.length);
    this.#uint32(sender);
    this.#uint32(0);
    this.#uint32(0x52454d42);
    this.#uint32(((ssrcs.length << 24) | (exponent << 18) | Math.floor(bps / 2 ** exponent)) >>> 0);
    for (const ssrc of ssrcs) this.#uint32(ssrc);
  }

  /** RFC 4585 section 6.2.1. @param sequenceNumbers in the order of the stream. */
  nack(sender: number, ssrc: number, sequenceNumbers: readonly number[]): void {
    const items: number[] = [];
    for (let index = 0; index < sequenceNumbers.length; ) {
      const first = sequenceNumbers[index++];
      let mask = 0;
      while (index < sequenceNumbers.length) {
        const distance = (sequenceNumbers[index] - first) & 0xffff;
        if (distance < 1 || distance > 16) break;
        mask |= 1 << (distance - 1);
        index++;
      }
      items.push(((first << 16) | mask) >>> 0);
    }
    this.#head(1, 205, 2 + items.length);
    this.#uint32(sender);
    this.#uint32(ssrc);
    for (const item of items) this.#uint32(item);
  }

  /** Takes a packet that somebody else laid out. */
  packet(bytes: Uint8Array): void {
    this.#out.set(bytes, this.length);
    this.length += bytes.length;
  }
}
