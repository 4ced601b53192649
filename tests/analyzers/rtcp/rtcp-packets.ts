import {
  CompoundWalk,
  decodeApplicationDefined,
  decodeCongestionFeedback,
  decodeExtendedReport,
  decodeFeedbackSubject,
  decodeFullIntraRequest,
  decodeGenericNack,
  decodeGoodbye,
  decodeMaximumBitrate,
  decodeReceiverBitrate,
  decodeReceiverReport,
  decodeReferencePicture,
  decodeSenderReport,
  decodeSliceLoss,
  decodeSourceDescription,
  decodeTransportWideFeedback,
  decodeXrDelaySinceLast,
  decodeXrReceiptTimes,
  decodeXrReferenceTime,
  decodeXrRunLength,
  decodeXrStatisticsSummary,
  decodeXrVoipMetrics,
  isDefect,
  type RtcpDefect,
  type RtcpPacket,
  visitTransportWideFeedback,
  type XrBlock,
} from '../../../analyzers/index.ts';

/** The packets of a datagram, and why the walk ended. */
export function walkCompound(
  bytes: Uint8Array,
  capturedLength = bytes.length,
  length = bytes.length,
  offset = 0,
): { packets: RtcpPacket[]; defect: RtcpDefect | null } {
  const walk = new CompoundWalk();
  walk.begin(bytes, offset, capturedLength, length);
  const packets: RtcpPacket[] = [];
  while (walk.next()) {
    const { bytes, offset, length, end, count, type } = walk;
    packets.push({ bytes, offset, length, end, count, type });
  }
  return { packets, defect: walk.defect };
}

/** The one packet of a datagram. */
export function onlyPacket(bytes: Uint8Array, capturedLength = bytes.length): RtcpPacket {
  const { packets, defect } = walkCompound(bytes, capturedLength);
  if (packets.length !== 1 || defect !== null) throw new Error(`${packets.length} packets, ${defect}`);
  return packets[0];
}

/** The blocks of the XR that a datagram consists of. */
export function xrBlocks(bytes: Uint8Array): readonly XrBlock[] {
  const report = decodeExtendedReport(onlyPacket(bytes));
  if (isDefect(report)) throw new Error(report);
  return report.blocks;
}

const PACKET_DECODERS = [
  decodeSenderReport,
  decodeReceiverReport,
  decodeSourceDescription,
  decodeGoodbye,
  decodeApplicationDefined,
  decodeGenericNack,
  decodeMaximumBitrate,
  decodeFullIntraRequest,
  decodeFeedbackSubject,
  decodeSliceLoss,
  decodeReferencePicture,
  decodeReceiverBitrate,
  decodeTransportWideFeedback,
  decodeCongestionFeedback,
];
const BLOCK_DECODERS = [
  (block: XrBlock) => decodeXrRunLength(block, 1),
  (block: XrBlock) => decodeXrRunLength(block, 2),
  decodeXrReceiptTimes,
  decodeXrReferenceTime,
  decodeXrDelaySinceLast,
  decodeXrStatisticsSummary,
  decodeXrVoipMetrics,
];

/** Everything that any decoder makes of a datagram, as text: equal texts mean that the same bytes were read. */
export function decodeEverything(bytes: Uint8Array, capturedLength: number, length: number, offset = 0): string {
  const { packets, defect } = walkCompound(bytes, capturedLength, length, offset);
  const results: unknown[] = [defect];
  for (const packet of packets) {
    for (const decode of PACKET_DECODERS) results.push(decode(packet));
    const feedback = decodeTransportWideFeedback(packet);
    if (!isDefect(feedback)) visitTransportWideFeedback(feedback, (...status) => results.push(status));
    const report = decodeExtendedReport(packet);
    results.push(isDefect(report) ? report : report.ssrc);
    if (isDefect(report)) continue;
    for (const block of report.blocks) for (const decode of BLOCK_DECODERS) results.push(decode(block));
  }
  return JSON.stringify(results, (_, value) => (value instanceof Uint8Array ? [...value] : value));
}
