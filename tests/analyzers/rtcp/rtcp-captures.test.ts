import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lossSide, RtcpObserver } from '../../../analyzers/index.ts';
import type { FlowTable } from '../../../captures/index.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { eachDatagram } from '../capture-datagrams.ts';

/** Observes the datagrams of a capture that RFC 5761, section 4 takes for RTCP. */
async function observe(path: string): Promise<{ observer: RtcpObserver; flows: FlowTable }> {
  let observer: RtcpObserver | null = null;
  const flows = await eachDatagram(sharedCapture(path) as string, (datagram, flows) => {
    observer ??= new RtcpObserver(flows);
    const { bytes, offset, capturedLength } = datagram;
    if (capturedLength < 4 || bytes[offset] >>> 6 !== 2 || bytes[offset + 1] < 192 || bytes[offset + 1] > 223) return;
    observer.datagram(datagram);
  });
  return { observer: observer ?? new RtcpObserver(flows), flows };
}

interface Truth {
  readonly inbound: readonly { kind: string; ssrc: number; packetsLost: number; nackCount?: number }[];
  readonly remote_inbound_at_A: readonly {
    ssrc: number;
    packetsLost: number;
    totalRoundTripTime: number;
    roundTripTimeMeasurements: number;
  }[];
}

const noTime = () => null;

describe.skipIf(missingCaptures !== '')(`RTCP of real calls${missingCaptures}`, () => {
  // Counts as `tshark -T fields -e rtcp.pt -e rtcp.rtpfb.fmt` 4.6 gives them with the port told to be RTCP.
  it.each([['loss-vp8', { SR: 58, RR: 54, SDES: 58, XR: 110, NACK: 32, TWCC: 648 }]])(
    'agrees with tshark on the packets of %s',
    async (name, byType) => {
      const { observer } = await observe(`generated__chrome156/chrome156-${name}.decrypted.pcapng`);
      expect(observer.report(noTime)).toMatchObject({ byType, compounds: 792, encrypted: 0, malformed: 0 });
      expect(observer.copies).toBe(0);
    },
  );

  it('agrees with what the browser itself measured: loss, retransmission requests, round trips', async () => {
    const folder = 'generated__chrome156/chrome156-loss-vp8';
    const truth: Truth = JSON.parse(readFileSync(sharedCapture(`${folder}.truth.json`) as string, 'utf8'));
    const { observer } = await observe(`${folder}.decrypted.pcapng`);
    // The dump shows every packet twice: as one end sent it (2000 to 1000), and as the other got it (1000 to 2000).
    const receptions = observer.report(noTime).receptions.filter(({ source }) => source === '10.1.1.1:1000');
    for (const { ssrc, packetsLost, nackCount = 0 } of truth.inbound) {
      const reported = receptions.find(({ mediaSsrc, reports }) => mediaSsrc === ssrc && reports > 0);
      expect(reported).toMatchObject({ lost: packetsLost, nacks: nackCount });
    }
    for (const { ssrc, totalRoundTripTime, roundTripTimeMeasurements } of truth.remote_inbound_at_A) {
      const meanMs = (totalRoundTripTime / roundTripTimeMeasurements) * 1000;
      const roundTrip = receptions.find(({ mediaSsrc, reports }) => mediaSsrc === ssrc && reports > 0)?.roundTripMs;
      // The dump's times are whole milliseconds, and it holds one report more than getStats saw.
      expect(Math.abs((roundTrip?.mean ?? Number.NaN) - meanMs)).toBeLessThan(1);
    }
  });

  it('gives both ends of a call one canonical name, and what the sender counted', async () => {
    const { observer } = await observe('generated__chrome156/chrome156-loss-vp8.decrypted.pcapng');
    const senders = observer.report(noTime).sources.filter(({ senderReports }) => senderReports > 0);
    expect(new Set(senders.map(({ cname }) => cname))).toEqual(new Set(['F+memXvktvdRkWZu']));
    expect(senders.find(({ ssrc }) => ssrc === 2079237165)).toMatchObject({ sentPackets: 736, sentOctets: 509833 });
  });

  it('measures the clock rates of Opus and VP8', async () => {
    const { observer } = await observe('generated__chrome156/chrome156-loss-vp8.decrypted.pcapng');
    expect(Math.abs((observer.clockRateOf(0, 425640025) ?? 0) - 48_000)).toBeLessThan(48);
    expect(Math.abs((observer.clockRateOf(0, 2079237165) ?? 0) - 90_000)).toBeLessThan(90);
  });

  it('finds that the relay of a call drops packets after the sending end and before the receiving one', async () => {
    const path = 'generated__chrome156/chrome156-loss-vp8.decrypted.pcapng';
    const { observer, flows } = await observe(path);
    const seen = new Map<string, Set<number>>();
    await eachDatagram(sharedCapture(path) as string, ({ bytes, offset, flow }) => {
      if (bytes[offset] >>> 6 !== 2 || (bytes[offset + 1] >= 192 && bytes[offset + 1] <= 223)) return;
      const word = new DataView(bytes.buffer, bytes.byteOffset + offset);
      const key = `${flow} ${word.getUint32(8)}`;
      if (!seen.has(key)) seen.set(key, new Set());
      seen.get(key)?.add(word.getUint16(2));
    });
    const sides: Record<string, unknown> = {};
    for (let flow = 0; flow < flows.size; flow++) {
      for (const ssrc of [425640025, 2079237165]) {
        const interval = observer.receptionsOf(ssrc, flow)[0].interval();
        if (interval === null) throw new Error(`one report at most about ${ssrc}`);
        let observedLost = 0;
        for (let number = interval.from.highestSequence + 1; number <= interval.to.highestSequence; number++) {
          if (!seen.get(`${flow} ${ssrc}`)?.has(number & 0xffff)) observedLost++;
        }
        const { lost: reportedLost, expected } = interval;
        const comparison = { observedLost, observedExpected: expected, reportedLost, reportedExpected: expected };
        sides[`${flows.source(flow)} ${ssrc}`] = lossSide(comparison);
      }
    }
    expect(sides).toEqual({
      '10.2.2.2:2000 425640025': 'after',
      '10.2.2.2:2000 2079237165': 'after',
      '10.1.1.1:1000 425640025': 'before',
      '10.1.1.1:1000 2079237165': 'before',
    });
  });

  it.each([
    ['generated__chrome156/chrome156-direct-vp8.pcap', 155],
    ['generated__chrome156/chrome156-loss-vp8.pcap', 784],
    ['ntop__nDPI/tests/cfgs/default/pcap/wa_voice.pcap', 41],
    ['ntop__nDPI/tests/cfgs/default/pcap/whatsapp_login_call.pcap', 58],
    ['ntop__nDPI/tests/cfgs/default/pcap/skype-conference-call.pcap', 155],
    ['ntop__nDPI/tests/cfgs/default/pcap/discord_mid_flow.pcap', 30],
    ['ntop__nDPI/tests/cfgs/default/pcap/stun_msteams_unidir.pcapng', 8],
  ])('tells that RTCP is encrypted: %s', async (path, encrypted) => {
    const { observer } = await observe(path);
    expect(observer.report(noTime)).toMatchObject({ encrypted, compounds: encrypted, malformed: 0, receptions: [] });
  });

  it('reads a compound of SR, RR and SDES', async () => {
    const { observer } = await observe('asterisk__testsuite/tests/rtp/ast-2017-012/sipp/crash-27382.pcap');
    expect(observer.report(noTime)).toMatchObject({
      compounds: 2,
      byType: { SR: 2, RR: 2, SDES: 2 },
      sources: [{ ssrc: 1780164311, cname: 'nr', sentPackets: 274, sentOctets: 43840 }],
      receptions: [{ mediaSsrc: 427772740, highestSequence: 30694, lost: 0 }],
    });
  });
});
