import { type XrBlock, XrBlockType, xrDefectOf } from './extended-report.ts';
import { readUint32 } from './network-order.ts';
import type { RtcpDefect } from './rtcp-packet.ts';

/** Receiver reference time, RRT (RFC 3611, 4.4): the NTP time at which one who may send no SR made this report. */
export interface XrReferenceTime {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
}

export function decodeXrReferenceTime(block: XrBlock): XrReferenceTime | RtcpDefect {
  const defect = xrDefectOf(block, XrBlockType.receiverReferenceTime, 12);
  if (defect !== null) return defect;
  return {
    ntpSeconds: readUint32(block.bytes, block.offset + 4),
    ntpFraction: readUint32(block.bytes, block.offset + 8),
  };
}

/** What DLRR (RFC 3611, 4.5) answers to one receiver. */
export interface XrDelaySinceLast {
  readonly ssrc: number;
  /** The middle 32 bits of the receiver's last reference time, 0 where none came. */
  readonly lastReceiverReport: number;
  /** In 1/65536 s. */
  readonly delaySinceLastReceiverReport: number;
}

export function decodeXrDelaySinceLast(block: XrBlock): XrDelaySinceLast[] | RtcpDefect {
  const defect = xrDefectOf(block, XrBlockType.delaySinceLastReceiverReport, 4);
  if (defect !== null) return defect;
  const { bytes, offset, end } = block;
  const answers: XrDelaySinceLast[] = [];
  for (let at = offset + 4; at + 12 <= end; at += 12) {
    answers.push({
      ssrc: readUint32(bytes, at),
      lastReceiverReport: readUint32(bytes, at + 4),
      delaySinceLastReceiverReport: readUint32(bytes, at + 8),
    });
  }
  return answers;
}
