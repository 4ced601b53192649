import { describe, expect, it } from 'vitest';
import { gradeStreams, judge, orderFindings } from '../../reports/verdict.ts';
import { analysisFixture } from './analysis-fixture.ts';

describe('verdict', () => {
  it('says how many streams suffer, and what limits the judgement', () => {
    const { grade, headline, caveats } = judge(analysisFixture(12));
    expect(grade).toBe('bad');
    expect(headline).toMatch(/^12 streams: 1 bad, 1 impaired, 10 without trouble; 0\.\d\d % of all packets lost/);
    expect(caveats).toEqual([
      "The capture itself dropped 12 packets: part of the loss may not be the network's.",
      'The capture file is cut off; everything before the cut was used.',
    ]);
  });

  it('takes its grades from findings alone', () => {
    const analysis = { ...analysisFixture(4), findings: [] };
    expect(judge(analysis).grade).toBe('good');
    expect(judge(analysis).headline).toMatch(/^All 4 streams show no trouble; /);
  });

  it('an error outweighs a warning on the same stream, and information grades nothing', () => {
    const findings = [
      { severity: 'info', code: 'a', text: 'a', streams: ['s3'] },
      { severity: 'warning', code: 'b', text: 'b', streams: ['s1', 's2'] },
      { severity: 'error', code: 'c', text: 'c', streams: ['s1'] },
      { severity: 'warning', code: 'd', text: 'd', streams: ['s1'] },
    ] as const;
    const grades = gradeStreams({ ...analysisFixture(3), findings });
    expect([...grades].sort()).toEqual([
      ['s1', 'bad'],
      ['s2', 'fair'],
    ]);
    expect(orderFindings(findings).map(({ code }) => code)).toEqual(['c', 'b', 'd', 'a']);
  });

  it('misses the clock rate of media, not of what repairs it', () => {
    const analysis = analysisFixture(3);
    const streams = analysis.streams.map((stream) => ({ ...stream, clockRate: null }));
    const sentence = (kinds: ('audio' | 'rtx' | 'fec')[]) =>
      judge({ ...analysis, streams: streams.map((stream, place) => ({ ...stream, kind: kinds[place] })) }).caveats.at(
        -1,
      );
    expect(sentence(['rtx', 'audio', 'fec'])).toBe('No clock rate is known for 1 stream, hence no jitter.');
    expect(sentence(['rtx', 'rtx', 'fec'])).toMatch(/^The capture file is cut off/);
  });

  it('has words for a capture without media', () => {
    const analysis = analysisFixture(0);
    expect(judge(analysis)).toMatchObject({ grade: null, headline: 'No RTP stream among 200 packets.' });
    const outside = { ...analysis, traffic: { ...analysis.traffic, packets: 0 } };
    expect(judge(outside).headline).toBe('None of 200 packets lies in the time asked for.');
    const captures = analysis.captures.map((capture) => ({ ...capture, packets: 0 }));
    expect(judge({ ...outside, captures }).headline).toBe('The captures hold no packets.');
  });
});
