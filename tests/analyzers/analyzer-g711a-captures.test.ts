import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';
import { analysisOf } from './analysis-of.ts';

const folder = sharedCapture('derived__g711a');
const files = folder === null ? [] : readdirSync(folder).filter((name) => !/\.(txt|md|json)$/.test(name));

const WHOLE = { packets: 236, meanMs: 0.35, maxMs: 0.829 };

/**
 * Files whose name says why they differ. Their figures: those of `tshark -z rtp,streams` where packets are missing at the
 * end. Times rounded to milliseconds are RFC 3550 A.8 worked out on just those times.
 */
const OTHERWISE = new Map<string, { packets: number; meanMs: number | null; maxMs: number | null }>([
  ['eth-cut-mid-record-header.pcap', { ...WHOLE, packets: 235 }],
  ['eth-cut-mid-record.pcap', { ...WHOLE, packets: 235 }],
  ['ng-cut-mid-block.pcapng', { ...WHOLE, packets: 235 }],
  ['eth-le-us-cut.pcap.gz', { packets: 128, meanMs: 0.276, maxMs: 0.798 }],
  ['ng-tsresol-ms3.pcapng', { packets: 236, meanMs: 0.291, maxMs: 0.814 }],
]);

describe.skipIf(folder === null)(`one call in many wrappings${missingCaptures}`, () => {
  it('is there', () => {
    expect(files.length).toBeGreaterThan(45);
  });

  for (const name of files) {
    // 48 bytes are the headers and half of RTP's; of times there are none in Simple Packet Blocks.
    if (name === 'eth-snaplen48.pcap' || name === 'ng-spb.pcapng') continue;
    it(name, async () => {
      const { packets, meanMs, maxMs } = OTHERWISE.get(name) ?? WHOLE;
      const { streams, traffic } = await analysisOf(`${folder}/${name}`);
      expect(streams).toHaveLength(1);
      expect(streams[0]).toMatchObject({
        ...{ packets, expected: packets, lost: 0, duplicates: 0, copies: 0, late: 0, restarts: 0 },
        ...{ ssrc: 0xdee0ee8f, codec: 'PCMA', clockRate: 8000, clockRateSource: 'static', kind: 'audio' },
        bytes: packets * 252,
      });
      expect(Math.abs(streams[0].jitterMs!.mean - meanMs!)).toBeLessThan(0.001);
      expect(Math.abs(streams[0].jitterMs!.max - maxMs!)).toBeLessThan(0.001);
      expect(traffic.rejectedSources).toBe(0);
    });
  }

  it('eth-snaplen48.pcap: not enough of RTP is left to tell it, and so it is not told', async () => {
    const { streams, traffic, findings } = await analysisOf(`${folder}/eth-snaplen48.pcap`);
    expect(streams).toEqual([]);
    expect(traffic.protocols).toMatchObject({ rtp: 0, other: 236 });
    expect(findings.map(({ code }) => code)).toContain('no-media');
  });

  it('ng-spb.pcapng: blocks without a time say nothing of jitter', async () => {
    const { streams, captures } = await analysisOf(`${folder}/ng-spb.pcapng`);
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({
      ...{ packets: 236, lost: 0, codec: 'PCMA', clockRate: 8000 },
      ...{ jitterMs: null, delayVariationMs: null, deltaMs: null, startTime: null, durationSeconds: null, mos: null },
      ...{ packetRate: null, bitrateBps: { mean: null, max: null, p95: null } },
    });
    expect(captures[0].problems).toEqual([{ code: 'no-time', count: 236 }]);
  });
});
