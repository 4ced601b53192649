import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockRateSampler } from '../../../analyzers/rtp/clock-rate-inference.ts';

/** A generator of numbers in [0, 1) that a seed fixes (xorshift32). */
function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

interface Synthetic {
  readonly clockRate: number;
  readonly packetMs: number;
  readonly packets: number;
  readonly seed: number;
  /** Greatest extra delay of a packet. */
  readonly jitterMs?: number;
  readonly lossShare?: number;
  /** Share of packets after which the sender is silent for 400 ms, its timestamps running on. */
  readonly silenceShare?: number;
  /** As silence, but the timestamps stand still meanwhile, as some senders have it. */
  readonly holdShare?: number;
  readonly packetsPerFrame?: number;
  /** Packets after which the timestamps start anew somewhere. */
  readonly restartEvery?: number;
  /** The first timestamp; somewhere unless given. */
  readonly start?: number;
}

function feed(sampler: ClockRateSampler, stream: number, made: Synthetic): void {
  const random = seeded(made.seed);
  let timestamp = made.start ?? Math.floor(random() * 2 ** 32);
  let sentMs = 0;
  let arrivedMs = 0;
  const perFrame = made.packetsPerFrame ?? 1;
  for (let packet = 0; packet < made.packets; packet++) {
    const frameEnds = packet % perFrame === perFrame - 1;
    const arrival = sentMs + random() * (made.jitterMs ?? 0);
    // Order is kept: late packets do not reach the sampler.
    arrivedMs = Math.max(arrivedMs, arrival);
    if (random() >= (made.lossShare ?? 0)) {
      sampler.sample(
        stream,
        arrivedMs * 1e6,
        timestamp >>> 0,
        perFrame > 1 && frameEnds ? 1 : 0,
        perFrame > 1 ? 1100 : 120,
      );
    }
    if (!frameEnds) continue;
    let passMs = made.packetMs;
    if (random() < (made.silenceShare ?? 0)) passMs += 400;
    timestamp += Math.round((passMs * made.clockRate) / 1000);
    if (random() < (made.holdShare ?? 0)) passMs += 1500;
    if (made.restartEvery !== undefined && packet % made.restartEvery === made.restartEvery - 1) {
      timestamp = Math.floor(random() * 2 ** 32);
    }
    timestamp = timestamp % 2 ** 32;
    sentMs += passMs;
  }
}

function infer(made: Synthetic) {
  const sampler = new ClockRateSampler();
  sampler.ensure(1);
  feed(sampler, 0, made);
  return sampler.infer(0);
}

const AUDIO_RATES = [8000, 16000, 48000, 12000, 24000, 32000, 11025, 22050, 44100];

describe('clock rate inference', () => {
  it.each(AUDIO_RATES)('finds %i Hz in a second and a half of clean audio', (clockRate) => {
    const found = infer({ clockRate, packetMs: 20, packets: 75, seed: 7 });
    expect(found).toMatchObject({ clockRate, kind: 'audio' });
    expect(found?.confidence).toBeGreaterThan(0.9);
  });

  it('finds 90 kHz in a second of video and calls it video', () => {
    expect(infer({ clockRate: 90000, packetMs: 33.3, packets: 150, packetsPerFrame: 5, seed: 3 })).toMatchObject({
      clockRate: 90000,
      kind: 'video',
    });
  });

  it('does not take audio for video, nor the other way about, at the rates that both could have', () => {
    expect(infer({ clockRate: 90000, packetMs: 24, packets: 400, seed: 5 })).toMatchObject({
      clockRate: 90000,
      kind: 'unknown',
    });
  });

  it.each([...AUDIO_RATES, 90000])('finds %i Hz under jitter, loss and silence', (clockRate) => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 1, max: 2 ** 31 }),
          packetMs: fc.constantFrom(10, 20, 30, 60),
          packets: fc.integer({ min: 600, max: 1500 }),
          jitterMs: fc.integer({ min: 0, max: 60 }),
          lossShare: fc.double({ min: 0, max: 0.3, noNaN: true }),
          silenceShare: fc.double({ min: 0, max: 0.1, noNaN: true }),
        }),
        (made) => {
          const packetsPerFrame = clockRate === 90000 ? 3 : 1;
          const found = infer({ ...made, clockRate, packetsPerFrame, packets: made.packets * packetsPerFrame });
          expect(found?.clockRate).toBe(clockRate);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([8000, 48000])('finds %i Hz though the sender stops its clock in pauses', (clockRate) => {
    for (let seed = 1; seed <= 20; seed++) {
      const found = infer({ clockRate, packetMs: 20, packets: 3000, seed, jitterMs: 20, holdShare: 0.01 });
      expect(found?.clockRate).toBe(clockRate);
    }
  });

  it.each([16000, 90000])('finds %i Hz across restarts and wraps of the timestamp', (clockRate) => {
    for (let seed = 1; seed <= 20; seed++) {
      const packetsPerFrame = clockRate === 90000 ? 4 : 1;
      const made = { clockRate, packetMs: 20, packets: 4000, packetsPerFrame, seed, restartEvery: 500 };
      expect(infer(made)?.clockRate).toBe(clockRate);
    }
  });

  it.each([2 ** 32 - 1000, 2 ** 31 - 1000])(
    'is not troubled by a timestamp that starts at %i and goes round',
    (start) => {
      const found = infer({ clockRate: 48000, packetMs: 20, packets: 60, seed: 9, start });
      expect(found).toEqual(infer({ clockRate: 48000, packetMs: 20, packets: 60, seed: 9, start: 0 }));
      expect(found?.clockRate).toBe(48000);
    },
  );

  it('is unsure of a few packets, and says why', () => {
    const sampler = new ClockRateSampler();
    sampler.ensure(4);
    feed(sampler, 0, { clockRate: 8000, packetMs: 20, packets: 3, seed: 1 });
    for (let packet = 0; packet < 200; packet++) sampler.sample(1, packet * 20e6, 4711, 0, 100);
    for (let packet = 0; packet < 200; packet++) sampler.sample(2, packet * 20e6, 4_000_000_000 - packet * 160, 0, 100);
    feed(sampler, 3, { clockRate: 61000, packetMs: 20, packets: 2000, seed: 1 });
    expect([0, 1, 2, 3, 99].map((stream) => sampler.infer(stream))).toEqual([null, null, null, null, null]);
    expect([0, 1, 2, 3, 99].map((stream) => sampler.whyUnknown(stream))).toEqual([
      'too-short',
      'too-short',
      'not-advancing',
      'no-known-rate',
      'too-short',
    ]);
  });

  it('says less of short streams than of long ones', () => {
    const short = infer({ clockRate: 48000, packetMs: 20, packets: 12, seed: 1 });
    const long = infer({ clockRate: 48000, packetMs: 20, packets: 1200, seed: 1 });
    expect(short?.clockRate).toBe(48000);
    expect(short?.confidence).toBeLessThan(long?.confidence as number);
    expect(long?.confidence).toBeLessThan(1);
  });

  it('keeps streams apart while its columns grow, and answers the same when asked again', () => {
    const sampler = new ClockRateSampler();
    for (let stream = 0; stream < 100; stream++) {
      sampler.ensure(stream + 1);
      feed(sampler, stream, { clockRate: AUDIO_RATES[stream % 9], packetMs: 20, packets: 300, seed: stream + 1 });
    }
    const rates = () => Array.from({ length: 100 }, (_, stream) => sampler.infer(stream)?.clockRate);
    expect(rates()).toEqual(Array.from({ length: 100 }, (_, stream) => AUDIO_RATES[stream % 9]));
    expect(rates()).toEqual(rates());
  });

  it('never throws, whatever the times and timestamps', () => {
    const packet = fc.tuple(fc.double(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.nat(1), fc.nat(1500));
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
        const sampler = new ClockRateSampler();
        sampler.ensure(1);
        for (const [arrival, timestamp, marker, length] of packets)
          sampler.sample(0, arrival, timestamp, marker, length);
        const found = sampler.infer(0);
        if (found === null) expect(sampler.whyUnknown(0)).not.toBeNull();
        else {
          expect(found.confidence).toBeGreaterThanOrEqual(0);
          expect(found.confidence).toBeLessThan(1);
        }
      }),
    );
  });
});
