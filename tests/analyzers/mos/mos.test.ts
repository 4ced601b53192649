import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assumedDelayMs,
  burstRatioOf,
  delayImpairment,
  lossImpairment,
  mosOf,
  mosOfRating,
  ratingFactor,
  waitingImpairment,
} from '../../../analyzers/index.ts';

describe('the E-model (ITU-T G.107)', () => {
  it('comes to R = 93.2 and 4.41 with all parameters at their defaults (clause 7.7)', () => {
    expect(ratingFactor(0, 0)).toBeCloseTo(93.2, 1);
    expect(mosOfRating(ratingFactor(0, 0))).toBeCloseTo(4.41, 2);
  });

  it('comes to the figure that independent implementations of all equations print for the defaults', () => {
    // 93.206208 is what the E-model in Go by M. Corporat prints (github.com/manucorporat/e-model, README); VoIPmonitor
    // carries it as 93.2062077233 (github.com/voipmonitor/sniffer, calculation of MOS).
    expect(ratingFactor(0, 0)).toBeCloseTo(93.2062077233, 8);
  });

  // G.107, table B.1.
  it.each([
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
  ])('gives a rating of %i the score %f', (rFactor, mos) => {
    expect(Math.abs(mosOfRating(rFactor) - mos)).toBeLessThan(0.01);
  });

  it('stays between 1 and 4.5', () => {
    expect([mosOfRating(-20), mosOfRating(0), mosOfRating(100), mosOfRating(120)]).toEqual([1, 1, 4.5, 4.5]);
    for (let rFactor = 0; rFactor < 10; rFactor += 0.5) expect(mosOfRating(rFactor)).toBeGreaterThanOrEqual(1);
  });

  it('charges for waiting above 100 ms alone', () => {
    expect(waitingImpairment(100)).toBe(0);
    // X = 1: 25 (2^(1/6) - 3 (1 + 3^-6)^(1/6) + 2), by hand.
    expect(waitingImpairment(200)).toBeCloseTo(3.0444, 3);
    // X = 2: 25 (65^(1/6) - 3 (1 + 64/729)^(1/6) + 2), by hand.
    expect(waitingImpairment(400)).toBeCloseTo(24.071, 2);
  });

  // The two straight lines that Cole and Rosenbluth (2001) drew through Id at these defaults.
  it.each([50, 100, 150, 200, 250, 300])('charges for %i ms what the usual approximation does', (delayMs) => {
    const approximation = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - 177.3);
    expect(Math.abs(delayImpairment(delayMs) - approximation)).toBeLessThan(2.5);
  });

  // G.113, appendix I, tables I.2 and I.3: Ie under random loss, as found by listening.
  it.each([
    [
      'G.729A with VAD',
      11,
      19,
      [
        [0.5, 13],
        [1, 15],
        [1.5, 17],
        [2, 19],
        [3, 23],
        [4, 26],
        [8, 36],
        [16, 49],
      ],
    ],
    [
      'G.723.1 at 6.3 kbit/s with VAD',
      15,
      16.1,
      [
        [0.5, 17],
        [1, 19],
        [1.5, 22],
        [2, 24],
        [3, 27],
        [4, 32],
        [8, 41],
        [16, 55],
      ],
    ],
    [
      'G.711 with concealment',
      0,
      25.1,
      [
        [1, 5],
        [2, 7],
        [3, 10],
        [5, 15],
        [7, 20],
        [10, 25],
      ],
    ],
  ] as const)('charges for loss what the ITU published: %s', (_, ie, bpl, table) => {
    for (const [lossPercent, published] of table) {
      expect(Math.abs(lossImpairment(ie, bpl, lossPercent, 1) - published)).toBeLessThan(2.5);
    }
  });

  it('charges more for bursts, and never more than all', () => {
    expect(lossImpairment(0, 4.3, 2, 1)).toBeCloseTo(30.16, 2);
    expect(lossImpairment(0, 4.3, 2, 2)).toBeCloseTo(35.85, 2);
    expect(lossImpairment(10, 4.3, 100, 1000)).toBe(95);
  });
});

describe('the score of a stream', () => {
  const clean = { codec: 'PCMU', lossPercent: 0, burstRatio: 1, packetTimeMs: 20, oneWayDelayMs: 0 };

  it('is 4.41 for G.711 without loss or delay, whatever the case of its name', () => {
    expect(mosOf(clean)).toMatchObject({ basis: 'itu' });
    expect(mosOf({ ...clean, codec: 'pcmu' })?.mos).toBeCloseTo(4.41, 2);
  });

  it('takes off what the codec costs', () => {
    expect(mosOf({ ...clean, codec: 'G729' })?.rFactor).toBeCloseTo(83.2, 1);
    expect(mosOf({ ...clean, codec: 'opus' })).toMatchObject({ basis: 'assumed' });
  });

  it('says nothing of what it does not know', () => {
    expect(mosOf({ ...clean, codec: 'telephone-event' })).toBeNull();
    expect(mosOf({ ...clean, codec: 'GSM' })?.rFactor).toBeCloseTo(73.2, 1);
    expect(mosOf({ ...clean, codec: 'GSM', lossPercent: 1 })).toBeNull();
    expect(mosOf({ ...clean, lossPercent: Number.NaN })).toBeNull();
    expect(mosOf({ ...clean, burstRatio: 0 })).toBeNull();
  });

  it('assumes the delay of a packet and a jitter buffer where none is known', () => {
    expect(assumedDelayMs(20, 5)).toBe(40);
    expect(assumedDelayMs(20, 180)).toBe(200);
    expect(assumedDelayMs(null, null)).toBe(40);
    const unknown = { ...clean, oneWayDelayMs: null, delayVariationMs: 180 };
    expect(mosOf(unknown)?.mos).toBe(mosOf({ ...clean, oneWayDelayMs: 200 })?.mos);
  });

  it('falls with loss, bursts and delay, and stays on its scale', () => {
    const share = fc.double({ min: 0, max: 100, noNaN: true });
    const ratio = fc.double({ min: 1, max: 20, noNaN: true });
    const delay = fc.double({ min: 0, max: 2000, noNaN: true });
    fc.assert(
      fc.property(share, share, ratio, ratio, delay, delay, (loss, moreLoss, burst, moreBurst, late, later) => {
        const less = mosOf({
          ...clean,
          lossPercent: Math.min(loss, moreLoss),
          burstRatio: Math.min(burst, moreBurst),
          oneWayDelayMs: Math.min(late, later),
        });
        const more = mosOf({
          ...clean,
          lossPercent: Math.max(loss, moreLoss),
          burstRatio: Math.max(burst, moreBurst),
          oneWayDelayMs: Math.max(late, later),
        });
        expect(more?.rFactor).toBeLessThanOrEqual((less?.rFactor as number) + 1e-6);
        expect(more?.mos).toBeGreaterThanOrEqual(1);
        expect(less?.mos).toBeLessThanOrEqual(4.42);
      }),
    );
  });
});

describe('burst ratio', () => {
  it('is 1 for random loss, and the mean run over the random one otherwise', () => {
    // 10 % lost: random runs are 1 / 0.9 packets long.
    expect(burstRatioOf(100, 90, 1000)).toBeCloseTo(1, 9);
    expect(burstRatioOf(100, 25, 1000)).toBeCloseTo(3.6, 9);
    expect(burstRatioOf(100, 100, 1000)).toBe(1);
    expect(burstRatioOf(0, 0, 1000)).toBe(1);
    expect(burstRatioOf(10, 1, 10)).toBe(1);
  });
});
