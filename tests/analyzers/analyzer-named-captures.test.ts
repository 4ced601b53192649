import { describe, expect, it } from 'vitest';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';
import { analysisOf } from './analysis-of.ts';

const SCENARIOS = 'BelledonneCommunications__mediastreamer2/tester/scenarios';
/** The captures of one sender begin with this number; it had begun with 0. */
const FIRST_NUMBER = 96;

async function onlyStreamOf(name: string) {
  const { streams, findings } = await analysisOf(sharedCapture(`${SCENARIOS}/${name}`) as string);
  expect(streams).toHaveLength(1);
  return { stream: streams[0], codes: findings.map(({ code }) => code) };
}

describe.skipIf(missingCaptures !== '')(`captures whose names say what is in them${missingCaptures}`, () => {
  /*
   * The late packets of these names are those that a jitter buffer threw away: in order of their numbers, and so not late as RFC 4737
   * has it, but up to a second behind.
   */
  it.each([
    ['rtp-60late-500total.pcapng', 500, 0],
    ['rtp-120late-1000total.pcapng', 1000, 0],
    ['rtp-240late-2000total.pcapng', 2000, 2],
  ])('%s', async (name, sent, lost) => {
    const { stream, codes } = await onlyStreamOf(name);
    const expected = sent - FIRST_NUMBER;
    expect(stream).toMatchObject({
      expected,
      lost,
      packets: expected - lost,
      late: 0,
      duplicates: 0,
      clockRate: 48_000,
    });
    expect(stream.delayVariationMs?.max).toBeGreaterThan(900);
    expect(codes).toEqual(expect.arrayContaining(['high-jitter', 'queueing']));
  });

  it('pcmu_8k_no_jitter.pcap', async () => {
    const { stream, codes } = await onlyStreamOf('pcmu_8k_no_jitter.pcap');
    expect(stream).toMatchObject({ codec: 'PCMU', clockRate: 8000, lost: 0, late: 0 });
    expect(stream.jitterMs?.mean).toBeLessThan(1);
    expect(codes).not.toContain('high-jitter');
  });

  it.each(['audio-80-75-0c60.pcapng', 'audio-80-75-0f35c95f120.pcapng'])(
    'congestion/%s: a link of 80 kbit/s',
    async (name) => {
      const { stream, codes } = await onlyStreamOf(`congestion/${name}`);
      expect(stream.bitrateBps.mean).toBeLessThan(80_000);
      expect(stream.delayVariationMs?.p95).toBeGreaterThan(3000);
      expect(codes).toContain('queueing');
    },
  );

  it.each(['poor_jitter_quality_22.pcapng', 'poor_jitter_quality_22_filter.pcapng'])('%s', async (name) => {
    const { stream, codes } = await onlyStreamOf(name);
    expect(stream.jitterMs?.p95).toBeGreaterThan(100);
    expect(codes).toContain('high-jitter');
  });
});
