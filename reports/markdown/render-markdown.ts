import type { Analysis, StreamAnalysis } from '../../analyzers/index.ts';
import { stateRows } from '../run/state-rows.ts';
import { summarize } from '../summary.ts';
import {
  ASSUMED_SCORES,
  countOf,
  formatBitrate,
  formatCount,
  formatMs,
  formatOpinion,
  formatPercent,
  formatSsrc,
} from '../text/figures.ts';
import { gradeStreams, judge, orderFindings } from '../verdict.ts';
import { codeSpan, escapeMarkdown } from './escape.ts';

export interface MarkdownOptions {
  /** Streams in the table; all of them where absent. */
  readonly limit?: number;
}

const WORDS = { bad: '**bad**', fair: 'impaired', good: 'good' } as const;
const LEVELS = { error: '**Error**', warning: '**Warning**', info: 'Note' } as const;

/** GitHub Flavored Markdown for an issue, a merge request or a paper: verdict, findings, streams worst first, what was read. */
export function renderMarkdown(analysis: Analysis, { limit }: MarkdownOptions = {}): string {
  const { headline, caveats } = judge(analysis);
  const blocks = ['# RTP analysis', `**${escapeMarkdown(headline)}**`];
  if (caveats.length > 0) blocks.push(caveats.map((cell) => escapeMarkdown(cell)).join(' '));
  const findings = orderFindings(analysis.findings);
  if (findings.length > 0) {
    blocks.push('## Findings');
    blocks.push(
      findings
        .map(({ severity, text, streams }) => {
          const named = streams.length > 0 && streams.length <= 5 ? ` (${streams.join(', ')})` : '';
          return `- ${LEVELS[severity]}: ${escapeMarkdown(text)}${named}`;
        })
        .join('\n'),
    );
  }
  if (analysis.states !== undefined && analysis.states.length > 0) {
    blocks.push('## States', stateTable(analysis.states));
  }
  const shown = analysis.streams.slice(0, Math.max(0, limit ?? analysis.streams.length));
  if (shown.length > 0) {
    blocks.push('## Streams', streamTable(analysis, shown));
    if (shown.some(({ mos, mosBasis }) => mos !== null && mosBasis === 'assumed')) {
      blocks.push(escapeMarkdown(ASSUMED_SCORES));
    }
    if (shown.length < analysis.streams.length) {
      blocks.push(`The ${formatCount(shown.length)} worst of ${countOf(analysis.streams.length, 'stream')}.`);
    }
  }
  const summary = summarize(analysis).map(({ label, text }) => [label, escapeMarkdown(text)]);
  blocks.push('## What was read', table(['', ''], 'll', summary));
  return `${blocks.join('\n\n')}\n`;
}

function stateTable(states: NonNullable<Analysis['states']>): string {
  const { titles, align, rows } = stateRows(states);
  return table(
    titles,
    align,
    rows.map((cells) => cells.map((cell) => escapeMarkdown(cell))),
  );
}

function streamTable(analysis: Analysis, streams: readonly StreamAnalysis[]): string {
  const grades = gradeStreams(analysis);
  const titles = [
    'Stream',
    'Grade',
    'Media',
    'Source',
    'Destination',
    'SSRC',
    'Packets',
    'Lost',
    'Loss',
    'Jitter mean (ms)',
    'Jitter max (ms)',
    'Bitrate',
    'MOS',
  ];
  const rows = streams.map((stream) => [
    stream.id,
    WORDS[grades.get(stream.id) ?? 'good'],
    [stream.kind, stream.codec === null ? '' : escapeMarkdown(stream.codec)].join(' ').trim(),
    codeSpan(stream.source),
    codeSpan(stream.destination),
    formatSsrc(stream.ssrc),
    formatCount(stream.packets),
    formatCount(stream.lost),
    escapeMarkdown(formatPercent(stream.lostPercent)),
    formatMs(stream.jitterMs?.mean ?? null),
    formatMs(stream.jitterMs?.max ?? null),
    formatBitrate(stream.bitrateBps.mean),
    escapeMarkdown(formatOpinion(stream)),
  ]);
  return table(titles, 'llllllrrrrrrr', rows);
}

/** @param align one letter a column: `l` or `r`. Cells are Markdown already. */
export function table(titles: readonly string[], align: string, rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = [...align].map((side) => (side === 'r' ? '---:' : '---'));
  return [line(titles), line(rule), ...rows.map(line)].join('\n');
}
