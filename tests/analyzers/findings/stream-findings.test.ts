import { describe, expect, it } from 'vitest';
import type { StreamAnalysis } from '../../../analyzers/analysis.ts';
import { clockOf, finding, nameOf, ordered, plural, round } from '../../../analyzers/findings/finding.ts';
import { streamFindings } from '../../../analyzers/findings/stream-findings.ts';
import { measured, type SentPacket, steady } from '../rtp/rtp-feed.ts';

const FROM_ELSEWHERE = {
  cname: null,
  mos: null,
  mosBasis: null,
  reported: null,
  lossSide: null,
  session: null,
  encrypted: null,
};

function streamOf(packets: Iterable<SentPacket>, more: Partial<StreamAnalysis> = {}): StreamAnalysis {
  const { sequence: _, flow: __, encryptedBySdp: ___, ...figures } = measured(packets);
  return { ...figures, ...FROM_ELSEWHERE, ...more };
}

const without = (count: number, ...lost: number[]) =>
  steady(count, 0).filter(({ sequence }) => !lost.includes(sequence));
const told = (packets: Iterable<SentPacket>, more: Partial<StreamAnalysis> = {}) =>
  streamFindings(streamOf(packets, more)).map(({ severity, code, text }) => `${severity} ${code}: ${text}`);

const TO = 'audio to 198.51.100.1:5004';

describe('findings of a stream', () => {
  it('are none where all is well', () => {
    expect(told(steady(500))).toEqual([]);
  });

  it('tell loss, when and how', () => {
    expect(told(without(500, 100, 200, 300))).toEqual([`info loss: ${TO} lost 0.6 %, spread out`]);
    expect(told(without(500, 99, 100, 101, 102, 300, 400, 401))).toEqual([
      `warning loss-bursts: ${TO} lost 1.4 % in 2 bursts, the worst at 00:00:01 (4 packets of 4)`,
    ]);
    const half = without(500, ...Array.from({ length: 250 }, (_, index) => index * 2 + 1));
    // The last one is lost without a successor to tell of it.
    expect(told(half)[0]).toBe(`error loss-bursts: ${TO} lost 50 % in 1 burst at 00:00:00 (249 packets of 497)`);
  });

  it('hold back about few packets', () => {
    expect(told(without(40, 20, 21))).toEqual([
      `info loss-bursts: ${TO} lost 5 % (2 of 40) in 1 burst at 00:00:00 (2 packets of 2)`,
    ]);
  });

  it('lay loss at the capture’s door where it belongs', () => {
    const [first] = told(without(500, 100, 101), { suspectedCaptureLoss: 0.5 });
    expect(first).toMatch(/^warning capture-loss-suspected: .* 0\.4 % .*lost by the capture, not by the network$/);
    expect(told(without(500, 100, 101), { suspectedCaptureLoss: 0.49 })[0]).toMatch(/^info loss-bursts/);
  });

  it('tell a queue, which hardly shows as jitter, but no pause', () => {
    const delayVariationMs = { mean: 200, max: 900, p50: 100, p95: 300, p99: 800 };
    const codes = (p95: number, gapMs: number, more: Partial<StreamAnalysis> = {}) =>
      told(steady(100), {
        delayVariationMs: { ...delayVariationMs, p95 },
        deltaMs: { min: 1, mean: 20, max: gapMs },
        durationSeconds: 60,
        ...more,
      });
    expect(codes(299, 40)).toEqual([]);
    expect(codes(300, 40)).toEqual([
      `warning queueing: ${TO} queued up on its way: 5 % of its packets came 0.3 s or more behind the quickest, half of them 0.1 s`,
    ]);
    expect(codes(5600, 40)[0]).toMatch(/^error queueing: .* came 5\.6 s or more/);
    expect(codes(600, 500)).toEqual([]);
    expect(codes(5600, 40, { durationSeconds: 5 })).toEqual([]);
    expect(codes(600, 40, { kind: 'rtx' })).toEqual([]);
  });

  it('tell jitter above 30 and 50 ms, by its 95th percentile', () => {
    const jitterMs = { mean: 20, max: 80, p95: 29.9 };
    const codes = (p95: number) =>
      streamFindings(streamOf(steady(100), { jitterMs: { ...jitterMs, p95 } })).map(({ severity }) => severity);
    expect([codes(29.9), codes(30), codes(50)]).toEqual([[], ['warning'], ['error']]);
    expect(streamFindings(streamOf(steady(100), { jitterMs: { ...jitterMs, p95: 60 }, kind: 'rtx' }))).toEqual([]);
  });

  it('tell order, duplicates, copies and restarts', () => {
    const packets = steady(100, 0);
    const late = [...packets.slice(0, 50), packets[52], packets[50], packets[51], ...packets.slice(53)];
    expect(told(late.map((packet, index) => ({ ...packet, atNs: index * 20e6 })))).toEqual([
      `warning reordering: ${TO} came out of order: 2 % of its packets late, up to 2 places`,
    ]);
    const twice = packets.flatMap((packet, index) => (index % 20 === 0 ? [packet, packet] : [packet]));
    expect(told(twice)).toEqual([`warning duplicates: ${TO} holds 5 duplicates (5 %)`]);
    const copied = packets.flatMap((packet) => [packet, { ...packet, point: 2 }]);
    expect(told(copied)).toEqual([
      `info captured-twice: ${TO} was captured at several points: 100 copies seen again are counted once`,
    ]);
    expect(told([...packets, ...steady(100, 30_000, 2e9)])).toEqual([
      `info sequence-restart: ${TO} began its sequence numbers anew 1 time`,
    ]);
  });

  it('tell a sender’s clock that is off, where the rate is known', () => {
    const off = { clockSkewPpm: -250 };
    expect(told(steady(100), off)).toEqual([`info clock-skew: ${TO}: the sender's clock runs 250 ppm slow`]);
    expect(told(steady(100), { ...off, clockRateSource: 'inferred' })).toEqual([]);
  });

  it('tell an interruption, not a silence', () => {
    const cut = [...steady(100, 0), ...steady(100, 100, 4e9)];
    expect(told(cut.map((packet) => ({ ...packet, timestamp: packet.sequence * 160 })))).toContain(
      `warning interruption: ${TO} was interrupted for 2 s`,
    );
    const silent = cut.map((packet) => ({ ...packet, timestamp: packet.atNs / 125_000 }));
    expect(told(silent)).toEqual([]);
  });

  it('tell freezes and low quality', () => {
    const video = {
      ...{ frames: 100, frameRate: 30, packetsPerFrame: 1, damagedFrames: 0, keyFrames: null },
      ...{ frameBytes: { mean: 1, p95: 1, max: 1 }, freezes: 2, freezeMs: 900, longestFreezeMs: 500 },
    };
    expect(told(steady(500), { video })).toEqual([
      `error video-freeze: ${TO} stood still 2 times, 0.9 s in all, the longest 0.5 s`,
    ]);
    expect(told(steady(2500), { video })[0]).toMatch(/^warning video-freeze/);
    expect(told(steady(100), { mos: 3.4 })[0]).toMatch(/^warning low-mos: .* 3\.4 of 5/);
    expect(told(steady(100), { mos: 3 })[0]).toMatch(/^error low-mos/);
    expect(told(steady(100), { mos: 3.6 })).toEqual([]);
  });
});

describe('words', () => {
  it('round to what a reader takes in', () => {
    expect([0, 0.0421, 0.6, 2.84, 12.34, 123.4, 4999.6, -2.84].map(round)).toEqual([
      ...['0', '0.042', '0.6', '2.8', '12', '123', '5000', '-2.8'],
    ]);
    expect([plural(1, 'burst'), plural(0, 'burst'), plural(1_234_567, 'copy', 'copies')]).toEqual([
      ...['1 burst', '0 bursts', '1,234,567 copies'],
    ]);
    expect(clockOf('2026-01-01T12:03:14.123456Z')).toBe('12:03:14');
  });

  it('name a stream as a person would', () => {
    const base = { codec: null, destination: '192.0.2.1:5004', relayedPeer: null };
    expect(nameOf({ ...base, kind: 'unknown' })).toBe('RTP to 192.0.2.1:5004');
    expect(nameOf({ ...base, kind: 'rtx' })).toBe('retransmissions to 192.0.2.1:5004');
    expect(nameOf({ ...base, kind: 'fec', relayedPeer: '10.0.0.1:9' })).toBe(
      'FEC to 192.0.2.1:5004 (relayed, peer 10.0.0.1:9)',
    );
  });

  it('put the most severe first, and the many of one kind in one sentence', () => {
    const many = Array.from({ length: 20 }, (_, index) =>
      finding('warning', 'loss', `loss ${index}`, [{ id: `s${index}` }]),
    );
    const all = ordered([finding('info', 'note', 'a note'), ...many, finding('error', 'bad', 'the worst')]);
    expect(all.map(({ code }) => code)).toEqual(['bad', ...new Array(9).fill('loss'), 'note']);
    expect(all[8].text).toBe('loss 7');
    expect(all[9].text).toBe('12 further streams with the same finding (loss)');
    expect(all[9].streams).toHaveLength(12);
  });
});
