import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../../reports/index.ts';
import { analysisFixture, HOSTILE } from '../analysis-fixture.ts';

/** RFC 4180 read by its grammar, apart from the writer. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

function recordsOf(text: string): Record<string, string>[] {
  const [names, ...rows] = parseCsv(text);
  return rows.map((row) => Object.fromEntries(names.map((name, place) => [name, row[place]])));
}

describe('CSV report', () => {
  it('has a row a stream, with full precision, empty where unknown', () => {
    const analysis = analysisFixture(5);
    const records = recordsOf(renderCsv(analysis));
    expect(records).toHaveLength(5);
    const [first] = analysis.streams;
    expect(records[0]).toMatchObject({
      id: 's1',
      ssrc: String(first.ssrc),
      lostPercent: String(first.lostPercent),
      jitterMs_mean: String(first.jitterMs!.mean),
      startTime: first.startTime,
      clockSkewPpm: '-3.25',
      mos: '',
      encrypted: 'true',
    });
    expect(records[2].jitterMs_mean).toBe('');
  });

  it('ends every row with CRLF and gives each the same number of fields', () => {
    const text = renderCsv(analysisFixture(4, 10, HOSTILE));
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(new Set(parseCsv(text).map((row) => row.length)).size).toBe(1);
  });

  it.each(['=cmd|calc', '+1', '-1+cmd', '@SUM(A1)', '＝1'])('%s does not become a formula', (text) => {
    const [record] = recordsOf(renderCsv(analysisFixture(1, 10, text)));
    expect(record.cname).toBe(`'${text}`);
  });

  it.each(['a"b', 'a,b', 'a;b', 'a b'])('%j keeps its characters', (text) => {
    expect(recordsOf(renderCsv(analysisFixture(1, 10, text)))[0].cname).toBe(text);
  });

  it('shows control characters rather than passing them on', () => {
    expect(recordsOf(renderCsv(analysisFixture(1, 10, 'a\r\n\u001b[31m\t=x')))[0].cname).toBe(
      'a\\u{d}\\u{a}\\u{1b}[31m\\u{9}=x',
    );
  });

  it('has a header even without streams', () => {
    expect(renderCsv(analysisFixture(0))).toMatch(/^id,source,destination,[\w,]+\r\n$/);
  });
});
