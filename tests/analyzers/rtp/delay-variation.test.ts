import { describe, expect, it } from 'vitest';
import { ArrivalSamples } from '../../../analyzers/rtp/arrival-samples.ts';
import { delayVariation, quantileOfSorted } from '../../../analyzers/rtp/delay-variation.ts';
import { seededRandom } from '../../samples/random.ts';

const NS_PER_TICK = 125_000;

/** G.711 whose sender's clock is fast by so many ppm; each packet waits for `delayNs`. */
function samplesOf(count: number, skewPpm: number, delayNs: (index: number) => number, firstTimestamp = 0) {
  const samples = new ArrivalSamples(count + 2);
  for (let index = 0; index < count; index++) {
    // 20 ms by the sender's fast clock are over sooner.
    const sentNs = (index * 20e6) / (1 + skewPpm / 1e6);
    samples.add(sentNs + delayNs(index), (firstTimestamp + index * 160) | 0, 8, -1);
  }
  return samples;
}

describe('packet delay variation (RFC 5481)', () => {
  it('is each delay less the smallest', () => {
    const delays = [5, 3, 9, 4, 3, 7].map((ms) => ms * 1e6);
    const found = delayVariation(
      samplesOf(6, 0, (index) => delays[index]),
      NS_PER_TICK,
    )!;
    expect([...found.sortedNs]).toEqual([0, 0, 1e6, 2e6, 4e6, 6e6]);
    expect(found.meanNs).toBeCloseTo(13e6 / 6, 3);
    expect(found.skewPpm).toBeNull();
  });

  it('says nothing of a single packet', () => {
    expect(
      delayVariation(
        samplesOf(1, 0, () => 0),
        NS_PER_TICK,
      ),
    ).toBeNull();
  });

  it.each([100, -100, 20, 0])('finds a clock that is %i ppm fast, under jitter, and takes it away', (ppm) => {
    const random = seededRandom(7);
    // Exponential waiting with a mean of 4 ms: queues are short most of the time.
    const waits = Array.from({ length: 3000 }, () => -4e6 * Math.log(1 - random()));
    const found = delayVariation(
      samplesOf(3000, ppm, (index) => waits[index]),
      NS_PER_TICK,
    )!;
    expect(Math.abs(found.skewPpm! - ppm)).toBeLessThan(1);
    // The floor is that of the luckiest packets, so all delays hardly change: within 0.1 ms.
    const sorted = [...waits].sort((a, b) => a - b);
    for (const share of [0.5, 0.95, 0.99, 1]) {
      const truth = sorted[Math.max(0, Math.ceil(share * 3000) - 1)];
      expect(Math.abs(quantileOfSorted(found.sortedNs, share) - truth)).toBeLessThan(0.1e6);
    }
    // Left in, 100 ppm of a minute are 6 ms.
    expect(Math.abs(found.meanNs - 4e6)).toBeLessThan(0.4e6);
  });

  it('looks for no skew below 10 s', () => {
    const found = delayVariation(
      samplesOf(490, 100, () => 0),
      NS_PER_TICK,
    )!;
    expect(found.skewPpm).toBeNull();
    expect(
      delayVariation(
        samplesOf(510, 100, () => 0),
        NS_PER_TICK,
      )!.skewPpm,
    ).toBeCloseTo(100, 1);
  });

  it('goes on over the wrap of the timestamp', () => {
    const found = delayVariation(
      samplesOf(100, 0, () => 0, 2 ** 32 - 8000),
      NS_PER_TICK,
    )!;
    expect(found.sortedNs[99]).toBe(0);
  });

  it('begins anew where the samples or the timestamps do', () => {
    const samples = new ArrivalSamples(64);
    for (let index = 0; index < 10; index++) samples.add(index * 20e6, index * 160, 8, -1);
    samples.breakHere();
    for (let index = 10; index < 20; index++) samples.add(index * 20e6, (index * 160 + 10_000) | 0, 8, -1);
    // No break told, but back by a day: set anew.
    for (let index = 20; index < 30; index++) samples.add(index * 20e6, (index * 160 - 700_000_000) | 0, 8, -1);
    expect(delayVariation(samples, NS_PER_TICK)!.sortedNs[29]).toBe(0);
  });

  it('has quantiles by nearest rank', () => {
    const sorted = Float64Array.from({ length: 20 }, (_, index) => index + 1);
    expect([0, 0.05, 0.5, 0.95, 0.951, 1].map((share) => quantileOfSorted(sorted, share))).toEqual([
      1, 1, 10, 19, 20, 20,
    ]);
  });
});
