import { readUint32 } from './network-order.ts';
import { decodeReportBlocks, REPORT_BLOCK_BYTES, type ReportBlock } from './report-block.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/**
 * SR (RFC 3550, 6.4.1), after the header.
 *
 *   |                         SSRC of sender                        |
 *   |              NTP timestamp, most significant word             |
 *   |             NTP timestamp, least significant word             |
 *   |                         RTP timestamp                         |
 *   |                     sender's packet count                     |
 *   |                      sender's octet count                     |
 *   |          report blocks, then profile-specific extensions      |
 */
export interface SenderReport {
  readonly ssrc: number;
  /** Seconds since 1900-01-01T00:00:00Z. */
  readonly ntpSeconds: number;
  /** In 2^-32 s. */
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

const FIXED_BYTES = 28;

export function decodeSenderReport(packet: RtcpPacket): SenderReport | RtcpDefect {
  const defect = defectOf(packet, FIXED_BYTES);
  if (defect !== null) return defect;
  if (FIXED_BYTES + packet.count * REPORT_BLOCK_BYTES > packet.length) return 'bad-length';
  const { bytes, offset } = packet;
  return {
    ssrc: readUint32(bytes, offset + 4),
    ntpSeconds: readUint32(bytes, offset + 8),
    ntpFraction: readUint32(bytes, offset + 12),
    rtpTimestamp: readUint32(bytes, offset + 16),
    packetCount: readUint32(bytes, offset + 20),
    octetCount: readUint32(bytes, offset + 24),
    reports: decodeReportBlocks(packet, FIXED_BYTES),
  };
}

/** The middle 32 bits of an NTP timestamp, in 1/65536 s: what LSR and LRR repeat (RFC 3550, 6.4.1). */
export function middleOfNtp(ntpSeconds: number, ntpFraction: number): number {
  return ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
}
