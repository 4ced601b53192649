import { readUint32 } from './network-order.ts';
import { decodeReportBlocks, REPORT_BLOCK_BYTES, type ReportBlock } from './report-block.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/** RR (RFC 3550, 6.4.2): the SSRC of who reports, then report blocks, then profile-specific extensions. */
export interface ReceiverReport {
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

const FIXED_BYTES = 8;

export function decodeReceiverReport(packet: RtcpPacket): ReceiverReport | RtcpDefect {
  const defect = defectOf(packet, FIXED_BYTES);
  if (defect !== null) return defect;
  if (FIXED_BYTES + packet.count * REPORT_BLOCK_BYTES > packet.length) return 'bad-length';
  return { ssrc: readUint32(packet.bytes, packet.offset + 4), reports: decodeReportBlocks(packet, FIXED_BYTES) };
}
