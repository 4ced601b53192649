import { type Comparison, type MetricComparison, metricName } from '../../analyzers/index.ts';
import { renderRows } from '../csv/states-csv.ts';
import { escapeMarkdown } from '../markdown/escape.ts';
import { table } from '../markdown/render-markdown.ts';
import type { RowsOfText } from '../run/state-rows.ts';
import { textTable } from '../terminal/state-table.ts';
import { LONGEST_SENTENCE, visible } from '../text/visible.ts';
import { metricRows, runRows, sideRows } from './comparison-rows.ts';

/** What was shown first, then what was not, then what could not be: each in the order of the metrics. */
export function sentencesOf({ metrics }: Comparison): string[] {
  const rank = ({ verdict }: MetricComparison) =>
    verdict === 'too little data' ? 2 : verdict === 'no difference shown' ? 1 : 0;
  return [...metrics].sort((a, b) => rank(a) - rank(b)).map(({ text }) => visible(text, LONGEST_SENTENCE));
}

/** One line that could stand alone. */
export function comparisonHeadline({ metrics, sides }: Comparison): string {
  const count = (verdict: string) => metrics.filter((metric) => metric.verdict === verdict).length;
  const [better, worse, same, few] = ['better', 'worse', 'no difference shown', 'too little data'].map(count);
  const other = sides.length === 2 ? visible(sides[1].name) : 'the others';
  const names = (verdict: string) =>
    metrics
      .filter((metric) => metric.verdict === verdict)
      .map((row) => lowered(metricName(row)))
      .join(', ');
  const parts: string[] = [];
  if (worse > 0) parts.push(`worse in ${names('worse')}`);
  if (better > 0) parts.push(`better in ${names('better')}`);
  if (parts.length === 0 && same > 0) parts.push('not shown to differ');
  if (parts.length === 0) return `Too little data to compare ${other} with ${visible(sides[0].name)}.`;
  const rest = few > 0 ? ` For ${few} metric${few === 1 ? '' : 's'} there is too little data.` : '';
  return `Against ${visible(sides[0].name)}, ${other} ${sides.length === 2 ? 'is' : 'are'} ${parts.join('; ')}.${rest}`;
}

/** `Loss` within a sentence; `CPU` and `HTTP` stay. */
const lowered = (name: string) => visible(/^[A-Z][a-z ]/.test(name) ? name[0].toLowerCase() + name.slice(1) : name);

export const METHOD =
  "Differences are of means weighted by packets (time for throughput and frames). Intervals: bootstrap over whole streams, each with its copies behind a forwarder, and over runs where there are several, expanded percentiles (Hesterberg 2015). Effect: Cliff's delta. Nothing is called better or worse where the interval holds zero.";

/** Runs that count for nothing, and why. */
export function leftOutOf({ sides }: Comparison): string[] {
  return sides.flatMap(({ name, leftOut }) =>
    leftOut.map((which) => visible(`Not compared, since others of ${name} are whole: ${which}.`, LONGEST_SENTENCE)),
  );
}

export function renderComparisonText(comparison: Comparison): string {
  const runs = runRows(comparison);
  const blocks = [
    comparisonHeadline(comparison),
    textTable(sideRows(comparison)).join('\n'),
    ...leftOutOf(comparison),
    textTable(metricRows(comparison)).join('\n'),
    ...(runs === null ? [] : [textTable(runs).join('\n')]),
    sentencesOf(comparison).join('\n'),
    METHOD,
  ];
  return `${blocks.join('\n\n')}\n`;
}

export function renderComparisonMarkdown(comparison: Comparison): string {
  const runs = runRows(comparison);
  const blocks = [
    '# Comparison',
    `**${escapeMarkdown(comparisonHeadline(comparison))}**`,
    markdownTable(sideRows(comparison)),
    ...leftOutOf(comparison).map((text) => escapeMarkdown(text, LONGEST_SENTENCE)),
    markdownTable(metricRows(comparison)),
    ...(runs === null ? [] : ['## Run by run', markdownTable(runs)]),
    sentencesOf(comparison)
      .map((text) => `- ${escapeMarkdown(text, LONGEST_SENTENCE)}`)
      .join('\n'),
    escapeMarkdown(METHOD),
  ];
  return `${blocks.join('\n\n')}\n`;
}

export function markdownTable({ titles, align, rows }: RowsOfText): string {
  return table(
    titles,
    align,
    rows.map((cells) => cells.map((cell) => escapeMarkdown(cell))),
  );
}

export function renderComparisonCsv({ metrics, sides }: Comparison): string {
  const rows = metrics.map((row) => ({
    metric: row.metric,
    unit: row.unit,
    node: row.node,
    sideA: sides[row.sides[0]].name,
    sideB: sides[row.sides[1]].name,
    a: row.a,
    b: row.b,
    difference: row.difference,
    intervalLow: row.interval?.[0] ?? null,
    intervalHigh: row.interval?.[1] ?? null,
    confidence: row.confidence,
    effectSize: row.effectSize,
    streamsA: row.streams[0],
    streamsB: row.streams[1],
    originsA: row.origins[0],
    originsB: row.origins[1],
    runsA: runMeans(row.runs[0]),
    runsB: runMeans(row.runs[1]),
    verdict: row.verdict,
    text: row.text,
  }));
  const names = [
    'metric',
    'unit',
    'node',
    'sideA',
    'sideB',
    'a',
    'b',
    'difference',
    'intervalLow',
    'intervalHigh',
    'confidence',
  ];
  const counts = ['streamsA', 'streamsB', 'originsA', 'originsB', 'runsA', 'runsB'];
  return renderRows([...names, 'effectSize', ...counts, 'verdict', 'text'], rows);
}

/** `0.21;0.24;unknown`: the mean of each run. */
const runMeans = (means: readonly (number | null)[]) => means.map((mean) => mean ?? 'unknown').join(';');
