import { readUint16, readUint32 } from './network-order.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/**
 * Generic NACK (RFC 4585, 6.2.1): feedback control information is a list of
 *
 *   |            packet ID          |  following lost packets (BLP) |
 *
 * where bit i of the mask (0 the least significant) names packet ID + i + 1.
 */
export interface GenericNack {
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** The sequence numbers asked for, in the packet's order. */
  readonly sequenceNumbers: readonly number[];
}

export function decodeGenericNack(packet: RtcpPacket): GenericNack | RtcpDefect {
  const defect = defectOf(packet, 16);
  if (defect !== null) return defect;
  const { bytes, offset, end } = packet;
  const sequenceNumbers: number[] = [];
  for (let at = offset + 12; at + 4 <= end; at += 4) {
    const packetId = readUint16(bytes, at);
    sequenceNumbers.push(packetId);
    for (let mask = readUint16(bytes, at + 2), next = packetId + 1; mask !== 0; mask >>>= 1, next++) {
      if (mask & 1) sequenceNumbers.push(next & 0xffff);
    }
  }
  return { senderSsrc: readUint32(bytes, offset + 4), mediaSsrc: readUint32(bytes, offset + 8), sequenceNumbers };
}
