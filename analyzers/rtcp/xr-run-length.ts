import { type XrBlock, XrBlockType, xrDefectOf } from './extended-report.ts';
import { readUint16, readUint32 } from './network-order.ts';
import type { RtcpDefect } from './rtcp-packet.ts';

/**
 * Loss RLE and duplicate RLE (RFC 3611, 4.1 and 4.2): for each packet one bit, 1 where it came (once).
 *
 *   |    BT=1 or 2  | rsvd. |   T   |         block length          |
 *   |                        SSRC of source                         |
 *   |          begin_seq            |             end_seq           |
 *   |          chunk 1              |             chunk 2           |
 *
 * A chunk is | 0 | run type 1 | run length 14 | or | 1 | bit vector 15 |; 0 ends the list.
 */
export interface XrRunLength {
  readonly ssrc: number;
  /** Every 2^thinning-th packet is reported. */
  readonly thinning: number;
  readonly beginSequence: number;
  /** One above the last packet reported. */
  readonly endSequence: number;
  /** Packets whose bit is 1: received, or for duplicates received once at most. */
  readonly ones: number;
  readonly zeros: number;
}

/** @param type `lossRunLength` or `duplicateRunLength` of {@link XrBlockType}. */
export function decodeXrRunLength(block: XrBlock, type: 1 | 2 = XrBlockType.lossRunLength): XrRunLength | RtcpDefect {
  const defect = xrDefectOf(block, type, 12);
  if (defect !== null) return defect;
  const { bytes, offset, end } = block;
  const thinning = block.typeSpecific & 15;
  const beginSequence = readUint16(bytes, offset + 8);
  const endSequence = readUint16(bytes, offset + 10);
  // Only sequence numbers that are multiples of 2^T are told; the span may pass over 65535.
  const step = 2 ** thinning;
  const last = beginSequence + ((endSequence - beginSequence) & 0xffff);
  const first = Math.ceil(beginSequence / step) * step;
  let left = Math.max(0, Math.ceil((last - first) / step));
  let ones = 0;
  let zeros = 0;
  for (let at = offset + 12; at + 2 <= end && left > 0; at += 2) {
    const chunk = readUint16(bytes, at);
    if (chunk === 0) break;
    if (chunk & 0x8000) {
      const covered = Math.min(15, left);
      for (let bit = 14; bit > 14 - covered; bit--) {
        if ((chunk >>> bit) & 1) ones++;
        else zeros++;
      }
      left -= covered;
    } else {
      const covered = Math.min(chunk & 0x3fff, left);
      if (chunk & 0x4000) ones += covered;
      else zeros += covered;
      left -= covered;
    }
  }
  return { ssrc: readUint32(bytes, offset + 4), thinning, beginSequence, endSequence, ones, zeros };
}
