import { readUint32 } from './network-order.ts';
import { decodePacketText } from './packet-text.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/** APP (RFC 3550, 6.7): a subtype in the header's count, an SSRC or CSRC, a name of four characters, data. */
export interface ApplicationDefined {
  readonly subtype: number;
  readonly ssrc: number;
  readonly name: string;
  /** As far as the capture holds it. */
  readonly data: Uint8Array;
}

export function decodeApplicationDefined(packet: RtcpPacket): ApplicationDefined | RtcpDefect {
  const defect = defectOf(packet, 12);
  if (defect !== null) return defect;
  const { bytes, offset, end } = packet;
  return {
    subtype: packet.count,
    ssrc: readUint32(bytes, offset + 4),
    name: decodePacketText(bytes, offset + 8, offset + 12),
    data: bytes.subarray(offset + 12, end),
  };
}
