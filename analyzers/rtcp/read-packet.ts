import type { Datagram, Timestamp } from '../../captures/index.ts';
import { decodeCongestionFeedback } from './congestion-feedback.ts';
import { decodeFullIntraRequest } from './full-intra-request.ts';
import { decodeGenericNack } from './generic-nack.ts';
import { decodeGoodbye } from './goodbye.ts';
import { decodeFeedbackSubject } from './picture-feedback.ts';
import { readExtendedReport } from './read-extended-report.ts';
import { decodeReceiverBitrate } from './receiver-bitrate.ts';
import { decodeReceiverReport } from './receiver-report.ts';
import type { ReportBlock } from './report-block.ts';
import { PayloadFormat, REMB_KIND, RtcpType, TransportFormat } from './rtcp-kind.ts';
import { isDefect, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';
import type { RtcpRegister } from './rtcp-register.ts';
import type { RtcpSource } from './rtcp-source.ts';
import { decodeSenderReport } from './sender-report.ts';
import { decodeSourceDescription, SdesItemType } from './source-description.ts';
import { decodeTransportWideFeedback } from './transport-wide-feedback.ts';

/** What became of a packet that its own fields contradict. */
const UNSOUND = -1;

/**
 * Enters into the register what a packet in clear says.
 *
 * @param kind by type and format. @param speaker who sent it, null where there was no room.
 * @returns the kind, told more closely where the content does; below 0 where the packet is malformed.
 */
export function readPacket(
  packet: RtcpPacket,
  datagram: Datagram,
  kind: number,
  speaker: RtcpSource | null,
  register: RtcpRegister,
): number {
  switch (packet.type) {
    case RtcpType.senderReport: {
      const report = decodeSenderReport(packet);
      if (isDefect(report)) return defective(report, kind);
      speaker?.senderReport(report, datagram.arrivalNs);
      readReports(report.ssrc, report.reports, datagram, register);
      return kind;
    }
    case RtcpType.receiverReport: {
      const report = decodeReceiverReport(packet);
      if (isDefect(report)) return defective(report, kind);
      readReports(report.ssrc, report.reports, datagram, register);
      return kind;
    }
    case RtcpType.sourceDescription: {
      const chunks = decodeSourceDescription(packet);
      if (isDefect(chunks)) return defective(chunks, kind);
      for (const { ssrc, items } of chunks) {
        const cname = items.find(({ type }) => type === SdesItemType.cname);
        const source = cname === undefined ? null : register.source(datagram.flow, ssrc);
        if (source !== null && cname !== undefined) source.cname = cname.text;
      }
      return kind;
    }
    case RtcpType.goodbye: {
      const goodbye = decodeGoodbye(packet);
      if (isDefect(goodbye)) return defective(goodbye, kind);
      for (const ssrc of goodbye.ssrcs) {
        const source = register.source(datagram.flow, ssrc);
        if (source !== null) source.bye = { time: timeOf(datagram), reason: goodbye.reason };
      }
      return kind;
    }
    case RtcpType.transportFeedback:
      return readTransportFeedback(packet, datagram, kind, register);
    case RtcpType.payloadFeedback:
      return readPayloadFeedback(packet, datagram, kind, speaker, register);
    case RtcpType.extendedReport: {
      const defect = readExtendedReport(packet, datagram, speaker, register);
      return defect === null ? kind : defective(defect, kind);
    }
    default:
      return kind;
  }
}

function readReports(
  reporterSsrc: number,
  reports: readonly ReportBlock[],
  datagram: Datagram,
  register: RtcpRegister,
): void {
  for (const block of reports) {
    const reception = register.reception(datagram.flow, reporterSsrc, block.ssrc);
    if (reception === null) continue;
    reception.report(block, timeOf(datagram), register.observedLoss(reception, block.highestSequence));
    const { lastSenderReport, delaySinceLastSenderReport } = block;
    register.answer(reception, 'sender-report', lastSenderReport, delaySinceLastSenderReport, datagram.arrivalNs);
  }
}

function readTransportFeedback(packet: RtcpPacket, datagram: Datagram, kind: number, register: RtcpRegister): number {
  switch (packet.count) {
    case TransportFormat.nack: {
      const nack = decodeGenericNack(packet);
      if (isDefect(nack)) return defective(nack, kind);
      const reception = register.reception(datagram.flow, nack.senderSsrc, nack.mediaSsrc);
      if (reception !== null) register.nack(reception, nack.sequenceNumbers);
      return kind;
    }
    case TransportFormat.transportWide: {
      const feedback = decodeTransportWideFeedback(packet);
      if (isDefect(feedback)) return defective(feedback, kind);
      const reception = register.reception(datagram.flow, feedback.senderSsrc, feedback.mediaSsrc);
      if (reception === null) return kind;
      reception.feedbackPackets += feedback.received + feedback.notReceived;
      reception.feedbackLost += feedback.notReceived;
      return kind;
    }
    case TransportFormat.congestionFeedback: {
      const feedback = decodeCongestionFeedback(packet);
      if (isDefect(feedback)) return defective(feedback, kind);
      for (const { mediaSsrc, received, notReceived } of feedback.streams) {
        const reception = register.reception(datagram.flow, feedback.senderSsrc, mediaSsrc);
        if (reception === null) continue;
        reception.feedbackPackets += received + notReceived;
        reception.feedbackLost += notReceived;
      }
      return kind;
    }
    default:
      return kind;
  }
}

function readPayloadFeedback(
  packet: RtcpPacket,
  datagram: Datagram,
  kind: number,
  speaker: RtcpSource | null,
  register: RtcpRegister,
): number {
  switch (packet.count) {
    case PayloadFormat.pictureLoss: {
      const subject = decodeFeedbackSubject(packet);
      if (isDefect(subject)) return defective(subject, kind);
      const reception = register.reception(datagram.flow, subject.senderSsrc, subject.mediaSsrc);
      if (reception !== null) reception.plis++;
      return kind;
    }
    case PayloadFormat.fullIntra: {
      const request = decodeFullIntraRequest(packet);
      if (isDefect(request)) return defective(request, kind);
      for (const { ssrc } of request.entries) {
        const reception = register.reception(datagram.flow, request.senderSsrc, ssrc);
        if (reception !== null) reception.firs++;
      }
      return kind;
    }
    case PayloadFormat.application: {
      const remb = decodeReceiverBitrate(packet);
      if (remb === 'other-format') return kind;
      if (isDefect(remb)) return defective(remb, kind);
      speaker?.receiverBitrate(remb.bitrateBps);
      return REMB_KIND;
    }
    default:
      return kind;
  }
}

function defective(defect: RtcpDefect, kind: number): number {
  return defect === 'cut' ? kind : UNSOUND;
}

function timeOf(datagram: Datagram): Timestamp {
  return { seconds: datagram.seconds, nanoseconds: datagram.nanoseconds };
}
