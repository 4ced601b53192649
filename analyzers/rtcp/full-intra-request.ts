import { readUint32 } from './network-order.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/**
 * FIR (RFC 5104, 4.3.1): the media SSRC of the header is unused; each entry names its stream.
 *
 *   |                              SSRC                             |
 *   | command number|                   reserved                    |
 */
export interface FullIntraRequest {
  readonly senderSsrc: number;
  readonly entries: readonly { readonly ssrc: number; readonly commandNumber: number }[];
}

export function decodeFullIntraRequest(packet: RtcpPacket): FullIntraRequest | RtcpDefect {
  const defect = defectOf(packet, 20);
  if (defect !== null) return defect;
  const { bytes, offset, end } = packet;
  const entries: { ssrc: number; commandNumber: number }[] = [];
  for (let at = offset + 12; at + 8 <= end; at += 8) {
    entries.push({ ssrc: readUint32(bytes, at), commandNumber: bytes[at + 4] });
  }
  return { senderSsrc: readUint32(bytes, offset + 4), entries };
}
