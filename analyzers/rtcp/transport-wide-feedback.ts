import { readUint16, readUint24, readUint32 } from './network-order.ts';
import { defectOf, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';

/**
 * Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
 *
 *   |      base sequence number     |      packet status count      |
 *   |                 reference time                | fb pkt. count |
 *   |          packet chunk         |         packet chunk          |
 *   |  ...  packet chunk            |  recv delta   |  recv delta   |
 */
export interface TransportWideFeedback {
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly baseSequence: number;
  /** Packets that it speaks of: `received + notReceived`, unless the capture cut it. */
  readonly statusCount: number;
  /** In 64 ms, signed, on a clock of the receiver's own. */
  readonly referenceTime: number;
  readonly feedbackCount: number;
  readonly received: number;
  readonly notReceived: number;
  /** The chunks and deltas, for {@link visitTransportWideFeedback}. */
  readonly chunks: Uint8Array;
  readonly deltas: Uint8Array;
}

const FIXED_BYTES = 20;
/** By symbol: 0 not received, 1 small delta, 2 large or negative delta, 3 reserved: received, time unknown. */
const DELTA_BYTES = [0, 1, 2, 0];
const DELTA_UNIT_US = 250;
const REFERENCE_UNIT_US = 64_000;

export function decodeTransportWideFeedback(packet: RtcpPacket): TransportWideFeedback | RtcpDefect {
  const defect = defectOf(packet, FIXED_BYTES);
  if (defect !== null) return defect;
  const { bytes, offset, end } = packet;
  const cut = end < offset + packet.length;
  const statusCount = readUint16(bytes, offset + 14);
  let received = 0;
  let notReceived = 0;
  let deltaBytes = 0;
  let at = offset + FIXED_BYTES;
  const chunksStart = at;
  let left = statusCount;
  for (; left > 0; at += 2) {
    if (at + 2 > end) {
      if (cut) break;
      return 'bad-length';
    }
    const chunk = readUint16(bytes, at);
    const covered = Math.min(left, chunkLength(chunk));
    if (isRunLength(chunk)) {
      const symbol = symbolAt(chunk, 0);
      if (symbol === 0) notReceived += covered;
      else received += covered;
      deltaBytes += covered * DELTA_BYTES[symbol];
    } else {
      for (let index = 0; index < covered; index++) {
        const symbol = symbolAt(chunk, index);
        if (symbol === 0) notReceived++;
        else received++;
        deltaBytes += DELTA_BYTES[symbol];
      }
    }
    left -= covered;
  }
  if (at + deltaBytes > end && !cut) return 'bad-length';
  return {
    senderSsrc: readUint32(bytes, offset + 4),
    mediaSsrc: readUint32(bytes, offset + 8),
    baseSequence: readUint16(bytes, offset + 12),
    statusCount,
    referenceTime: (readUint24(bytes, offset + 16) << 8) >> 8,
    feedbackCount: bytes[offset + 19],
    received,
    notReceived,
    chunks: bytes.subarray(chunksStart, at),
    // Where the chunks are cut, what follows is no delta.
    deltas: bytes.subarray(at, left > 0 ? at : Math.min(end, at + deltaBytes)),
  };
}

/**
 * Calls `visit` for each packet that the feedback speaks of, in order.
 *
 * @param visit `arrivalUs` on the receiver's own clock; null for a packet not received, and for one whose delta is cut off.
 */
export function visitTransportWideFeedback(
  feedback: TransportWideFeedback,
  visit: (sequenceNumber: number, received: boolean, arrivalUs: number | null) => void,
): void {
  const { chunks, deltas } = feedback;
  let sequenceNumber = feedback.baseSequence;
  let arrivalUs = feedback.referenceTime * REFERENCE_UNIT_US;
  let left = feedback.statusCount;
  let deltaAt = 0;
  for (let at = 0; at + 2 <= chunks.length && left > 0; at += 2) {
    const chunk = readUint16(chunks, at);
    const covered = Math.min(left, chunkLength(chunk));
    for (let index = 0; index < covered; index++) {
      const symbol = symbolAt(chunk, index);
      const deltaBytes = DELTA_BYTES[symbol];
      const known = deltaBytes > 0 && deltaAt + deltaBytes <= deltas.length;
      if (known) {
        const delta = deltaBytes === 1 ? deltas[deltaAt] : (readUint16(deltas, deltaAt) << 16) >> 16;
        arrivalUs += delta * DELTA_UNIT_US;
      }
      deltaAt += deltaBytes;
      visit(sequenceNumber, symbol !== 0, known ? arrivalUs : null);
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
    }
    left -= covered;
  }
}

/** 3.1.3: | 0 | symbol 2 | run length 13 |; 3.1.4: | 1 | 0 | 14 symbols of 1 bit | or | 1 | 1 | 7 symbols of 2 bits |. */
function isRunLength(chunk: number): boolean {
  return (chunk & 0x8000) === 0;
}

function chunkLength(chunk: number): number {
  if (isRunLength(chunk)) return chunk & 0x1fff;
  return chunk & 0x4000 ? 7 : 14;
}

function symbolAt(chunk: number, index: number): number {
  if (isRunLength(chunk)) return (chunk >>> 13) & 3;
  return chunk & 0x4000 ? (chunk >>> (12 - 2 * index)) & 3 : (chunk >>> (13 - index)) & 1;
}
