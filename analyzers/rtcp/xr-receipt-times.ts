import { type XrBlock, XrBlockType, xrDefectOf } from './extended-report.ts';
import { readUint16, readUint32 } from './network-order.ts';
import type { RtcpDefect } from './rtcp-packet.ts';

/** Packet receipt times (RFC 3611, 4.3): when each packet came, in timestamp units; laid out as loss RLE, with words. */
export interface XrReceiptTimes {
  readonly ssrc: number;
  readonly thinning: number;
  readonly beginSequence: number;
  readonly endSequence: number;
  /** As many as the capture holds. */
  readonly receiptTimes: readonly number[];
}

export function decodeXrReceiptTimes(block: XrBlock): XrReceiptTimes | RtcpDefect {
  const defect = xrDefectOf(block, XrBlockType.receiptTimes, 12);
  if (defect !== null) return defect;
  const { bytes, offset, end } = block;
  const receiptTimes: number[] = [];
  for (let at = offset + 12; at + 4 <= end; at += 4) receiptTimes.push(readUint32(bytes, at));
  return {
    ssrc: readUint32(bytes, offset + 4),
    thinning: block.typeSpecific & 15,
    beginSequence: readUint16(bytes, offset + 8),
    endSequence: readUint16(bytes, offset + 10),
    receiptTimes,
  };
}
