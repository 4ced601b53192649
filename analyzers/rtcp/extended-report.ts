import { readUint16, readUint32 } from './network-order.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/** Block types of XR (RFC 3611, 4). */
export const XrBlockType = {
  lossRunLength: 1,
  duplicateRunLength: 2,
  receiptTimes: 3,
  receiverReferenceTime: 4,
  delaySinceLastReceiverReport: 5,
  statisticsSummary: 6,
  voipMetrics: 7,
} as const;

/**
 * Where one report block of an XR lies (RFC 3611, 3).
 *
 *   |     BT        | type-specific |       length in words - 1     |
 */
export interface XrBlock {
  readonly type: number;
  readonly typeSpecific: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** With the 4-byte header, as on the wire. */
  readonly length: number;
  /** Where the bytes present end. */
  readonly end: number;
}

/** XR (RFC 3611, 2): the SSRC of who reports, then blocks, of which a reader skips those that it does not know. */
export interface ExtendedReport {
  readonly ssrc: number;
  readonly blocks: readonly XrBlock[];
}

export function decodeExtendedReport(packet: RtcpPacket): ExtendedReport | RtcpDefect {
  const defect = defectOf(packet, 8);
  if (defect !== null) return defect;
  const { bytes, offset, end } = packet;
  const wireEnd = offset + packet.length;
  const blocks: XrBlock[] = [];
  for (let at = offset + 8; at + 4 <= end; ) {
    const length = (readUint16(bytes, at + 2) + 1) * 4;
    if (at + length > wireEnd) return 'bad-length';
    const blockEnd = Math.min(at + length, end);
    blocks.push({ type: bytes[at], typeSpecific: bytes[at + 1], bytes, offset: at, length, end: blockEnd });
    at += length;
  }
  return { ssrc: readUint32(bytes, offset + 4), blocks };
}

/** @returns why the first `bytes` bytes of a block of type `type` cannot be read, null where they can. */
export function xrDefectOf(block: XrBlock, type: number, bytes: number): RtcpDefect | null {
  if (block.type !== type) return 'other-format';
  if (block.offset + bytes <= block.end) return null;
  return bytes <= block.length ? 'cut' : 'too-short';
}
