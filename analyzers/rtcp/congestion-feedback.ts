import { readUint16, readUint32 } from './network-order.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/**
 * What RFC 8888, 3.1 reports of one stream: a list of 16-bit metrics, one a packet, filled up to a word.
 *
 *   |                        SSRC of the stream                     |
 *   |          begin sequence       |      number of reports        |
 *   |R|ECN|  arrival time offset    | ...
 */
export interface CongestionStream {
  readonly mediaSsrc: number;
  readonly beginSequence: number;
  readonly reports: number;
  readonly received: number;
  readonly notReceived: number;
  /** Packets whose ECN mark said that congestion was experienced (RFC 3168). */
  readonly congestionMarked: number;
  /** The metric blocks as they lie: R (1 bit), ECN (2), arrival time before the report's in 1/1024 s (13). */
  readonly metrics: Uint8Array;
}

/** RTCP congestion control feedback, CCFB (RFC 8888). */
export interface CongestionFeedback {
  readonly senderSsrc: number;
  readonly streams: readonly CongestionStream[];
  /** Middle 32 bits of NTP time at which it was made; null where the capture cut it off. */
  readonly reportTimestamp: number | null;
}

export function decodeCongestionFeedback(packet: RtcpPacket): CongestionFeedback | RtcpDefect {
  const defect = defectOf(packet, 12);
  if (defect !== null) return defect;
  const { bytes, offset, end } = packet;
  const wireEnd = offset + packet.length;
  const timestampAt = wireEnd - 4;
  const streams: CongestionStream[] = [];
  let at = offset + 8;
  while (at + 8 <= Math.min(timestampAt, end)) {
    const reports = readUint16(bytes, at + 6);
    const metricsAt = at + 8;
    const next = metricsAt + ((reports + 1) & ~1) * 2;
    if (next > timestampAt) return 'bad-length';
    const metricsEnd = Math.min(metricsAt + reports * 2, end);
    let received = 0;
    let marked = 0;
    let seen = 0;
    for (let metric = metricsAt; metric + 2 <= metricsEnd; metric += 2, seen++) {
      if ((bytes[metric] & 0x80) === 0) continue;
      received++;
      if ((bytes[metric] & 0x60) === 0x60) marked++;
    }
    streams.push({
      mediaSsrc: readUint32(bytes, at),
      beginSequence: readUint16(bytes, at + 4),
      reports,
      received,
      notReceived: seen - received,
      congestionMarked: marked,
      metrics: bytes.subarray(metricsAt, metricsEnd),
    });
    at = next;
  }
  if (wireEnd <= end && at !== timestampAt) return 'bad-length';
  return {
    senderSsrc: readUint32(bytes, offset + 4),
    streams,
    reportTimestamp: wireEnd <= end ? readUint32(bytes, timestampAt) : null,
  };
}
