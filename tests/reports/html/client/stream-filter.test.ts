import { describe, expect, it } from 'vitest';
import { STREAM_COLUMNS, sortStreams } from '../../../../reports/html/client/stream-columns.ts';
import { streamFilter } from '../../../../reports/html/client/stream-filter.ts';
import { reportData } from '../../../../reports/html/report-data.ts';
import { analysisFixture } from '../../analysis-fixture.ts';

const { streams } = reportData(analysisFixture(12), {});
const idsOf = (text: string) => streams.filter(streamFilter(text)).map(({ id }) => id);
const columnOf = (name: string) => STREAM_COLUMNS.find((column) => column.name === name)!;

describe('filter of the table', () => {
  it.each([
    ['', streams.map(({ id }) => id)],
    ['video', streams.filter(({ kind }) => kind === 'video').map(({ id }) => id)],
    ['AUDIO 10.0.0.7:5006', ['s2']],
    ['0xdeadbeef', ['s1']],
    [String(0xdeadbeef), ['s1']],
    ['impaired', ['s2']],
    ['192.0.2.44', ['s5', 's10']],
    ['nothing-of-the-kind', []],
  ])('%j finds what has all its words', (text, ids) => {
    expect(idsOf(text)).toEqual(ids);
  });

  it('compares figures; what is unknown is neither more nor less', () => {
    const limit = streams[3].lostPercent;
    expect(idsOf(`loss>${limit}`)).toEqual(streams.filter((stream) => stream.lostPercent > limit).map(({ id }) => id));
    expect(idsOf('mos<6')).toEqual(streams.filter(({ mos }) => mos !== null).map(({ id }) => id));
    expect(idsOf('jitter>0')).not.toContain('s3');
    expect(idsOf('jitter<9999')).not.toContain('s3');
  });
});

describe('order of the table', () => {
  it('puts what is unknown last either way', () => {
    const jitter = columnOf('jitter');
    const rising = sortStreams(streams, jitter, 'ascending');
    const falling = sortStreams(streams, jitter, 'descending');
    expect(rising.at(-1)?.id).toBe('s3');
    expect(falling.at(-1)?.id).toBe('s3');
    expect(falling.slice(0, -1)).toEqual(rising.slice(0, -1).reverse());
  });

  it('sorts numbers within text as numbers', () => {
    const sources = sortStreams(streams, columnOf('source'), 'ascending').map(({ source }) => source);
    expect(sources.indexOf('10.0.0.9:5004')).toBeLessThan(sources.indexOf('10.0.0.10:5004'));
  });
});
