import { read32 } from './rtp-packet.ts';

/** What of received RTCP a client acts on. Called while the packet is read, with its numbers. */
export interface RtcpHandlers {
  /** Sender report: the middle 32 bits of its NTP time. */
  senderReport(ssrc: number, middleOfNtp: number): void;
  reportBlock(ssrc: number, lost: number, jitterTicks: number, lastReport: number, delay: number): void;
  goodbye(ssrc: number): void;
  nack(mediaSsrc: number, sequence: number): void;
  pli(mediaSsrc: number): void;
  fir(mediaSsrc: number): void;
}

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const GOODBYE = 203;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;

/** Reads a compound packet (RFC 3550, section 6; RFC 4585; RFC 5104). @returns false where it is malformed; what stood before counts. */
export function readRtcp(bytes: Uint8Array, length: number, handlers: RtcpHandlers): boolean {
  for (let at = 0; at < length; ) {
    if (at + 4 > length || bytes[at] >>> 6 !== 2) return false;
    const count = bytes[at] & 0x1f;
    const type = bytes[at + 1];
    const end = at + 4 + 4 * ((bytes[at + 2] << 8) | bytes[at + 3]);
    if (end > length) return false;
    if (type === SENDER_REPORT && at + 28 <= end) {
      handlers.senderReport(
        read32(bytes, at + 4),
        ((read32(bytes, at + 8) << 16) | (read32(bytes, at + 12) >>> 16)) >>> 0,
      );
      readBlocks(bytes, at + 28, end, count, handlers);
    } else if (type === RECEIVER_REPORT) {
      readBlocks(bytes, at + 8, end, count, handlers);
    } else if (type === GOODBYE) {
      for (let one = 0; one < count && at + 8 + 4 * one <= end; one++)
        handlers.goodbye(read32(bytes, at + 4 + 4 * one));
    } else if (type === TRANSPORT_FEEDBACK && count === 1 && at + 12 <= end) {
      readNack(bytes, at, end, handlers);
    } else if (type === PAYLOAD_FEEDBACK && count === 1 && at + 12 <= end) {
      handlers.pli(read32(bytes, at + 8));
    } else if (type === PAYLOAD_FEEDBACK && count === 4) {
      for (let entry = at + 12; entry + 8 <= end; entry += 8) handlers.fir(read32(bytes, entry));
    }
    at = end;
  }
  return true;
}

function readBlocks(bytes: Uint8Array, from: number, end: number, count: number, handlers: RtcpHandlers): void {
  for (let block = 0, at = from; block < count && at + 24 <= end; block++, at += 24) {
    // Cumulative loss is a signed number of 24 bits.
    const lost = (read32(bytes, at + 4) << 8) >> 8;
    handlers.reportBlock(
      read32(bytes, at),
      lost,
      read32(bytes, at + 12),
      read32(bytes, at + 16),
      read32(bytes, at + 20),
    );
  }
}

/** Generic NACK (RFC 4585, section 6.2.1): a packet and a mask of the 16 after it. */
function readNack(bytes: Uint8Array, at: number, end: number, handlers: RtcpHandlers): void {
  const ssrc = read32(bytes, at + 8);
  for (let entry = at + 12; entry + 4 <= end; entry += 4) {
    const first = (bytes[entry] << 8) | bytes[entry + 1];
    const mask = (bytes[entry + 2] << 8) | bytes[entry + 3];
    handlers.nack(ssrc, first);
    for (let bit = 0; bit < 16; bit++) if ((mask >> bit) & 1) handlers.nack(ssrc, (first + bit + 1) & 0xffff);
  }
}
