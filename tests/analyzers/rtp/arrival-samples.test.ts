import { describe, expect, it } from 'vitest';
import { ArrivalSamples, sampleLimit } from '../../../analyzers/rtp/arrival-samples.ts';

/** Adds packets 0 to `count - 1` as the stream does: passes over as many as told. */
function thinned(limit: number, count: number, breaks: readonly number[] = []): ArrivalSamples {
  const samples = new ArrivalSamples(limit);
  let skip = 0;
  for (let packet = 0; packet < count; packet++) {
    if (breaks.includes(packet)) {
      samples.breakHere();
      skip = 0;
    }
    if (skip > 0) skip--;
    else skip = samples.add(packet * 1e6, packet * 160, packet % 128, packet);
  }
  return samples;
}

const kept = ({ arrivalNs, count }: ArrivalSamples) => [...arrivalNs.subarray(0, count)].map((ns) => ns / 1e6);

describe('arrival samples', () => {
  it('are all packets up to the limit', () => {
    const samples = thinned(64, 64);
    expect(samples.stride).toBe(1);
    expect(kept(samples)).toEqual(Array.from({ length: 64 }, (_, packet) => packet));
    expect([...samples.begins.subarray(0, 64)]).toEqual([1, ...new Array(63).fill(0)]);
  });

  it.each([65, 100, 128, 129, 1000, 4097])('are every n-th of %i packets beyond it, evenly', (count) => {
    const samples = thinned(64, count);
    const { stride } = samples;
    expect(samples.count).toBeLessThanOrEqual(64);
    expect(samples.count).toBeGreaterThanOrEqual(32);
    expect(kept(samples)).toEqual(Array.from({ length: Math.ceil(count / stride) }, (_, index) => index * stride));
    // All columns speak of the same packet.
    for (let at = 0; at < samples.count; at++) {
      expect([samples.timestamp[at], samples.payloadType[at], samples.jitterNs[at]]).toEqual([
        ...[at * stride * 160, (at * stride) % 128, at * stride],
      ]);
    }
  });

  it('keep where something began anew, also where its sample is thinned out', () => {
    for (const at of [31, 32, 33, 50]) {
      const samples = thinned(64, 200, [at]);
      const begins = kept(samples).filter((_, index) => samples.begins[index] !== 0);
      expect(begins).toHaveLength(2);
      expect(begins[1] - at).toBeGreaterThanOrEqual(0);
      expect(begins[1] - at).toBeLessThanOrEqual(samples.stride);
    }
  });

  it('tell quantiles of jitter by nearest rank, of the packets that have one', () => {
    const samples = new ArrivalSamples(64);
    expect(samples.jitterQuantileNs(0.5)).toBeNull();
    samples.add(0, 0, 0, -1);
    expect(samples.jitterQuantileNs(0.5)).toBeNull();
    for (let value = 20; value >= 1; value--) samples.add(0, 0, 0, value);
    expect([0, 0.5, 0.95, 1].map((share) => samples.jitterQuantileNs(share))).toEqual([1, 10, 19, 20]);
  });

  it('are fewer for streams beyond the first few hundred', () => {
    expect([sampleLimit(0), sampleLimit(255), sampleLimit(256), sampleLimit(9999)]).toEqual([4096, 4096, 512, 512]);
  });
});
