/** What the SFU acts on in RTCP (RFC 3550, RFC 4585, RFC 5104). Numbers are as on the wire. */
export interface RtcpHandlers {
  senderReport(ssrc: number, ntpHigh: number, ntpLow: number, timestamp: number): void;
  /** A report block: `fractionLost` of 256. */
  reception(ssrc: number, fractionLost: number, lost: number, lastReport: number, sinceLastReport: number): void;
  nack(ssrc: number, sequenceNumber: number): void;
  keyFrame(ssrc: number): void;
  /** REMB (draft-alvestrand-rmcat-remb). */
  maximumBitrate(bps: number): void;
  /** Transport-wide feedback: the whole packet. */
  transportFeedback(bytes: Uint8Array, at: number, end: number): void;
  goodbye(ssrc: number): void;
}

const MOST_NACKED = 512;
const uint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

/** Walks a compound packet. What is malformed ends it. */
export function readRtcp(bytes: Uint8Array, length: number, handlers: RtcpHandlers): void {
  let nacked = 0;
  for (let at = 0; at + 8 <= length; ) {
    const count = bytes[at] & 0x1f;
    const end = at + 4 + ((bytes[at + 2] << 8) | bytes[at + 3]) * 4;
    if (bytes[at] >> 6 !== 2 || end > length) return;
    const type = bytes[at + 1];
    if (type === 200 || type === 201) {
      let block = at + (type === 200 ? 28 : 8);
      if (type === 200 && block <= end) {
        handlers.senderReport(
          uint32(bytes, at + 4),
          uint32(bytes, at + 8),
          uint32(bytes, at + 12),
          uint32(bytes, at + 16),
        );
      }
      for (let index = 0; index < count && block + 24 <= end; index++, block += 24) {
        const lost = (uint32(bytes, block + 4) << 8) >> 8;
        handlers.reception(
          uint32(bytes, block),
          bytes[block + 4],
          lost,
          uint32(bytes, block + 16),
          uint32(bytes, block + 20),
        );
      }
    } else if (type === 203) {
      for (let index = 0; index < count && at + 8 + index * 4 <= end; index++)
        handlers.goodbye(uint32(bytes, at + 4 + index * 4));
    } else if (type === 205 && end - at >= 12) {
      if (count === 15) handlers.transportFeedback(bytes, at, end);
      if (count === 1) {
        const ssrc = uint32(bytes, at + 8);
        for (let item = at + 12; item + 4 <= end; item += 4) {
          const first = (bytes[item] << 8) | bytes[item + 1];
          const mask = (bytes[item + 2] << 8) | bytes[item + 3];
          if (nacked++ < MOST_NACKED) handlers.nack(ssrc, first);
          for (let bit = 0; bit < 16; bit++) {
            if ((mask & (1 << bit)) !== 0 && nacked++ < MOST_NACKED) handlers.nack(ssrc, (first + bit + 1) & 0xffff);
          }
        }
      }
    } else if (type === 206 && end - at >= 12) {
      if (count === 1) handlers.keyFrame(uint32(bytes, at + 8));
      if (count === 4) for (let item = at + 12; item + 8 <= end; item += 8) handlers.keyFrame(uint32(bytes, item));
      if (count === 15 && end - at >= 20 && uint32(bytes, at + 12) === 0x52454d42) {
        const word = uint32(bytes, at + 16) & 0xffffff;
        handlers.maximumBitrate((word & 0x3ffff) * 2 ** (word >>> 18));
      }
    }
    at = end;
  }
}
