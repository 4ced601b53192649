const NTP_EPOCH_SECONDS = 2_208_988_800;

/** What one end tells of itself and of the other. */
export interface Report {
  readonly ssrc: number;
  readonly cname: string;
  readonly ntpUs: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly about: number;
  readonly lost: number;
  readonly lostBefore: number;
  readonly expectedSince: number;
  readonly highest: number;
  readonly jitterUnits: number;
  readonly lastReportUs: number | null;
  readonly delayUs: number;
}

const ntp = (timeUs: number) => ({
  seconds: Math.floor(timeUs / 1e6) + NTP_EPOCH_SECONDS,
  fraction: Math.floor(((timeUs % 1e6) / 1e6) * 4294967296),
});

/** SR with one report block, and SDES with the CNAME (RFC 3550, 6.4.1 and 6.5). */
export function compound(report: Report, withBye: boolean): Buffer {
  const sender = Buffer.alloc(52);
  sender.writeUInt32BE(0x81c8000c, 0);
  sender.writeUInt32BE(report.ssrc, 4);
  const now = ntp(report.ntpUs);
  sender.writeUInt32BE(now.seconds, 8);
  sender.writeUInt32BE(now.fraction, 12);
  sender.writeUInt32BE(report.rtpTimestamp >>> 0, 16);
  sender.writeUInt32BE(report.packets, 20);
  sender.writeUInt32BE(report.packets * 160, 24);
  sender.writeUInt32BE(report.about, 28);
  const fraction = Math.floor((256 * Math.max(0, report.lost - report.lostBefore)) / Math.max(1, report.expectedSince));
  sender.writeUInt32BE(((fraction << 24) | report.lost) >>> 0, 32);
  sender.writeUInt32BE(report.highest, 36);
  sender.writeUInt32BE(report.jitterUnits, 40);
  if (report.lastReportUs !== null) {
    const last = ntp(report.lastReportUs);
    sender.writeUInt32BE((((last.seconds & 0xffff) << 16) | (last.fraction >>> 16)) >>> 0, 44);
    sender.writeUInt32BE(Math.round((report.delayUs / 1e6) * 65536), 48);
  }
  const item = Buffer.concat([Buffer.from([1, report.cname.length]), Buffer.from(report.cname)]);
  const description = Buffer.alloc(8 + Math.ceil((item.length + 1) / 4) * 4);
  description.writeUInt32BE(0x81ca0000 + description.length / 4 - 1, 0);
  description.writeUInt32BE(report.ssrc, 4);
  item.copy(description, 8);
  if (!withBye) return Buffer.concat([sender, description]);
  const bye = Buffer.alloc(8);
  bye.writeUInt32BE(0x81cb0001, 0);
  bye.writeUInt32BE(report.ssrc, 4);
  return Buffer.concat([sender, description, bye]);
}
