import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analysisOf } from '../analyzers/analysis-of.ts';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';
import { readTsharkStreams } from './tshark-streams.ts';

const NDPI = 'ntop__nDPI/tests/cfgs/default/pcap';

/** Captures that hold no RTP: their names say so, or the "streams" of one packet that tshark lists in them. */
const WITHOUT_RTP = [
  'fuzz-2020-02-16-11740.pcap',
  'fuzz-2021-06-07-c6c72a0a56.pcap',
  'genshin-impact.pcap',
  'gtp_false_positive.pcapng',
  'imo.pcap',
  'ipv6_in_gtp.pcap',
  'linecall_falsepositve.pcap',
] as const;

describe.skipIf(missingCaptures !== '')(`captures that only look like RTP${missingCaptures}`, () => {
  it.each(WITHOUT_RTP)('%s has no stream', async (name) => {
    const { streams, traffic } = await analysisOf(sharedCapture(`${NDPI}/${name}`) as string);
    expect(streams).toEqual([]);
    expect(traffic.packets).toBeGreaterThan(0);
  });

  it('rejects what tshark lists in them, and tells how many sources that were', async () => {
    const listed = (name: string) =>
      readTsharkStreams(readFileSync(sharedCapture(`${NDPI}/${name}.tshark46.rtp-streams.txt`) as string, 'utf8'));
    expect(WITHOUT_RTP.flatMap(listed).length).toBe(24);
    const { traffic } = await analysisOf(sharedCapture(`${NDPI}/imo.pcap`) as string);
    expect(traffic.rejectedSources).toBeGreaterThanOrEqual(listed('imo.pcap').length);
  });

  it('believes real RTP in a capture of false positives of something else', async () => {
    const { streams } = await analysisOf(sharedCapture(`${NDPI}/false_positives.pcapng`) as string);
    expect(streams.map(({ packets, lost }) => [packets, lost]).sort()).toHaveLength(7);
    for (const { lost } of streams) expect(lost).toBe(0);
  });
});
