import { describe, expect, it } from 'vitest';
import { speaksForOpus } from '../../../analyzers/rtp/opus-inference.ts';
import type { StreamMeasurement } from '../../../analyzers/rtp/stream-report.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { analysisOf } from '../analysis-of.ts';
import { measured, type SentPacket } from './rtp-feed.ts';

/** Packets of 20 ms on a clock, from a dynamic payload type. */
function audio(clockRate: number, payloadBytes = 120): StreamMeasurement {
  const packets: SentPacket[] = Array.from({ length: 400 }, (_, index) => ({
    ...{ sequence: index, timestamp: (index * clockRate) / 50, payloadType: 111, payloadBytes },
    atNs: index * 20e6 + ((index * 7) % 5) * 1e5,
  }));
  return measured(packets);
}

describe('Opus without SDP', () => {
  const opus = audio(48_000);

  it('is spoken for by a clock of 48 kHz, its packet times and rates, beside ICE or DTLS', () => {
    expect(opus).toMatchObject({ kind: 'audio', clockRate: 48_000, codec: null });
    expect(speaksForOpus(opus, true)).toBe(true);
    expect(speaksForOpus(opus, false)).toBe(false);
  });

  it.each([
    ['another clock', audio(8000)],
    ['linear PCM at 48 kHz', audio(48_000, 1900)],
    ['a codec that is known', { ...opus, codec: 'L16' }],
    ['a clock of which the packets leave doubt', { ...opus, clockRateConfidence: 0.7 }],
    ['a clock by SDP that names no codec of this type', { ...opus, clockRateSource: 'sdp' as const }],
    ['few packets', { ...opus, packets: 20 }],
    ['a static payload type', { ...opus, payloadTypes: [10] }],
    ['a packet time that no Opus packet has', { ...opus, audio: { ...opus.audio!, packetTimeMs: 30.5 } }],
  ])('is not taken for granted with %s', (_, stream) => {
    expect(speaksForOpus(stream, true)).toBe(false);
  });

  it.skipIf(missingCaptures !== '')(`is what a browser sent, and is rated as assumed${missingCaptures}`, async () => {
    const { streams } = await analysisOf(sharedCapture('generated__chrome156/chrome156-loss-vp8.pcap') as string);
    const audios = streams.filter(({ kind }) => kind === 'audio');
    expect(audios).toHaveLength(2);
    for (const stream of audios) {
      expect(stream).toMatchObject({ codec: 'opus', codecSource: 'inferred', mosBasis: 'assumed' });
      expect(stream.mos).toBeGreaterThan(3.5);
      expect(stream.mos).toBeLessThan(4.42);
    }
    // Of the two sides of the relay, the one behind it lost packets.
    const [whole, lossy] = [...audios].sort((a, b) => a.lost - b.lost);
    expect(lossy.mos).toBeLessThan(whole.mos as number);
  });
});
