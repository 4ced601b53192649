import { readUint32 } from './network-order.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/** Who asks (RFC 4585, 6.1): the part that all feedback messages share, and all that a PLI (6.3.1) has. */
export interface FeedbackSubject {
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
}

export function decodeFeedbackSubject(packet: RtcpPacket): FeedbackSubject | RtcpDefect {
  const defect = defectOf(packet, 12);
  if (defect !== null) return defect;
  return {
    senderSsrc: readUint32(packet.bytes, packet.offset + 4),
    mediaSsrc: readUint32(packet.bytes, packet.offset + 8),
  };
}

/** SLI (RFC 4585, 6.3.2): first macroblock (13 bits), number of macroblocks (13), picture id (6). */
export interface SliceLoss extends FeedbackSubject {
  readonly slices: readonly { readonly first: number; readonly macroblocks: number; readonly pictureId: number }[];
}

export function decodeSliceLoss(packet: RtcpPacket): SliceLoss | RtcpDefect {
  const defect = defectOf(packet, 16);
  if (defect !== null) return defect;
  const { bytes, offset, end } = packet;
  const slices: { first: number; macroblocks: number; pictureId: number }[] = [];
  for (let at = offset + 12; at + 4 <= end; at += 4) {
    const word = readUint32(bytes, at);
    slices.push({ first: word >>> 19, macroblocks: (word >>> 6) & 0x1fff, pictureId: word & 63 });
  }
  return { senderSsrc: readUint32(bytes, offset + 4), mediaSsrc: readUint32(bytes, offset + 8), slices };
}

/** RPSI (RFC 4585, 6.3.3): padding bits (8), payload type (7), then a bit string that only the codec understands. */
export interface ReferencePicture extends FeedbackSubject {
  readonly payloadType: number;
  readonly bits: number;
  readonly bitString: Uint8Array;
}

export function decodeReferencePicture(packet: RtcpPacket): ReferencePicture | RtcpDefect {
  const defect = defectOf(packet, 16);
  if (defect !== null) return defect;
  const { bytes, offset, end, length } = packet;
  const bits = (length - 14) * 8 - bytes[offset + 12];
  if (bits < 0) return 'bad-length';
  return {
    senderSsrc: readUint32(bytes, offset + 4),
    mediaSsrc: readUint32(bytes, offset + 8),
    payloadType: bytes[offset + 13] & 127,
    bits,
    bitString: bytes.subarray(offset + 14, end),
  };
}
