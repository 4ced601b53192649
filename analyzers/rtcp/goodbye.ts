import { readUint32 } from './network-order.ts';
import { decodePacketText } from './packet-text.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/** BYE (RFC 3550, 6.6): the sources that leave, then optionally a length octet and the reason. */
export interface Goodbye {
  readonly ssrcs: readonly number[];
  readonly reason: string | null;
}

export function decodeGoodbye(packet: RtcpPacket): Goodbye | RtcpDefect {
  const { bytes, offset, end, count } = packet;
  const fixedBytes = 4 + count * 4;
  const defect = defectOf(packet, fixedBytes);
  if (defect !== null) return defect;
  const ssrcs: number[] = [];
  for (let index = 0; index < count; index++) ssrcs.push(readUint32(bytes, offset + 4 + index * 4));
  if (packet.length === fixedBytes) return { ssrcs, reason: null };
  const at = offset + fixedBytes;
  if (at >= end) return { ssrcs, reason: null };
  const textEnd = at + 1 + bytes[at];
  if (textEnd > offset + packet.length) return 'bad-length';
  return { ssrcs, reason: textEnd <= end ? decodePacketText(bytes, at + 1, textEnd) : null };
}
