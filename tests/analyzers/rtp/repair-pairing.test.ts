import { describe, expect, it } from 'vitest';
import { ArrivalSamples } from '../../../analyzers/rtp/arrival-samples.ts';
import { type PairingStream, pairRepairs } from '../../../analyzers/rtp/repair-pairing.ts';
import { seededRandom } from '../../samples/random.ts';

interface Sample {
  readonly timestamp: number;
  readonly atMs: number;
}

function stream(
  row: number,
  payloadType: number,
  sent: readonly Sample[],
  more: Partial<PairingStream> = {},
): PairingStream {
  const samples = new ArrivalSamples(4096);
  let skip = 0;
  for (const { timestamp, atMs } of sent) {
    if (skip > 0) skip--;
    else skip = samples.add(atMs * 1e6, timestamp | 0, payloadType, -1);
  }
  return {
    ...{ row, ssrc: 100 + row, flow: 0, payloadTypes: [payloadType], packets: sent.length, clockRate: 90_000 },
    ...{ startSeconds: 1000, samples },
    ...more,
  };
}

const FIRST = 0xfffff000;
const video = (count: number): Sample[] =>
  Array.from({ length: count }, (_, index) => ({ timestamp: FIRST + index * 3000, atMs: (index * 100) / 3 }));
const repeated = (indices: readonly number[], afterMs = 80): Sample[] =>
  indices.map((index) => ({ timestamp: FIRST + index * 3000, atMs: (index * 100) / 3 + afterMs }));

describe('RTX without SDP (RFC 4588)', () => {
  it('is the stream that repeats timestamps of another, later', () => {
    const pairs = pairRepairs([
      stream(0, 96, video(300)),
      stream(1, 97, repeated([10, 11, 50, 120]), { clockRate: null }),
    ]);
    expect([...pairs]).toEqual([[1, 100]]);
  });

  it('may begin seconds after what it repairs', () => {
    // Its times count from its own first second.
    const rtx = repeated([100, 101, 102]).map(({ timestamp, atMs }) => ({ timestamp, atMs: atMs - 3000 }));
    expect([...pairRepairs([stream(0, 96, video(300)), stream(1, 97, rtx, { startSeconds: 1003 })])]).toEqual([
      [1, 100],
    ]);
    // The same, were it before the video: it repeats nothing.
    expect(pairRepairs([stream(0, 96, video(300)), stream(1, 97, rtx, { startSeconds: 990 })]).size).toBe(0);
  });

  it('may be padding for the most part, with the video’s clock', () => {
    const padding = Array.from({ length: 20 }, (_, index) => ({
      timestamp: FIRST + index * 30_000 + 17,
      atMs: (index * 1000) / 3,
    }));
    const rtx = [...padding, ...repeated([30, 60])].sort((a, b) => a.atMs - b.atMs);
    expect([...pairRepairs([stream(0, 96, video(300)), stream(1, 97, rtx)])]).toEqual([[1, 100]]);
  });

  it('is found where the video is thinned', () => {
    const random = seededRandom(3);
    const indices = Array.from({ length: 200 }, () => Math.floor(random() * 20_000)).sort((a, b) => a - b);
    expect([...pairRepairs([stream(0, 96, video(20_000)), stream(1, 97, repeated(indices))])]).toEqual([[1, 100]]);
  });

  it('is told apart for two videos of one flow', () => {
    const other = video(300).map(({ timestamp, atMs }) => ({ timestamp: timestamp + 1_000_000_007, atMs }));
    const rtx = repeated([5, 80]).map(({ timestamp, atMs }) => ({ timestamp: timestamp + 1_000_000_007, atMs }));
    const pairs = pairRepairs([
      stream(0, 96, video(300)),
      stream(1, 96, other),
      stream(2, 97, rtx),
      stream(3, 97, repeated([7, 9])),
    ]);
    expect([...pairs].sort()).toEqual([
      [2, 101],
      [3, 100],
    ]);
  });

  it('is not claimed of another flow, of the same payload type, of one packet or of unrelated streams', () => {
    const media = stream(0, 96, video(300));
    expect(pairRepairs([media, stream(1, 97, repeated([10, 11]), { flow: 1 })]).size).toBe(0);
    expect(pairRepairs([media, stream(1, 96, repeated([10, 11]))]).size).toBe(0);
    expect(pairRepairs([media, stream(1, 97, repeated([10]))]).size).toBe(0);
    const audio = Array.from({ length: 100 }, (_, index) => ({ timestamp: 77 + index * 960, atMs: index * 20 }));
    expect(pairRepairs([media, stream(1, 111, audio)]).size).toBe(0);
    // Simulcast: the same timestamps at the same time, and as many of them.
    expect(pairRepairs([media, stream(1, 97, video(300))]).size).toBe(0);
  });

  it('is not looked for among too many streams of one flow', () => {
    const many = Array.from({ length: 65 }, (_, row) => stream(row, row, video(row === 0 ? 300 : 10)));
    expect(pairRepairs(many).size).toBe(0);
  });
});
