import { describe, expect, it } from 'vitest';
import { Bursts, GMIN } from '../../../analyzers/rtp/bursts.ts';
import { measured, steady } from './rtp-feed.ts';

/** Runs of lost packets by number; a packet of number n arrives, or would, at n ms. */
function burstsOf(...runs: readonly (readonly [first: number, count: number])[]) {
  const bursts = new Bursts();
  for (const [first, count] of runs) bursts.lost(first, count, (first - 1) * 1e6, (first + count) * 1e6);
  return bursts;
}

describe('bursts and gaps (RFC 3611, 4.7.2)', () => {
  it('count one lost packet with 16 received on both sides to a gap', () => {
    expect(burstsOf([100, 1], [100 + GMIN + 1, 1]).finish()).toMatchObject({
      ...{ bursts: 0, runs: 2, lostInGaps: 2, lostInBursts: 0, longestLoss: 1 },
    });
  });

  it('count two lost packets with 15 received between them as one burst', () => {
    expect(burstsOf([100, 1], [100 + GMIN, 1]).finish()).toMatchObject({
      // From 100 to 116: 17 packets; from the arrival of 99 to that of 117.
      ...{ bursts: 1, runs: 2, lostInBursts: 2, packetsInBursts: 17, lostInGaps: 0, burstNs: 18e6 },
    });
  });

  it('count a run of two as a burst', () => {
    const summary = burstsOf([100, 2]).finish();
    expect(summary).toMatchObject({ bursts: 1, lostInBursts: 2, packetsInBursts: 2, longestLoss: 2 });
    expect(summary.longestLossNs).toBe(102e6);
    expect(summary.worst).toEqual([{ beforeNs: 99e6, afterNs: 102e6, lost: 2, packets: 2 }]);
  });

  it('sum up the time between bursts', () => {
    // Bursts from 99 to 103 ms and from 999 to 1004 ms; the single loss between them is of the gap.
    const summary = burstsOf([100, 3], [500, 1], [1000, 4]).finish();
    expect(summary).toMatchObject({ bursts: 2, lostInBursts: 7, lostInGaps: 1, burstNs: 9e6, gapNs: 896e6 });
  });

  it('keep the ten worst, worst first', () => {
    const counts = [3, 9, 5, 2, 12, 4, 8, 6, 7, 11, 10, 13];
    const summary = burstsOf(...counts.map((count, index) => [index * 100 + 50, count] as const)).finish();
    expect(summary.bursts).toBe(12);
    expect(summary.worst.map(({ lost }) => lost)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
  });

  it('end where the numbering begins anew', () => {
    const bursts = burstsOf([100, 1]);
    bursts.restart();
    bursts.lost(102, 1, 0, 0);
    expect(bursts.finish()).toMatchObject({ bursts: 0, lostInGaps: 2 });
  });

  it('are looked at through a copy, which changes nothing', () => {
    const bursts = burstsOf([100, 2]);
    const copy = bursts.copy();
    copy.lost(105, 1, 0, 0);
    expect(copy.finish()).toMatchObject({ bursts: 1, lostInBursts: 3 });
    bursts.lost(110, 1, 0, 0);
    expect(bursts.finish()).toMatchObject({ bursts: 1, lostInBursts: 3, packetsInBursts: 11 });
  });
});

describe('bursts of a stream', () => {
  const without = (count: number, ...lost: number[]) =>
    steady(count, 0).filter(({ sequence }) => !lost.includes(sequence));

  it('have density and duration by hand', () => {
    const { bursts, lost } = measured(without(200, 50, 51, 54, 120, 150, 151));
    expect(lost).toBe(6);
    expect(bursts).toMatchObject({
      bursts: 2,
      // 3 of 5 and 2 of 2 packets; 1 of the 193 others.
      burstDensity: 5 / 7,
      gapDensity: 1 / 193,
      // From packet 49 to 55 are 120 ms, from 149 to 152 are 60 ms; from 55 to 149 are 1880 ms.
      burstDurationMs: 90,
      gapDurationMs: 1880,
      longestLoss: 2,
    });
    expect(
      bursts!.worst.map(({ time, lost, packets, durationMs }) => [time.slice(17), lost, packets, durationMs]),
    ).toEqual([
      ['00.980000000Z', 3, 5, 120],
      ['02.980000000Z', 2, 2, 60],
    ]);
  });

  it('do not hold what came late', () => {
    const packets = without(200, 50, 51);
    const late = steady(200, 0).filter(({ sequence }) => sequence === 50 || sequence === 51);
    packets.splice(60, 0, ...late.map((packet) => ({ ...packet, atNs: 61 * 20e6 })));
    expect(measured(packets)).toMatchObject({ lost: 0, late: 2, bursts: null });
  });
});
