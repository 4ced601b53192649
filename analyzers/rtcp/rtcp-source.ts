import type { FlowTable, Timestamp } from '../../captures/index.ts';
import type { RtcpSourceAnalysis } from '../analysis.ts';
import { ReportTimes } from './report-times.ts';
import { RTCP_KINDS, rtcpKindName } from './rtcp-kind.ts';
import { SenderClock } from './sender-clock.ts';
import { middleOfNtp, type SenderReport } from './sender-report.ts';

const RECENT = 4;
/** Copies of one packet on one host follow each other at once. */
const COPY_NS = 100e6;

/** One SSRC as it speaks in RTCP on one flow. */
export class RtcpSource {
  readonly flow: number;
  readonly ssrc: number;
  packets = 0;
  clearDatagrams = 0;
  encryptedDatagrams = 0;
  cname: string | null = null;
  senderReports = 0;
  sentPackets: number | null = null;
  sentOctets: number | null = null;
  clock: SenderClock | null = null;
  /** When its SRs, and the reference times of its XRs, passed. */
  senderReportTimes: ReportTimes | null = null;
  referenceTimes: ReportTimes | null = null;
  bye: { readonly time: Timestamp; readonly reason: string | null } | null = null;
  remb: { last: number; min: number; max: number } | null = null;
  readonly counts = new Uint32Array(RTCP_KINDS);

  /** Of the last few datagrams: hash, observation point, arrival. One array, because there may be very many sources. */
  readonly #recent = new Float64Array(RECENT * 3).fill(Number.NEGATIVE_INFINITY);
  #recentNext = 0;

  constructor(flow: number, ssrc: number) {
    this.flow = flow;
    this.ssrc = ssrc;
  }

  /** Whether the same bytes were seen just before at another point of the capturing host (veth, bridge, uplink). */
  isCopy(hash: number, observationPoint: number, arrivalNs: number): boolean {
    const recent = this.#recent;
    for (let at = 0; at < recent.length; at += 3) {
      if (recent[at] !== hash || recent[at + 1] === observationPoint) continue;
      if (Math.abs(arrivalNs - recent[at + 2]) < COPY_NS) return true;
    }
    const next = this.#recentNext;
    recent[next] = hash;
    recent[next + 1] = observationPoint;
    recent[next + 2] = arrivalNs;
    this.#recentNext = (next + 3) % recent.length;
    return false;
  }

  senderReport(report: SenderReport, arrivalNs: number): void {
    this.senderReports++;
    this.sentPackets = report.packetCount;
    this.sentOctets = report.octetCount;
    // Time 0: the sender has no clock to tell (RFC 3550, 6.4.1).
    if (report.ntpSeconds === 0 && report.ntpFraction === 0) return;
    this.senderReportTimes ??= new ReportTimes();
    this.senderReportTimes.add(middleOfNtp(report.ntpSeconds, report.ntpFraction), arrivalNs);
    this.clock ??= new SenderClock();
    this.clock.add(report);
  }

  receiverBitrate(bitrateBps: number): void {
    const remb = this.remb;
    if (remb === null) {
      this.remb = { last: bitrateBps, min: bitrateBps, max: bitrateBps };
      return;
    }
    remb.last = bitrateBps;
    remb.min = Math.min(remb.min, bitrateBps);
    remb.max = Math.max(remb.max, bitrateBps);
  }

  analysis(flows: FlowTable, formatTime: (time: Timestamp) => string | null): RtcpSourceAnalysis {
    const byeTime = this.bye === null ? null : formatTime(this.bye.time);
    return {
      source: flows.source(this.flow),
      destination: flows.destination(this.flow),
      ssrc: this.ssrc,
      cname: this.cname,
      encrypted: this.encryptedDatagrams > this.clearDatagrams,
      packets: this.packets,
      byType: countsByName(this.counts),
      senderReports: this.senderReports,
      sentPackets: this.sentPackets,
      sentOctets: this.sentOctets,
      bye: this.bye === null || byeTime === null ? null : { time: byeTime, reason: this.bye.reason },
      rembBps: this.remb === null ? null : { ...this.remb },
    };
  }
}

/** Counts by kind as a plain record, without those that are 0. */
export function countsByName(counts: Uint32Array | Float64Array): Record<string, number> {
  const byName: Record<string, number> = {};
  for (let kind = 0; kind < RTCP_KINDS; kind++) if (counts[kind] > 0) byName[rtcpKindName(kind)] = counts[kind];
  return byName;
}
