import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalFeedback } from '../../../cluster/sfu/bandwidth/arrival-feedback.ts';
import { ReceiveEstimate } from '../../../cluster/sfu/bandwidth/receive-estimate.ts';
import { SendEstimate } from '../../../cluster/sfu/bandwidth/send-estimate.ts';
import { Reception } from '../../../cluster/sfu/forwarding/reception.ts';
import { type RtcpHandlers, readRtcp } from '../../../cluster/sfu/rtcp/rtcp-reader.ts';
import { RtcpWriter } from '../../../cluster/sfu/rtcp/rtcp-writer.ts';

function recorder(): { calls: unknown[][]; handlers: RtcpHandlers } {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...values: unknown[]) => {
      calls.push([name, ...values]);
    };
  const handlers: RtcpHandlers = {
    senderReport: record('sr'),
    reception: record('rr'),
    nack: record('nack'),
    keyFrame: record('key'),
    maximumBitrate: record('remb'),
    transportFeedback: (_bytes, at, end) => calls.push(['twcc', at, end]),
    goodbye: record('bye'),
  };
  return { calls, handlers };
}

describe('RTCP that is written', () => {
  it('has the bytes of the RFCs', () => {
    const out = Buffer.alloc(500);
    const writer = new RtcpWriter().begin(out);
    writer.pictureLoss(0x01020304, 0x0a0b0c0d);
    writer.nack(1, 2, [65_535, 0, 3, 40]);
    writer.goodbye([5, 6]);
    expect(out.toString('hex', 0, writer.length)).toBe(
      '81ce0002010203040a0b0c0d' +
        // PID 65535 with bits for 0 (distance 1) and 3 (distance 4), then 40.
        '81cd00040000000100000002ffff000900280000' +
        '82cb00020000000500000006',
    );
  });

  it('is read as it was meant', () => {
    const out = Buffer.alloc(500);
    const reception = new Reception(90_000);
    for (const sequence of [10, 11, 13]) reception.receive(sequence, 0, 10, 0, false);
    const writer = new RtcpWriter().begin(out);
    writer.senderReport(9, 0x83aa7e80, 0x80000000, 12_345, 3, 30);
    writer.receiverReport(9, 1);
    writer.reportBlock(77, reception, 0x11223344, 655);
    writer.sourceDescription(9, 'ann');
    writer.nack(9, 77, [1, 2, 30]);
    writer.fullIntraRequest(9, 78, 1);
    const { calls, handlers } = recorder();
    readRtcp(out, writer.length, handlers);
    expect(calls).toEqual([
      ['sr', 9, 0x83aa7e80, 0x80000000, 12_345],
      ['rr', 77, 64, 1, 0x11223344, 655],
      ['nack', 77, 1],
      ['nack', 77, 2],
      ['nack', 77, 30],
      ['key', 78],
    ]);
  });

  it('of the REMB draft is read', () => {
    // Mantissa 0x3ffff, exponent 2, one SSRC.
    const remb = Buffer.from('8fce0005000000010000000052454d42010bffff00000007', 'hex');
    const { calls, handlers } = recorder();
    readRtcp(remb, remb.length, handlers);
    expect(calls).toEqual([['remb', 0x3ffff * 4]]);
  });

  it('of the REMB draft is written so that it reads as nearly the same, and never as more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000_000 }),
        fc.array(fc.nat(2 ** 32 - 1), { maxLength: 31 }),
        (bps, ssrcs) => {
          const out = new Uint8Array(400);
          const writer = new RtcpWriter().begin(out);
          writer.maximumBitrate(5, bps, ssrcs);
          expect(writer.length).toBe(20 + 4 * ssrcs.length);
          const { calls, handlers } = recorder();
          readRtcp(out, writer.length, handlers);
          const [[name, read]] = calls as [string, number][];
          expect(name).toBe('remb');
          expect(read).toBeLessThanOrEqual(bps);
          expect(read).toBeGreaterThan(bps * 0.9999 - 1);
        },
      ),
    );
  });

  it('of any kind is never read past its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(200, 201, 203, 205, 206), (bytes, type) => {
        if (bytes.length > 1) {
          bytes[0] = 0x80 | (bytes[0] & 0x1f);
          bytes[1] = type;
        }
        const { calls, handlers } = recorder();
        const estimate = new SendEstimate();
        readRtcp(bytes, bytes.length, {
          ...handlers,
          transportFeedback: (b, at, end) => estimate.feedback(b, at, end),
        });
        for (const call of calls) expect(call.includes(Number.NaN)).toBe(false);
        expect(estimate.bps).toBeGreaterThan(0);
      }),
    );
  });
});

describe('transport-wide feedback', () => {
  /** Sends `count` packets, of which the way takes `delayMs(index)`, null for never. */
  function run(estimate: SendEstimate, rounds: number, delayMs: (index: number) => number | null): void {
    const arrivals = new ArrivalFeedback();
    let index = 0;
    for (let round = 0; round < rounds; round++) {
      for (let packet = 0; packet < 20; packet++, index++) {
        const number = estimate.sent(1200, index * 5);
        const delay = delayMs(index);
        if (delay !== null) arrivals.receive(number, 100_000 + index * 5 + delay);
      }
      const feedback = arrivals.take(1, 2);
      if (feedback !== null) estimate.feedback(feedback, 0, feedback.length);
    }
  }

  it('lets the estimate grow while all arrives, and fall when packets are lost or queue', () => {
    const [free, lossy, queueing] = [new SendEstimate(), new SendEstimate(), new SendEstimate()];
    const before = free.bps;
    run(free, 100, () => 20);
    expect(free.bps).toBeGreaterThan(before * 1.5);
    run(lossy, 100, (index) => (index % 4 === 0 ? null : 20));
    expect(lossy.bps).toBeLessThan(before * 0.5);
    run(queueing, 100, (index) => 20 + index * 5);
    expect(queueing.bps).toBeLessThan(before);
  });

  it('and a receiver that has none is taken at its word (REMB)', () => {
    const [without, along] = [new SendEstimate(), new SendEstimate()];
    run(along, 1, () => 20);
    for (const bps of [300_000, 4_000_000]) {
      without.limit(bps);
      along.limit(bps);
      expect(without.bps).toBe(bps);
      expect(along.bps).toBeLessThanOrEqual(300_000);
    }
  });

  it('lets the estimate grow to what is wanted, and tries what was too much again only later', () => {
    const [modest, wanting, narrow] = [new SendEstimate(), new SendEstimate(), new SendEstimate()];
    for (const estimate of [modest, wanting]) {
      estimate.wantedBps = estimate === wanting ? 8_000_000 : 0;
      run(estimate, 200, () => 20);
    }
    expect(modest.bps).toBeLessThan(7_000_000);
    expect(wanting.bps).toBe(10_000_000);
    narrow.wantedBps = 8_000_000;
    // A queue for three seconds, then none: at 100 ms a round the hold of five seconds is over after round 80.
    const way = (index: number) => (index < 20 * 30 ? 20 + Math.min(index, 20 * 28) * 2 : 20);
    run(narrow, 30, way);
    const fallen = narrow.bps;
    const held = new SendEstimate();
    held.wantedBps = 8_000_000;
    run(held, 45, way);
    expect(held.bps).toBeLessThan(fallen * 1.5);
    const later = new SendEstimate();
    later.wantedBps = 8_000_000;
    run(later, 250, way);
    expect(later.bps).toBeGreaterThan(fallen * 3);
  });

  it('has the layout of the draft', () => {
    const arrivals = new ArrivalFeedback();
    arrivals.receive(0xffff, 64);
    arrivals.receive(1, 65);
    const feedback = arrivals.take(3, 4)!;
    // Base 0xffff, 3 statuses, reference time 1 (of 64 ms); received, lost, received: deltas 0 and 4 quarters.
    expect(feedback.toString('hex')).toBe('8fcd00050000000300000004ffff000300000100' + 'd100' + '0004');
    expect(arrivals.take(3, 4)).toBeNull();
  });
});

describe('what a sender without transport-wide feedback is told', () => {
  /** Frames of a sender, 25 a second with RTP timestamps across their wrap, each as late as the way makes it. */
  function run(estimate: ReceiveEstimate, seconds: number, bps: number, lateMs: (frame: number) => number, loss = 0) {
    for (let frame = 0; frame < seconds * 25; frame++) {
      const timestamp = (2 ** 32 - 90_000 + frame * 3600) >>> 0;
      for (let packet = 0; packet < 3; packet++)
        estimate.packet(7, timestamp, 90_000, 5000 + frame * 40 + lateMs(frame));
      if (frame % 25 === 24) estimate.update(bps, loss);
    }
  }

  it('grows while frames come in time, to more than is sent but not without end', () => {
    const estimate = new ReceiveEstimate();
    run(estimate, 60, 500_000, (frame) => (frame * 7) % 13);
    expect(estimate.bps).toBe(2_500_000);
    run(estimate, 60, 4_000_000, () => 5);
    expect(estimate.bps).toBeGreaterThan(5_000_000);
  });

  it('falls to what comes when a queue builds up, and grows again after it', () => {
    const estimate = new ReceiveEstimate();
    run(estimate, 8, 400_000, (frame) => Math.min(frame * 3, 500));
    expect(estimate.bps).toBeLessThan(500_000);
    const again = new ReceiveEstimate();
    run(again, 60, 400_000, (frame) => (frame < 200 ? Math.min(frame * 3, 500) : 0));
    expect(again.bps).toBe(2_500_000);
  });

  it('falls with loss, and not below what any call needs', () => {
    const estimate = new ReceiveEstimate();
    run(estimate, 5, 500_000, () => 0, 0.3);
    expect(estimate.bps).toBeLessThan(500_000);
    run(estimate, 100, 500_000, () => 0, 0.5);
    expect(estimate.bps).toBe(50_000);
  });

  it('is moved by nothing that a sender makes up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1), fc.nat(100_000)), { maxLength: 200 }),
        (packets) => {
          const estimate = new ReceiveEstimate();
          for (const [ssrc, timestamp, atMs] of packets) {
            estimate.packet(ssrc, timestamp, 90_000, atMs);
            estimate.update(atMs, 0);
          }
          expect(estimate.bps).toBeGreaterThanOrEqual(50_000);
          expect(estimate.bps).toBeLessThanOrEqual(50_000_000);
        },
      ),
    );
  });
});
