import type { Analysis } from '../../analyzers/index.ts';
import { summarize } from '../summary.ts';
import { displayWidth } from '../text/display-width.ts';
import { ASSUMED_SCORES, countOf, formatCount } from '../text/figures.ts';
import { visible } from '../text/visible.ts';
import { judge, orderFindings } from '../verdict.ts';
import { chooseInk, type Ink, paintGrade } from './ink.ts';
import { stateLines } from './state-table.ts';
import { streamTable } from './stream-table.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns of the terminal; 80 where it is no terminal. Below 60 lines may wrap. */
  readonly width: number;
  /** False for terminals without UTF-8: everything is then ASCII. */
  readonly unicode: boolean;
  /** Streams to show; all of them where absent. */
  readonly limit?: number;
}

const FINDINGS_SHOWN = 20;

/** The report for a terminal: verdict first, then findings, streams and what was read. Ends with a newline. */
export function renderTerminal(analysis: Analysis, options: TerminalOptions): string {
  const ink = chooseInk(options);
  const verdict = judge(analysis);
  const paint = paintGrade(ink, verdict.grade);
  const sign = verdict.grade === null ? '' : `${paint(ink.signs[verdict.grade])} `;
  const lines = [...wrap(verdict.headline, sign, 2, options.width, (text) => ink.bold(text))];
  for (const caveat of verdict.caveats) lines.push(...wrap(caveat, '  ', 2, options.width, ink.dim));

  lines.push(...findings(analysis, ink, options.width));
  if (analysis.states !== undefined && analysis.states.length > 0) {
    lines.push('', ...stateLines(analysis.states).map((line) => ink.plain(line)));
  }
  lines.push(...streams(analysis, ink, options));

  const summary = summarize(analysis);
  const labelWidth = Math.max(...summary.map(({ label }) => label.length)) + 2;
  lines.push('');
  summary.forEach(({ label, text }, index) => {
    const again = index > 0 && summary[index - 1].label === label;
    const head = ink.dim((again ? '' : label).padEnd(labelWidth));
    lines.push(...wrap(ink.plain(text), head, labelWidth, options.width, (part) => part));
  });
  return `${lines.join('\n')}\n`;
}

function findings(analysis: Analysis, ink: Ink, width: number): string[] {
  const ordered = orderFindings(analysis.findings);
  if (ordered.length === 0) return [];
  const lines = [''];
  for (const { severity, text, streams: ids } of ordered.slice(0, FINDINGS_SHOWN)) {
    const paint = severity === 'error' ? ink.red : severity === 'warning' ? ink.yellow : ink.dim;
    const named = ids.length === 0 || ids.length > 3 ? '' : ` [${ids.join(', ')}]`;
    lines.push(...wrap(ink.plain(visible(text)) + named, `${paint(ink.signs[severity])} `, 2, width, (part) => part));
  }
  const rest = ordered.length - FINDINGS_SHOWN;
  if (rest > 0) lines.push(ink.dim(`  and ${countOf(rest, 'finding')} more`));
  return lines;
}

function streams(analysis: Analysis, ink: Ink, options: TerminalOptions): string[] {
  const total = analysis.streams.length;
  const shown = analysis.streams.slice(0, Math.max(0, options.limit ?? total));
  if (shown.length === 0) return [];
  const lines = ['', ...streamTable(analysis, shown, ink, options)];
  if (shown.some(({ mos, mosBasis }) => mos !== null && mosBasis === 'assumed')) {
    lines.push(...wrap(ASSUMED_SCORES, '  ', 2, options.width, ink.dim));
  }
  if (shown.length < total) {
    lines.push(ink.dim(`  the ${formatCount(shown.length)} worst of ${countOf(total, 'stream')}`));
  }
  return lines;
}

/** Breaks `text` at blanks; the first line begins with `head` (of `indent` columns), the others are indented. */
function wrap(text: string, head: string, indent: number, width: number, paint: (text: string) => string): string[] {
  const room = Math.max(20, width - indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((part, index) => (index === 0 ? head : ' '.repeat(indent)) + paint(part));
}
