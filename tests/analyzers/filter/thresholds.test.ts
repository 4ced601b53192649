import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamAnalysis } from '../../../analyzers/analysis.ts';
import {
  figureOf,
  findCrossings,
  parseThreshold,
  THRESHOLD_PATHS,
  type Threshold,
} from '../../../analyzers/filter/thresholds.ts';

function threshold(text: string): Threshold {
  const parsed = parseThreshold(text);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed;
}

const stream = (id: string, figures: object) =>
  ({ id, mos: null, video: null, jitterMs: null, ...figures }) as StreamAnalysis;
const STREAMS = [
  stream('s1', { lostPercent: 2.5, mos: 3.1, jitterMs: { mean: 3, p95: 40, max: 90 }, duplicates: 0 }),
  stream('s2', { lostPercent: 1, video: { freezes: 2 }, duplicates: 3 }),
  stream('s3', { lostPercent: 0, mos: 4.4, clockSkewPpm: -30, duplicates: 0 }),
];
const crossing = (text: string) =>
  findCrossings([threshold(text)], STREAMS).map(({ stream: id, value }) => `${id}=${value}`);

describe('thresholds', () => {
  it.each([
    ['lostPercent>1', ['s1=2.5']],
    ['lostPercent >= 1', ['s1=2.5', 's2=1']],
    ['lossPercent>1', ['s1=2.5']],
    ['mos<3.5', ['s1=3.1']],
    ['jitterMs.p95>39.9', ['s1=40']],
    ['jitterMs>2', ['s1=3']],
    ['video.freezes>0', ['s2=2']],
    ['clockSkewPpm<-2e1', ['s3=-30']],
    ['duplicates!=0', ['s2=3']],
    ['duplicates==0', ['s1=0', 's3=0']],
    ['mos<=0', []],
  ])('%s', (text, expected) => {
    expect(crossing(text)).toEqual(expected);
  });

  it('keeps several apart', () => {
    const found = findCrossings([threshold('mos<3.5'), threshold(' duplicates > 2 ')], STREAMS);
    expect(found.map(({ threshold: { text }, stream: id }) => [text, id])).toEqual([
      ['mos<3.5', 's1'],
      ['duplicates > 2', 's2'],
    ]);
  });

  it.each([
    ['', 0, 'is expected'],
    ['>1', 0, 'is expected'],
    ['lostPrecent>1', 0, 'did you mean lostPercent'],
    [' jiter>1', 1, 'jitterMs.mean'],
    ['p95>1', 0, 'did you mean'],
    ['ssrc>1', 0, 'unknown figure'],
    ['__proto__>1', 0, 'is expected'],
    ['constructor>1', 0, 'unknown figure'],
    ['mos', 3, 'must be followed by'],
    ['mos = 3', 4, 'must be followed by'],
    ['mos < bad', 6, '"bad" is no number'],
    ['mos<', 4, 'is no number'],
    ['lost>1%', 5, 'is no number'],
  ])('explains what is wrong with %j', (text, position, hint) => {
    expect(parseThreshold(text)).toMatchObject({ position, error: expect.stringContaining(hint) });
  });

  it('reads every figure by its name', () => {
    for (const path of THRESHOLD_PATHS) expect(threshold(`${path}>0`).path).toBe(path);
  });

  it('finds nothing where nothing is known', () => {
    const empty = stream('s4', { lostPercent: Number.NaN, bursts: null });
    expect(THRESHOLD_PATHS.map((path) => figureOf(empty, path)).filter((value) => value !== null)).toEqual([]);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (name, number) => void parseThreshold(`${name}>${number}`)));
  });
});
