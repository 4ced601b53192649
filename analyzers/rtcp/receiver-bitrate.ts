import { readUint32 } from './network-order.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/**
 * REMB (draft-alvestrand-rmcat-remb, 2.2): application-layer feedback (PSFB, FMT 15) with a name.
 *
 *   |                     SSRC of packet sender                     |
 *   |                  SSRC of media source, always 0               |
 *   |      'R'      |      'E'      |      'M'      |      'B'      |
 *   |   num SSRC    |  exponent |             mantissa              |
 *          8              6                      18
 *   |                      SSRCs that it speaks of                  |
 */
export interface ReceiverBitrate {
  readonly senderSsrc: number;
  readonly bitrateBps: number;
  readonly ssrcs: readonly number[];
}

const REMB_NAME = 0x52454d42;

/** @returns `other-format` for application-layer feedback that is no REMB. */
export function decodeReceiverBitrate(packet: RtcpPacket): ReceiverBitrate | RtcpDefect {
  const nameDefect = defectOf(packet, 16);
  if (nameDefect !== null) return nameDefect === 'too-short' ? 'other-format' : nameDefect;
  const { bytes, offset, end, length } = packet;
  if (readUint32(bytes, offset + 12) !== REMB_NAME) return 'other-format';
  const defect = defectOf(packet, 20);
  if (defect !== null) return defect;
  const word = readUint32(bytes, offset + 16);
  const named = word >>> 24;
  if (20 + named * 4 > length) return 'bad-length';
  const ssrcs: number[] = [];
  for (let at = offset + 20; ssrcs.length < named && at + 4 <= end; at += 4) ssrcs.push(readUint32(bytes, at));
  return {
    senderSsrc: readUint32(bytes, offset + 4),
    bitrateBps: (word & 0x3ffff) * 2 ** ((word >>> 18) & 63),
    ssrcs,
  };
}
