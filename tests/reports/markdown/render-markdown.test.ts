import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../reports/index.ts';
import { codeSpan, escapeMarkdown } from '../../../reports/markdown/escape.ts';
import { analysisFixture, HOSTILE } from '../analysis-fixture.ts';

/** Cells of a table row: a pipe that is not escaped parts them. */
const cells = (row: string) => row.split(/(?<!\\)\|/).length;

describe('Markdown report', () => {
  it('has verdict, findings, streams worst first and what was read', () => {
    const text = renderMarkdown(analysisFixture(12), { limit: 2 });
    expect(text).toMatch(/^# RTP analysis\n\n\*\*12 streams: 1 bad, 1 impaired, 10 without trouble;/);
    expect(text).toContain('- **Error**: video to 10.0.0.7:5004 lost 2.8 % (s1)');
    expect(text).toMatch(/^\| s1 \| \*\*bad\*\* \| video VP8 \| `10\.0\.0\.5:5004` \|/m);
    expect(text).toMatch(/^\| s2 \| impaired \|/m);
    expect(text).not.toContain('| s3 |');
    expect(text).toContain('The 2 worst of 12 streams.');
    expect(text).toContain('| Rejected | 2 sources');
  });

  it.each(['plain', HOSTILE, 'a|b\\|c', '`x`|``'])('keeps its tables whole with %j in every string', (hostile) => {
    const rows = renderMarkdown(analysisFixture(4, 10, hostile))
      .split('\n')
      .filter((line) => line.startsWith('| s'));
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(cells(row)).toBe(15);
  });

  it('lets no HTML, link or emphasis through', () => {
    const text = renderMarkdown(
      analysisFixture(3, 10, '<img src=x> [a](http://evil.example) **evil** www.evil.example'),
    );
    expect(text).not.toContain('<img');
    expect(text).not.toContain('http://');
    expect(text).not.toMatch(/(?<!\\)\[a/);
    expect(text).not.toContain('**evil');
    expect(text).not.toContain('www.evil');
  });

  it.each([
    ['a|b', 'a\\|b'],
    ['<b>&', '&#60;b>&#38;'],
    ['a\\', 'a\\\\'],
    ['x\ny', 'x\\\\u{a}y'],
  ])('%j is escaped to %j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });

  it.each([
    ['a', '`a`'],
    ['a`b', '``a`b``'],
    ['`a', '`` `a ``'],
    ['a|b', '`a\\|b`'],
  ])('%j as code is %j', (text, span) => {
    expect(codeSpan(text)).toBe(span);
  });
});
