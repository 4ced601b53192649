import type { Datagram } from '../../captures/index.ts';
import { decodeExtendedReport, XrBlockType } from './extended-report.ts';
import { ReportTimes } from './report-times.ts';
import { isDefect, type RtcpDefect, type RtcpPacket } from './rtcp-packet.ts';
import type { RtcpRegister } from './rtcp-register.ts';
import type { RtcpSource } from './rtcp-source.ts';
import { middleOfNtp } from './sender-report.ts';
import { decodeXrDelaySinceLast, decodeXrReferenceTime } from './xr-reference-time.ts';
import { decodeXrVoipMetrics } from './xr-voip-metrics.ts';

/** Enters what an XR says into the register. @returns why a part of it could not be read; a cut is no defect. */
export function readExtendedReport(
  packet: RtcpPacket,
  datagram: Datagram,
  speaker: RtcpSource | null,
  register: RtcpRegister,
): RtcpDefect | null {
  const report = decodeExtendedReport(packet);
  if (isDefect(report)) return report;
  let defect: RtcpDefect | null = null;
  for (const block of report.blocks) {
    switch (block.type) {
      case XrBlockType.receiverReferenceTime: {
        const reference = decodeXrReferenceTime(block);
        if (isDefect(reference)) {
          defect = reference;
        } else if (speaker !== null) {
          speaker.referenceTimes ??= new ReportTimes();
          speaker.referenceTimes.add(middleOfNtp(reference.ntpSeconds, reference.ntpFraction), datagram.arrivalNs);
        }
        break;
      }
      case XrBlockType.delaySinceLastReceiverReport: {
        const answers = decodeXrDelaySinceLast(block);
        if (isDefect(answers)) {
          defect = answers;
          break;
        }
        for (const { ssrc, lastReceiverReport, delaySinceLastReceiverReport } of answers) {
          if (lastReceiverReport === 0) continue;
          const reception = register.reception(datagram.flow, report.ssrc, ssrc);
          if (reception === null) continue;
          const delay = delaySinceLastReceiverReport;
          register.answer(reception, 'reference-time', lastReceiverReport, delay, datagram.arrivalNs);
        }
        break;
      }
      case XrBlockType.voipMetrics: {
        const metrics = decodeXrVoipMetrics(block);
        if (isDefect(metrics)) {
          defect = metrics;
          break;
        }
        const reception = register.reception(datagram.flow, report.ssrc, metrics.ssrc);
        if (reception !== null) reception.voipMetrics = metrics;
        break;
      }
    }
  }
  return defect === 'cut' ? null : defect;
}
