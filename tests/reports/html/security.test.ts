import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../../reports/html/markup.ts';
import { inlineJson, inlineSource, sourceHash } from '../../../reports/html/security.ts';

describe('what goes into the page', () => {
  it('text is escaped wherever it stands, markup is not', () => {
    const inner = html`<b title="${'"><script>'}">${'<i>&'}</b>`;
    expect(html`<p>${inner}${['a<', null, 3]}</p>`.html).toBe(
      '<p><b title="&quot;&gt;&lt;script&gt;">&lt;i&gt;&amp;</b>a&lt;3</p>',
    );
  });

  it('text never opens a tag or ends an attribute, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`${text}`.html).not.toMatch(/[<>"']/);
      }),
    );
  });

  it('JSON ends no element and gives the value back', () => {
    const value = { text: '</script><!--<script>\u2028&' };
    expect(inlineJson(value)).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(inlineJson(value))).toEqual(value);
  });

  it('a source ends no element, and its hash is that of what stands in the page', () => {
    const source = inlineSource('const a = "</script>";\r\nconst b = "<!--";\n');
    expect(source).toBe('const a = "\\x3c/script>";\nconst b = "\\x3c!--";');
    expect(sourceHash(source)).toBe(`sha256-${createHash('sha256').update(source).digest('base64')}`);
  });
});
