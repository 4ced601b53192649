import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlannedPacket, referenceFigures } from './reference-model.ts';
import { measured, RtpFeed } from './rtp-feed.ts';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** What happens to each packet that was sent; most come in order. */
const fate = fc.record({
  comes: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  /** How many places later it comes. */
  places: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(60) }),
  again: fc.oneof({ weight: 9, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(60) }),
  waitNs: fc.nat(40_000_000),
  payloadBytes: fc.nat(300),
});

/** Packets of one stream in the order of their arrival. Numbers and timestamps begin close to their wraps. */
const arrivals = fc
  .record({
    first: fc.oneof(fc.nat(65_535), fc.integer({ min: 65_400, max: 65_535 })),
    firstTimestamp: fc.oneof(fc.nat(0xffffffff), fc.integer({ min: 0xffffff00, max: 0xffffffff })),
    startNs: fc.nat(999_999_999),
    fates: fc.array(fate, { minLength: 2, maxLength: 300 }),
    ticks: fc.constantFrom(80, 160, 240),
  })
  .map(({ first, firstTimestamp, startNs, fates, ticks }) => {
    const order: { place: number; packet: PlannedPacket }[] = [];
    for (const [index, { comes, places, again, payloadBytes }] of fates.entries()) {
      const packet: PlannedPacket = {
        extended: first + index,
        sequence: first + index,
        timestamp: firstTimestamp + index * ticks,
        atNs: 0,
        payloadBytes,
      };
      // The first ones come in order: what a stream begins with is another test's.
      if (comes || index < 2) order.push({ place: index < 2 ? index : index + places, packet });
      if (again >= 0 && (comes || index < 2)) order.push({ place: index + Math.max(places, 0) + again + 0.5, packet });
    }
    order.sort((a, b) => a.place - b.place || a.packet.extended - b.packet.extended);
    let atNs = startNs;
    return order.map(({ packet }, index): PlannedPacket => {
      atNs += fates[index % fates.length].waitNs;
      return { ...packet, atNs };
    });
  });

describe('a stream against a reference that keeps everything', () => {
  it('has the same packets, bytes, loss, duplicates, late ones and jitter', () => {
    fc.assert(
      fc.property(arrivals, (packets) => {
        const truth = referenceFigures(packets, 8000);
        const found = measured(packets);
        const { packets: count, bytes, expected, lost, duplicates, copies, late } = found;
        expect({ packets: count, bytes, expected, lost, late, again: duplicates + copies }).toEqual({
          ...{
            packets: truth.packets,
            bytes: truth.bytes,
            expected: truth.expected,
            lost: truth.lost,
            late: truth.late,
          },
          again: truth.duplicates,
        });
        expect(found.restarts).toBe(0);
        expect(found.bursts?.longestLoss ?? 0).toBe(truth.longestLoss);
        if (truth.late > 0) {
          expect(found.reorderingExtent!.max).toBe(Math.max(...truth.extents));
          expect(found.reorderingExtent!.mean).toBeCloseTo(sum(truth.extents) / truth.late, 9);
        }
        expect(found.jitterMs!.mean).toBeCloseTo(sum(truth.jittersMs) / truth.jittersMs.length, 9);
        expect(found.jitterMs!.max).toBeCloseTo(Math.max(...truth.jittersMs), 6);
        const sorted = [...truth.jittersMs].sort((a, b) => a - b);
        // Kept as 32-bit floats.
        expect(found.jitterMs!.p95).toBeCloseTo(sorted[Math.ceil(0.95 * sorted.length) - 1], 5);
      }),
      { numRuns: 300 },
    );
  });

  it.each([0.1, 1, 2.5])('has a series over windows of %d s that adds up to the totals', (windowSeconds) => {
    fc.assert(
      fc.property(arrivals, (packets) => {
        const truth = referenceFigures(packets, 8000);
        const { series } = measured(packets, windowSeconds);
        expect(sum(series.packets)).toBe(truth.packets);
        expect(sum(series.bytes)).toBe(truth.bytes);
        expect(sum(series.lost)).toBe(truth.lost);
        expect(Math.min(...series.lost)).toBeGreaterThanOrEqual(0);
        const jitters = series.maxJitterMs.filter((jitter) => jitter !== null);
        // To the nanosecond: half of one off at the most.
        expect(Math.abs(Math.max(...jitters) - Math.max(...truth.jittersMs))).toBeLessThanOrEqual(0.5e-6 + 5e-10);
        // The windows begin with the first packet, and a packet lies in that of its arrival.
        const window = (atNs: number) => Math.floor((atNs - packets[0].atNs) / (windowSeconds * 1e9));
        const came = new Set<number>();
        const byWindow = new Array<number>(series.packets.length).fill(0);
        for (const { extended, atNs } of packets) {
          if (!came.has(extended)) byWindow[window(atNs)]++;
          came.add(extended);
        }
        expect(series.packets).toEqual(byWindow);
      }),
      { numRuns: 100 },
    );
  });

  it('does not change by being asked in between, however often', () => {
    fc.assert(
      fc.property(
        arrivals,
        fc.array(fc.nat(400), { maxLength: 5 }),
        fc.constantFrom(8, 96),
        (packets, asks, payloadType) => {
          const sent = packets.map((packet) => ({ ...packet, payloadType }));
          const feed = new RtpFeed();
          for (const [index, packet] of sent.entries()) {
            feed.send(packet);
            if (asks.includes(index)) expect(feed.measure()).toEqual(feed.measure());
          }
          const found = feed.measure();
          expect(found).toEqual(feed.measure());
          expect(found).toEqual(measured(sent));
        },
      ),
      { numRuns: 150 },
    );
  });
});
