import { describe, expect, it } from 'vitest';
import { measured, type SentPacket } from './rtp-feed.ts';

const FRAME_NS = 100e6 / 3;
/** H.261, a video type of the static table: 90 kHz. */
const H261 = 31;

interface FramePlan {
  readonly packets?: number;
  /** Packets that do not come, by their place in the frame. */
  readonly lost?: readonly number[];
}

/** Frames at 30 a second, their packets 1 ms apart. */
function video(frames: readonly FramePlan[], first = 65_500): SentPacket[] {
  const sent: SentPacket[] = [];
  let sequence = first;
  for (const [index, { packets = 2, lost = [] }] of frames.entries()) {
    for (let part = 0; part < packets; part++, sequence++) {
      if (lost.includes(part)) continue;
      sent.push({
        ...{ sequence, timestamp: index * 3000, marker: part === packets - 1, payloadType: H261, payloadBytes: 988 },
        atNs: Math.round(index * FRAME_NS) + part * 1e6,
      });
    }
  }
  return sent;
}

const plan = (count: number, more: Readonly<Record<number, FramePlan>> = {}) =>
  Array.from({ length: count }, (_, index) => more[index] ?? {});

describe('video frames', () => {
  it('are counted by timestamp, with their sizes and rate', () => {
    const { video: found, kind } = measured(video(plan(90, { 40: { packets: 20 } })));
    expect(kind).toBe('video');
    expect(found).toMatchObject({ frames: 90, damagedFrames: 0, freezes: 0, packetsPerFrame: (89 * 2 + 20) / 90 });
    expect(found!.frameBytes.max).toBe(20_000);
    expect(found!.frameBytes.mean).toBeCloseTo((89 * 2000 + 20_000) / 90, 9);
    expect(Math.abs(found!.frameBytes.p95 / 2000 - 1)).toBeLessThan(0.008);
    expect(found!.frameRate).toBeCloseTo(30, 6);
  });

  it('are damaged where a packet of theirs never came: at the end, in the middle, at the start', () => {
    const end = measured(video(plan(30, { 10: { packets: 3, lost: [2] } })));
    const middle = measured(video(plan(30, { 10: { packets: 3, lost: [1] } })));
    const start = measured(video(plan(30, { 10: { packets: 3, lost: [0] } })));
    for (const { video: found } of [end, middle, start]) expect(found).toMatchObject({ frames: 30, damagedFrames: 1 });
  });

  it('freeze as webrtc-stats says: above three mean gaps and above the mean plus 150 ms', () => {
    // The mean gap is 33.3 ms: 183.3 ms is the limit.
    const paused = (pauseMs: number) =>
      measured(
        video(plan(60)).map((packet, index) =>
          index < 80 ? packet : { ...packet, atNs: packet.atNs + pauseMs * 1e6 },
        ),
      ).video!;
    expect(paused(149)).toMatchObject({ freezes: 0, freezeMs: 0, longestFreezeMs: 0 });
    const frozen = paused(151);
    expect(frozen.freezes).toBe(1);
    expect(frozen.freezeMs).toBeCloseTo(151 + FRAME_NS / 1e6, 3);
    expect(frozen.longestFreezeMs).toBe(frozen.freezeMs);
  });

  it('freeze by three mean gaps where frames are far apart', () => {
    // 5 frames a second: three gaps are 600 ms, more than 200 + 150.
    const slow = (pauseMs: number) =>
      measured(
        Array.from({ length: 60 }, (_, index) => ({
          ...{ sequence: index, timestamp: index * 18_000, marker: true, payloadType: H261 },
          atNs: index * 200e6 + (index >= 40 ? pauseMs * 1e6 : 0),
        })),
      ).video!;
    expect(slow(399)).toMatchObject({ freezes: 0 });
    expect(slow(401)).toMatchObject({ freezes: 1, freezeMs: 601 });
  });

  it('take the mean over the last 30 gaps only', () => {
    // Two frames a second at first, then 30: after 31 of these the old ones are forgotten.
    const times = [0, 500, 1000, 1500, 2000];
    for (let index = 1; index <= 31; index++) times.push(2000 + (index * 100) / 3);
    times.push(times[times.length - 1] + 190);
    const found = measured(
      times
        .map((atMs, index) => ({
          ...{ sequence: index, timestamp: Math.round(atMs * 90), marker: true, payloadType: H261 },
          atNs: Math.round(atMs * 1e6),
        }))
        .concat({ sequence: times.length, timestamp: 10_000_000, marker: true, payloadType: H261, atNs: 4e9 }),
    ).video!;
    expect(found.freezes).toBe(1);
    expect(found.freezeMs).toBeCloseTo(190, 3);
  });

  it('are not disturbed by late packets', () => {
    const packets = video(plan(30));
    const [swapped] = packets.splice(20, 1);
    packets.splice(24, 0, { ...swapped, atNs: packets[23].atNs });
    expect(measured(packets)).toMatchObject({ late: 1, lost: 0, video: { frames: 30, freezes: 0 } });
  });
});
