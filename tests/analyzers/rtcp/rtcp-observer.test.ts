import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex } from '../../captures/packets/decoding.ts';
import { encryptedReport, RtcpScene, receiverReport, senderReport } from './rtcp-datagrams.ts';

const THERE = { from: 1, to: 2 };
const BACK = { from: 2, to: 1 };
const MEDIA = 0xdeadbeef;

describe('round trips by LSR and DLSR (RFC 3550, 6.4.1)', () => {
  it('runs from the capture point to the reporter and back', () => {
    const scene = new RtcpScene();
    scene.send(THERE, 1000, senderReport(MEDIA, 0xb4054333));
    // Answered 160 ms later by a receiver that held it 125 ms.
    scene.send(BACK, 1160, receiverReport(7, { ssrc: MEDIA, lsr: 0xb4054333, dlsr: 8192 }));
    scene.send(THERE, 2000, senderReport(MEDIA, 0xb4064333));
    scene.send(BACK, 2070, receiverReport(7, { ssrc: MEDIA, lsr: 0xb4064333, dlsr: 0 }));
    expect(scene.report().receptions).toMatchObject([
      { reporterSsrc: 7, mediaSsrc: MEDIA, reports: 2, roundTripMs: { min: 35, mean: 52.5, max: 70 } },
    ]);
  });

  it('works across the wrap of the 16 bits of seconds', () => {
    const scene = new RtcpScene();
    scene.send(THERE, 0, senderReport(MEDIA, 0xffff8000));
    scene.send(BACK, 1010, receiverReport(7, { ssrc: MEDIA, lsr: 0xffff8000, dlsr: 65536 }));
    expect(scene.report().receptions[0].roundTripMs?.max).toBeCloseTo(10, 9);
  });

  it('counts none without a report to answer, nor one that the clocks contradict', () => {
    const scene = new RtcpScene();
    scene.send(BACK, 0, receiverReport(7, { ssrc: MEDIA, lsr: 0x11112222 }));
    scene.send(BACK, 1, receiverReport(7, { ssrc: MEDIA, lsr: 0 }));
    scene.send(THERE, 1000, senderReport(MEDIA, 0xb4054333));
    scene.send(BACK, 1100, receiverReport(7, { ssrc: MEDIA, lsr: 0xb4054333, dlsr: 65536 }));
    expect(scene.report().receptions).toMatchObject([{ reports: 3, roundTripMs: null }]);
    expect(scene.observer.receptionsOf(MEDIA, scene.flow(THERE))[0].roundTripsRefused).toBe(1);
    // Half a millisecond below zero is the clocks' own error.
    scene.send(BACK, 1499.5, receiverReport(7, { ssrc: MEDIA, lsr: 0xb4054333, dlsr: 32768 }));
    expect(scene.report().receptions[0].roundTripMs).toEqual({ min: 0, mean: 0, max: 0 });
  });

  it('takes of an SR passed on by an SFU the one on the flow that the answer fits', () => {
    const scene = new RtcpScene();
    scene.send({ from: 1, to: 9 }, 1000, senderReport(MEDIA, 0xb4054333));
    scene.send({ from: 9, to: 2 }, 1020, senderReport(MEDIA, 0xb4054333));
    scene.send({ from: 9, to: 3 }, 1030, senderReport(MEDIA, 0xb4054333));
    scene.send({ from: 2, to: 9 }, 1050, receiverReport(7, { ssrc: MEDIA, lsr: 0xb4054333 }));
    scene.send({ from: 3, to: 9 }, 1050, receiverReport(8, { ssrc: MEDIA, lsr: 0xb4054333 }));
    const { receptions } = scene.report();
    expect(receptions.map(({ roundTripMs }) => roundTripMs?.mean)).toEqual([30, 20]);
  });

  it('measures a receiver that sends no SR by XR (RFC 3611, 4.4 and 4.5)', () => {
    const scene = new RtcpScene();
    scene.send(BACK, 1000, hex('80cf0004 00000007 04000002 ec1bb405 43334333'));
    scene.send(THERE, 1530, hex('80cf0005 deadbeef 05000003 00000007 b4054333 00008000'));
    expect(scene.report().receptions).toMatchObject([
      { reporterSsrc: MEDIA, mediaSsrc: 7, reports: 0, lost: null, fractionLost: null, roundTripMs: { mean: 30 } },
    ]);
  });
});

describe('what receivers say of a stream', () => {
  it('sums up fractions, jitter, loss and requests', () => {
    const scene = new RtcpScene();
    const block = { ssrc: MEDIA, highest: 0x1ffff };
    scene.send(BACK, 0, receiverReport(7, { ...block, fraction: 0, lost: -1, jitter: 90 }));
    scene.send(BACK, 1000, receiverReport(7, { ...block, fraction: 64, lost: 12, jitter: 270, highest: 0x20009 }));
    scene.send(BACK, 1100, hex('81cd0004 00000007 deadbeef fffe0003 fffe0000'));
    scene.send(BACK, 1200, hex('81cd0003 00000007 deadbeef 00000000'));
    scene.send(
      BACK,
      1300,
      concat(hex('81ce0002 00000007 deadbeef'), hex('84ce0004 00000007 00000000 deadbeef 01000000')),
    );
    scene.send(BACK, 1400, hex('8fcd0005 00000007 deadbeef 0010 0003 000001 00 a000 0404'));
    const [reception] = scene.report().receptions;
    expect(reception).toMatchObject({
      source: '10.0.0.2:5004',
      destination: '10.0.0.1:5004',
      reports: 2,
      lost: 12,
      highestSequence: 0x20009,
      fractionLost: { mean: 0.125, max: 0.25 },
      jitterUnits: { mean: 180, max: 270 },
      nacks: 2,
      // 65534, 65535 and 0; the first twice, 0 by mask and again alone.
      nackedPackets: 3,
      plis: 1,
      firs: 1,
      feedbackPackets: 3,
      feedbackLost: 2,
    });
    const media = scene.flow(THERE);
    expect(scene.observer.reportedOf(MEDIA, media, 90_000)).toEqual({
      by: 7,
      reports: 2,
      lost: 12,
      fractionLost: { mean: 0.125, max: 0.25 },
      jitterMs: { mean: 2, max: 3 },
      roundTripMs: null,
    });
    expect(scene.observer.reportedOf(MEDIA, media, null)?.jitterMs).toBeNull();
    expect(scene.observer.requestsFor(MEDIA, media)).toEqual({ nacks: 2, nackedPackets: 3, plis: 1, firs: 1 });
    expect(scene.observer.receptionsOf(MEDIA, media)[0].interval()).toMatchObject({ lost: 13, expected: 10 });
    expect(scene.report()).toEqual(scene.report());
  });

  it('takes the difference of the highest number modulo 2^32, drops an old report, begins anew after a restart', () => {
    const scene = new RtcpScene();
    const interval = () => scene.observer.receptionsOf(MEDIA, scene.flow(THERE))[0].interval();
    const say = (highest: number, lost: number) =>
      scene.send(BACK, 0, receiverReport(7, { ssrc: MEDIA, highest, lost }));
    say(0xfffffff0, 5);
    expect(interval()).toBeNull();
    say(0x10, 7);
    expect(interval()).toMatchObject({ lost: 2, expected: 32 });
    say(0xffffffff, 6);
    expect(interval()).toMatchObject({ lost: 2, expected: 32 });
    say(0x80000010, 1);
    say(0x80000020, 2);
    expect(interval()).toMatchObject({ lost: 1, expected: 16 });
  });

  it('prefers the flow that fits the media best: the same ports, else the same hosts, else where it goes', () => {
    const scene = new RtcpScene();
    const media = scene.flow(THERE);
    const reporters = () => scene.observer.receptionsOf(MEDIA, media).map(({ reporterSsrc }) => reporterSsrc);
    scene.send({ from: 5, to: 6 }, 0, receiverReport(1, { ssrc: MEDIA }));
    expect(reporters()).toEqual([1]);
    scene.send({ from: 5, to: 1 }, 0, receiverReport(2, { ssrc: MEDIA }));
    expect(reporters()).toEqual([2]);
    scene.send({ from: 2, to: 1, fromPort: 5005, toPort: 5005 }, 0, receiverReport(3, { ssrc: MEDIA }));
    expect(reporters()).toEqual([3]);
    scene.send(BACK, 0, receiverReport(4, { ssrc: MEDIA }));
    scene.send(BACK, 1, receiverReport(5, { ssrc: MEDIA }));
    scene.send(BACK, 2, receiverReport(5, { ssrc: MEDIA }));
    expect(reporters()).toEqual([5, 4]);
  });
});

describe('who speaks', () => {
  it('keeps names, counts, bitrates and farewells as they are', () => {
    const scene = new RtcpScene();
    const name = hex('81ca0003 deadbeef 01043c623e26 0000');
    scene.send(THERE, 0, concat(senderReport(MEDIA, 1, { packets: 10 }), name));
    scene.send(THERE, 100, hex('8fce0005 deadbeef 00000000 52454d42 010003e8 00000007'));
    scene.send(THERE, 200, hex('8fce0005 deadbeef 00000000 52454d42 010001f4 00000007'));
    scene.send(THERE, 1250, hex('81cb0002 deadbeef 02ff6200'));
    expect(scene.report()).toMatchObject({
      packets: 5,
      compounds: 4,
      encrypted: 0,
      malformed: 0,
      byType: { SR: 1, SDES: 1, REMB: 2, BYE: 1 },
      sources: [
        {
          ssrc: MEDIA,
          cname: '<b>&',
          encrypted: false,
          packets: 5,
          senderReports: 1,
          sentPackets: 10,
          bye: { time: '1700000001+250000000', reason: '\ufffdb' },
          rembBps: { last: 500, min: 500, max: 1000 },
        },
      ],
    });
    // RTP on the port below is named by the same address; another host only where all agree.
    expect(scene.observer.cnameOf(scene.flow({ ...THERE, fromPort: 5002 }), MEDIA)).toBe('<b>&');
    expect(scene.observer.cnameOf(scene.flow({ from: 8, to: 2 }), MEDIA)).toBe('<b>&');
    scene.send({ from: 5, to: 6 }, 0, hex('81ca0002 deadbeef 01017800'));
    expect(scene.observer.cnameOf(scene.flow({ from: 8, to: 2 }), MEDIA)).toBeNull();
    expect(scene.observer.cnameOf(scene.flow(THERE), 1)).toBeNull();
  });

  it('measures the clock rate by sender reports, across the wrap of the timestamp', () => {
    const scene = new RtcpScene();
    const rate = () => scene.observer.clockRateOf(scene.flow(THERE), MEDIA);
    const say = (halfSeconds: number, rtpTimestamp: number) =>
      scene.send(THERE, halfSeconds * 500, senderReport(MEDIA, 0xb4050000 + halfSeconds * 0x8000, { rtpTimestamp }));
    say(0, 0xffffff00);
    expect(rate()).toBeNull();
    say(1, 0xffffff00 + 24_000 - 2 ** 32);
    expect(rate()).toBeNull();
    say(4, 0xffffff00 + 96_000 - 2 ** 32);
    expect(rate()).toBe(48_000);
    // The same again, and an older one, change nothing.
    say(4, 0xffffff00 + 96_000 - 2 ** 32);
    say(3, 7);
    expect(rate()).toBe(48_000);
    expect(scene.observer.clockRateOf(scene.flow({ from: 5, to: 6 }), MEDIA)).toBe(48_000);
    // A new beginning forgets what was before.
    say(8, 5);
    expect(rate()).toBeNull();
    say(12, 5 + 180_000);
    expect(rate()).toBe(90_000);
  });

  it('counts a packet once that several points of the host saw', () => {
    const scene = new RtcpScene();
    const pli = hex('81ce0002 00000007 deadbeef');
    for (const observationPoint of [1, 2, 3]) scene.send(BACK, 10, pli, { observationPoint });
    expect(scene.observer.copies).toBe(2);
    // The same again from the same point, or later from another, is a packet of its own.
    scene.send(BACK, 11, pli, { observationPoint: 1 });
    scene.send(BACK, 1000, pli, { observationPoint: 2 });
    expect(scene.report().receptions[0].plis).toBe(3);
  });
});

describe('encrypted, malformed and snapped RTCP', () => {
  it('counts encrypted packets by what their header shows', () => {
    const scene = new RtcpScene();
    for (let index = 1; index <= 20; index++) scene.send(THERE, index, encryptedReport(MEDIA, index, index * 7));
    expect(scene.report()).toMatchObject({
      packets: 20,
      compounds: 20,
      encrypted: 20,
      malformed: 0,
      byType: { SR: 20 },
      sources: [{ ssrc: MEDIA, encrypted: true, packets: 20, senderReports: 0, sentPackets: null }],
      receptions: [],
    });
    expect(scene.observer.isEncrypted(scene.flow(THERE))).toBe(true);
    expect(scene.observer.isEncrypted(scene.flow(BACK))).toBeNull();
  });

  it('takes what it cannot tell as the source had it before', () => {
    const strange = hex('80c90001 00000007 5a17c3e09b4d2f8177aa00ffcd010080');
    const scene = new RtcpScene();
    scene.send(THERE, 0, strange);
    expect(scene.report()).toMatchObject({ encrypted: 1, malformed: 0 });
    scene.send(BACK, 0, receiverReport(7));
    scene.send(BACK, 1, strange);
    expect(scene.report()).toMatchObject({ encrypted: 1, malformed: 1 });
    expect(scene.observer.isEncrypted(scene.flow(BACK))).toBe(false);
  });

  it('counts packets whose fields contradict each other, and uses the others', () => {
    const scene = new RtcpScene();
    scene.send(THERE, 0, concat(senderReport(MEDIA, 1), hex('81ca0002 deadbeef 01ff7800')));
    scene.send(THERE, 1, hex('80c90004 00000001'));
    expect(scene.report()).toMatchObject({ compounds: 2, packets: 2, malformed: 2, byType: { SR: 1, SDES: 1 } });
  });

  it('reads a snapped report as far as it goes and calls it neither malformed nor more than it is', () => {
    const scene = new RtcpScene();
    const compound = concat(senderReport(MEDIA, 1, { packets: 3 }), hex('81ca0002 deadbeef 01017800'));
    scene.send(THERE, 0, compound, { capturedLength: 28 });
    expect(scene.report()).toMatchObject({ packets: 1, malformed: 0, encrypted: 0, sources: [{ sentPackets: null }] });
    expect(scene.observer.isEncrypted(scene.flow(THERE))).toBeNull();
    scene.send(THERE, 1, compound);
    scene.send(THERE, 2, concat(senderReport(MEDIA, 2, { packets: 4 }), hex('81ca0002 deadbeef 01017800')), {
      capturedLength: 28,
    });
    expect(scene.report()).toMatchObject({ packets: 4, malformed: 0, sources: [{ sentPackets: 4, cname: 'x' }] });
  });

  it('stays within its limits', () => {
    const scene = new RtcpScene();
    for (let ssrc = 0; ssrc < 65_600; ssrc++)
      scene.send(THERE, 0, hex(`80c90001${ssrc.toString(16).padStart(8, '0')}`));
    expect(scene.report()).toMatchObject({ packets: 65_600, compounds: 65_600 });
    expect(scene.report().sources).toHaveLength(65_536);
    expect(scene.observer.leftOut).toBeGreaterThanOrEqual(64);
  });

  it('takes any bytes, and adds up', () => {
    const body = fc.uint8Array({ maxLength: 60 });
    const some = fc.record({ type: fc.integer({ min: 190, max: 215 }), count: fc.nat(31), words: fc.nat(16), body });
    fc.assert(
      fc.property(fc.array(fc.oneof(body, some), { maxLength: 20 }), fc.nat(30), (datagrams, cut) => {
        const scene = new RtcpScene();
        let at = 0;
        for (const item of datagrams) {
          const bytes =
            item instanceof Uint8Array
              ? item
              : concat(Uint8Array.of(0x80 | item.count, item.type, 0, item.words), item.body);
          scene.send(THERE, at++, bytes, { capturedLength: Math.max(0, bytes.length - cut) });
        }
        const report = scene.report();
        expect(report.compounds).toBe(datagrams.length);
        expect(Object.values(report.byType).reduce((sum, count) => sum + count, 0)).toBe(report.packets);
        expect(scene.report()).toEqual(report);
      }),
    );
  });
});
