import { visible } from '../text/visible.ts';

/**
 * A string from a packet as Markdown that shows it literally: no table cell ends, no HTML, link, image, emphasis, heading or
 * bare address comes of it (CommonMark 2.4; GFM 6.9 makes links of `www.` and of anything with `://`).
 */
export function escapeMarkdown(text: string, longest?: number): string {
  return (
    visible(text, longest)
      .replace(/[\\`*_[\]|~$]/g, '\\$&')
      // A `>` means something at the begin of a line alone (CommonMark 5.1).
      .replace(/[&<@]|^\s*>/g, (character) => `&#${character.charCodeAt(0)};`)
      .replace(/:\/\//g, ':&#47;&#47;')
      .replace(/www\./gi, (match) => `${match.slice(0, 3)}&#46;`)
  );
}

/** As a code span, for what is to be copied: the fence is longer than any run of backticks inside. */
export function codeSpan(text: string): string {
  const shown = visible(text);
  const runs = shown.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const blank = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  // Within a table a pipe ends the cell even inside of code, unless it is escaped (GFM 4.10).
  return `${fence}${blank}${shown.replaceAll('|', '\\|')}${blank}${fence}`;
}
