import { readUint32 } from './network-order.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/**
 * An entry of TMMBR and TMMBN (RFC 5104, 4.2.1 and 4.2.2).
 *
 *   |                              SSRC                             |
 *   | MxTBR exp |         MxTBR mantissa          |measured overhead|
 *        6                      17                       9
 */
export interface MaximumBitrateEntry {
  readonly ssrc: number;
  readonly bitrateBps: number;
  /** Bytes a packet below RTP, as the asking side sees them. */
  readonly overheadBytes: number;
}

export interface MaximumBitrate {
  readonly senderSsrc: number;
  /** Empty in a notification that nobody is bound. */
  readonly entries: readonly MaximumBitrateEntry[];
}

export function decodeMaximumBitrate(packet: RtcpPacket): MaximumBitrate | RtcpDefect {
  const defect = defectOf(packet, 12);
  if (defect !== null) return defect;
  const { bytes, offset, end } = packet;
  const entries: MaximumBitrateEntry[] = [];
  for (let at = offset + 12; at + 8 <= end; at += 8) {
    const word = readUint32(bytes, at + 4);
    entries.push({
      ssrc: readUint32(bytes, at),
      bitrateBps: ((word >>> 9) & 0x1ffff) * 2 ** (word >>> 26),
      overheadBytes: word & 0x1ff,
    });
  }
  return { senderSsrc: readUint32(bytes, offset + 4), entries };
}
