import { describe, expect, it } from 'vitest';
import { measured, type SentPacket, steady } from './rtp-feed.ts';

describe('throughput', () => {
  it('is what passed in windows of a second that begin with the stream, the last one left out', () => {
    // 50 packets of 172 bytes a second for 2.4 s; then the rate is the mean's alone.
    const { bitrateBps, bitrateWindowBps, bytes, packetRate } = measured(steady(120));
    expect(bytes).toBe(120 * 172);
    expect(bitrateBps.max).toBe(50 * 172 * 8);
    expect(Math.abs(bitrateBps.p95! / (50 * 172 * 8) - 1)).toBeLessThan(0.008);
    expect(bitrateBps.mean).toBeCloseTo((120 * 172 * 8) / (119 * 0.02), 6);
    expect(bitrateWindowBps).toEqual({ max: bitrateBps.max, p95: bitrateBps.p95 });
    expect(packetRate).toBeCloseTo(50, 9);
  });

  it('counts windows without a packet as zero', () => {
    // One second of packets, 19 s of nothing, and one more to end the windows.
    const packets = [...steady(50), ...steady(1, 1050, 20.5e9)];
    const { bitrateBps } = measured(packets);
    expect(bitrateBps).toMatchObject({ max: 50 * 172 * 8, p95: 0 });
  });

  it('is null before a window is complete', () => {
    expect(measured(steady(40)).bitrateBps).toMatchObject({ max: null, p95: null });
    expect(measured(steady(1)).bitrateBps).toEqual({ mean: null, max: null, p95: null });
  });

  it.each([0.2, 5])('is measured over windows of %d s beside those of a second', (windowSeconds) => {
    // 10 packets more at once at 1.5 s, then the second, from 1 s on, holds 60 packets.
    const packets: SentPacket[] = [];
    for (const packet of steady(560)) {
      const { sequence, timestamp, atNs } = packet;
      const burst = sequence >= 1075 ? 10 : 0;
      packets.push({ sequence: sequence + burst, timestamp, atNs });
      if (sequence !== 1074) continue;
      for (let extra = 1; extra <= 10; extra++) packets.push({ sequence: 1074 + extra, timestamp, atNs });
    }
    const { bitrateBps, bitrateWindowBps, series } = measured(packets, windowSeconds);
    expect(bitrateBps.max).toBe(60 * 172 * 8);
    expect(bitrateWindowBps.max).toBe(((windowSeconds * 50 + 10) * 172 * 8) / windowSeconds);
    expect(series.windowSeconds).toBe(windowSeconds);
    expect(series.bytes.reduce((sum, bytes) => sum + bytes)).toBe(570 * 172);
    expect(series.packets[0]).toBe(windowSeconds * 50 + (windowSeconds === 5 ? 10 : 0));
  });
});
