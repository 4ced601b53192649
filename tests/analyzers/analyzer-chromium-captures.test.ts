import { describe, expect, it } from 'vitest';
import type { StreamAnalysis } from '../../analyzers/index.ts';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';
import { analysisOf, bySsrc, readJson } from './analysis-of.ts';

interface Inbound {
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  readonly rtxSsrc?: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly retransmittedPacketsReceived?: number;
  readonly framesReceived?: number;
  /** In seconds, of whole milliseconds. */
  readonly jitter: number;
}

const CALLS = ['direct-vp8', 'loss-vp8', 'turn-udp-vp9'] as const;

async function call(name: (typeof CALLS)[number]) {
  const path = sharedCapture(`generated__chrome156/chrome156-${name}.pcap`) as string;
  const analysis = await analysisOf(path);
  const truth = readJson(path.replace('.pcap', '.truth.json'));
  /** As it came to the receiver: the last place at which the capture saw it. */
  const received = (ssrc: number) => bySsrc(analysis, ssrc).at(-1) as StreamAnalysis;
  return { analysis, truth, inbound: truth.inbound as Inbound[], received };
}

describe.skipIf(missingCaptures !== '')(`calls of a browser that counted for itself${missingCaptures}`, () => {
  describe.each(CALLS)('%s', (name) => {
    it('lost per SSRC what the receiver and the relay say', async () => {
      const { inbound, received, truth } = await call(name);
      const dropped: Record<string, number[]> = truth.relay.dropRtp;
      for (const { ssrc, rtxSsrc, packetsLost, packetsReceived, retransmittedPacketsReceived = 0 } of inbound) {
        const stream = received(ssrc);
        expect(stream).toMatchObject({ lost: packetsLost, duplicates: 0, copies: 0, restarts: 0 });
        expect(stream.lost).toBe(dropped[ssrc]?.length ?? 0);
        expect(stream.series.lost.reduce((sum, lost) => sum + lost)).toBe(packetsLost);
        // The browser counts what RTX brought to the packets of the video.
        expect(stream.packets).toBe(packetsReceived - retransmittedPacketsReceived);
        if (rtxSsrc === undefined) continue;
        const rtx = received(rtxSsrc);
        expect(rtx).toMatchObject({ packets: retransmittedPacketsReceived, lost: dropped[rtxSsrc]?.length ?? 0 });
      }
    });

    it('knows audio and video by their packets, and ties RTX to its video', async () => {
      const { analysis, inbound } = await call(name);
      const known = new Set<number>();
      for (const { kind, ssrc, rtxSsrc } of inbound) {
        const clockRate = kind === 'audio' ? 48_000 : 90_000;
        for (const stream of bySsrc(analysis, ssrc)) {
          expect(stream).toMatchObject({ kind, clockRate, clockRateSource: 'inferred', encrypted: true });
          expect(stream.clockRateConfidence).toBeGreaterThan(0.9);
        }
        for (const stream of rtxSsrc === undefined ? [] : bySsrc(analysis, rtxSsrc)) {
          expect(stream).toMatchObject({ kind: 'rtx', repairsSsrc: ssrc, repairsSource: 'packets', jitterMs: null });
        }
        known.add(ssrc).add(rtxSsrc ?? ssrc);
      }
      expect(new Set(analysis.streams.map(({ ssrc }) => ssrc))).toEqual(known);
      expect(analysis.traffic.rejectedSources).toBe(0);
    });

    it('has the jitter that the receiver measured, second by second', async () => {
      const { inbound, received, truth } = await call(name);
      for (const { ssrc } of inbound) {
        const { jitterMs, series } = received(ssrc);
        const counted: { ssrc: number; jitter: number }[] = truth.inbound_series;
        const theirs = counted.filter((sample) => sample.ssrc === ssrc).map(({ jitter }) => jitter * 1000);
        const mean = theirs.reduce((sum, jitter) => sum + jitter, 0) / theirs.length;
        // Chromium drops the fraction of a millisecond, and takes one packet of each video frame.
        expect(Math.abs(jitterMs!.mean - (mean + 0.5))).toBeLessThan(1);
        for (const [second, jitter] of series.maxJitterMs.slice(0, theirs.length).entries()) {
          expect(jitter).toBeGreaterThan(theirs[second] - 1);
        }
      }
    });

    it('has the frames that the receiver counted', async () => {
      const { inbound, received } = await call(name);
      for (const { ssrc, framesReceived } of inbound.filter(({ kind }) => kind === 'video')) {
        const { video } = received(ssrc);
        // Of a frame that was lost altogether, RTX brings what the capture of the video's own packets does not have.
        expect(Math.abs(video!.frames - framesReceived!)).toBeLessThanOrEqual(video!.damagedFrames + 1);
      }
    });
  });

  it('sees both sides of the relay, whole before it', async () => {
    const { analysis, inbound } = await call('loss-vp8');
    for (const { ssrc } of inbound) expect(bySsrc(analysis, ssrc).map(({ lost }) => lost === 0)).toEqual([true, false]);
  });

  it('follows a stream to the TURN server, from its relayed address, and on to the peer', async () => {
    const { analysis, inbound } = await call('turn-udp-vp9');
    for (const { ssrc } of inbound) {
      expect(bySsrc(analysis, ssrc).map(({ transport }) => transport)).toEqual(['turn-udp', 'udp', 'turn-udp']);
    }
  });
});
