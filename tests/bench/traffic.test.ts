import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Traffic, type TrafficPlan } from '../../bench/traffic.ts';

const AUDIO: TrafficPlan = { packets: 50_000, streams: 10, otherFlows: 0, payloadBytes: 200, seed: 7 };

function made(plan: TrafficPlan) {
  const traffic = new Traffic(plan);
  const bytes = Buffer.concat(Array.from(traffic.chunks(), (chunk) => Buffer.from(chunk)));
  return { bytes, truth: traffic.truth };
}

/** Reads the frames back the slow and plain way. */
function* frames(bytes: Buffer) {
  for (let at = 24; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    yield {
      timeUs: bytes.readUInt32LE(at) * 1e6 + bytes.readUInt32LE(at + 4),
      frame: bytes.subarray(at + 16, at + 16 + length),
    };
    at += 16 + length;
  }
}

describe('made-up traffic', () => {
  it('is the same for the same plan, and another for another seed', () => {
    const digest = (plan: TrafficPlan) => createHash('sha256').update(made(plan).bytes).digest('hex');
    expect(digest(AUDIO)).toBe(digest(AUDIO));
    expect(digest({ ...AUDIO, seed: 8 })).not.toBe(digest(AUDIO));
  });

  it.each([200, 1100])('tells the truth about its streams (%i bytes of payload)', (payloadBytes) => {
    const { bytes, truth } = made({ ...AUDIO, payloadBytes });
    const seen = new Map<number, { numbers: Set<number>; highest: number; late: number }>();
    let last = 0;
    for (const { timeUs, frame } of frames(bytes)) {
      expect(timeUs).toBeGreaterThanOrEqual(last);
      last = timeUs;
      const number = frame.readUInt16BE(44);
      const ssrc = frame.readUInt32BE(50);
      const stream = seen.get(ssrc) ?? { numbers: new Set(), highest: number - 1, late: 0 };
      seen.set(ssrc, stream);
      const ahead = ((number - stream.highest + 0x8000) & 0xffff) - 0x8000;
      stream.numbers.add(stream.highest + ahead);
      if (ahead < 0) stream.late++;
      else stream.highest += ahead;
    }
    const found = [...seen].map(([ssrc, { numbers, late }]) => {
      const expected = Math.max(...numbers) - Math.min(...numbers) + 1;
      return { ssrc, packets: numbers.size, lost: expected - numbers.size, late };
    });
    const bySsrc = (a: { ssrc: number }, b: { ssrc: number }) => a.ssrc - b.ssrc;
    expect(found.sort(bySsrc)).toEqual([...truth].sort(bySsrc));
    expect(found.reduce((sum, stream) => sum + stream.lost, 0)).toBeGreaterThan(0);
  });

  it('puts every fifth packet on the other flows', () => {
    const { bytes } = made({ ...AUDIO, otherFlows: 1000 });
    const flows = new Set<string>();
    let other = 0;
    for (const { frame } of frames(bytes)) {
      flows.add(frame.toString('hex', 26, 38));
      if (frame[42] === 0xc0) other++;
    }
    expect(other).toBe(10_000);
    expect(flows.size).toBe(1010);
  });
});
