import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../samples/random.ts';
import { measured, RtpFeed, type SentPacket } from './rtp-feed.ts';

/** More packets than samples are kept of, so that the first ones can no longer be counted anew. */
const COUNT = 9000;

function jittered(kind: 'opus' | 'dtx' | 'video' | 'two-types'): SentPacket[] {
  const random = seededRandom(11);
  const video = kind === 'video';
  let timestamp = 4_000_000_000;
  let sentNs = 0;
  return Array.from({ length: COUNT }, (_, index) => {
    const pause = kind === 'dtx' && index % 60 > 40 ? 20 : 1;
    const perFrame = video ? 3 : 1;
    if (index % perFrame === 0) {
      timestamp += video ? 3000 : 960 * pause;
      sentNs += video ? 1e9 / 30 : 20e6 * pause;
    }
    return {
      ...{ sequence: 60_000 + index, timestamp, payloadType: kind === 'two-types' && index % 500 > 400 ? 97 : 96 },
      ...{ marker: video && index % perFrame === perFrame - 1, payloadBytes: video ? 1000 : 80 },
      atNs: Math.round(sentNs + random() * 15e6 + (index % perFrame) * 1e5),
    };
  }).sort((a, b) => a.atNs - b.atNs);
}

/** Sums in another order differ in their last digits. */
function rounded(measurement: unknown): unknown {
  return JSON.parse(
    JSON.stringify(measurement, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(10)) : value)),
  );
}

describe('a stream of unknown clock rate that is asked for while it runs', () => {
  for (const kind of ['opus', 'dtx', 'video', 'two-types'] as const) {
    it(`comes to the same in the end: ${kind}`, () => {
      const packets = jittered(kind);
      const unasked = measured(packets);
      expect(unasked.clockRate).toBe(kind === 'video' ? 90_000 : 48_000);
      expect(unasked.jitterMs).not.toBeNull();
      for (const asks of [[10], [63], [65, 70], [300, 4000], [4095, 4096, 4097, 8000]]) {
        const feed = new RtpFeed();
        for (const [index, packet] of packets.entries()) {
          feed.send(packet);
          if (asks.includes(index)) feed.measure();
        }
        expect(rounded(feed.measure())).toEqual(rounded(unasked));
      }
    });
  }
});
