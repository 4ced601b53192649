import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../../../reports/text/visible.ts';

describe('visible', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['\u009b31m', '\\u{9b}31m'],
    ['a\r\nb\tc\u0000', 'a\\u{d}\\u{a}b\\u{9}c\\u{0}'],
    ['invoice\u202egnp.exe', 'invoice\\u{202e}gnp.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
    ['half \ud800 pair', 'half \\u{d800} pair'],
    ['Zoë 会議 🎥', 'Zoë 会議 🎥'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('cuts what is too long to read', () => {
    expect(visible('x'.repeat(1000))).toBe(`${'x'.repeat(300)}… (cut)`);
  });

  it('leaves no control character, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
