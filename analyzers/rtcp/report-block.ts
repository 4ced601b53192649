import { readInt24, readUint32 } from './network-order.ts';
import type { RtcpPacket } from './rtcp-packet.ts';

/**
 * A reception report block (RFC 3550, 6.4.1).
 *
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                 SSRC of the source reported on                |
 *   | fraction lost |       cumulative number of packets lost       |
 *   |           extended highest sequence number received           |
 *   |                      interarrival jitter                      |
 *   |                         last SR (LSR)                         |
 *   |                   delay since last SR (DLSR)                  |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export interface ReportBlock {
  readonly ssrc: number;
  /** In 1/256, since the report before. */
  readonly fractionLost: number;
  /** Since the beginning; duplicates may make it negative. */
  readonly cumulativeLost: number;
  /** Cycles of the sequence number in the high 16 bits. */
  readonly highestSequence: number;
  /** In units of the RTP timestamp. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP time of the last SR received, 0 where there was none. */
  readonly lastSenderReport: number;
  /** In 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export const REPORT_BLOCK_BYTES = 24;

/** The caller has made sure that the block's 24 bytes are there. */
export function decodeReportBlock(bytes: Uint8Array, at: number): ReportBlock {
  return {
    ssrc: readUint32(bytes, at),
    fractionLost: bytes[at + 4],
    cumulativeLost: readInt24(bytes, at + 5),
    highestSequence: readUint32(bytes, at + 8),
    jitter: readUint32(bytes, at + 12),
    lastSenderReport: readUint32(bytes, at + 16),
    delaySinceLastSenderReport: readUint32(bytes, at + 20),
  };
}

/** The report blocks from `start` bytes into the packet on, as many as its count says and the capture holds. */
export function decodeReportBlocks(packet: RtcpPacket, start: number): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  let at = packet.offset + start;
  for (let index = 0; index < packet.count && at + REPORT_BLOCK_BYTES <= packet.end; index++) {
    blocks.push(decodeReportBlock(packet.bytes, at));
    at += REPORT_BLOCK_BYTES;
  }
  return blocks;
}
