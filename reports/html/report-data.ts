import type { Analysis, Finding, RunReport, StreamAnalysis } from '../../analyzers/index.ts';
import { cumulativeDelay } from '../charts/delay-chart.ts';
import { MEASURES, type Measure, measureSeries } from '../charts/measures.ts';
import { thin } from '../charts/thin.ts';
import { sparkCells, sparkSpan } from '../charts/time-cells.ts';
import { type DrawnRunLine, drawnLines, runCharts } from '../run/run-charts.ts';
import { type Grade, gradeStreams, orderFindings } from '../verdict.ts';

/** What the page's script gets. Figures are whole; only what is drawn is thinned and rounded. */
export interface ReportData {
  readonly streams: readonly ReportStream[];
  /** Those that speak of streams. */
  readonly findings: readonly Finding[];
  /** Begin and end of all series, ms since 1970; null where no stream has one. */
  readonly span: { readonly startMs: number; readonly endMs: number } | null;
  /** Streams that have lines; the others are in the table only. */
  readonly withLines: number;
  /** Lines of the run's own charts, which are drawn whatever streams are chosen. */
  readonly runs: readonly RunLines[];
  /** Vega specifications, compiled, by the name of the chart. */
  readonly charts: Readonly<Record<string, object>>;
}

export interface ReportStream extends Omit<StreamAnalysis, 'series'> {
  readonly grade: Grade;
  /** A digit a cell of the span, blank where the stream was not there: throughput against the stream's own maximum. */
  readonly bitrateSpark: string;
  /** Loss of the worst window, against 10 % or the worst of all streams. */
  readonly lossSpark: string;
  readonly lines: ReportLines | null;
}

export interface RunLines {
  readonly name: `run-${string}`;
  /** A value holds until the next. */
  readonly steps: boolean;
  readonly lines: readonly DrawnRunLine[];
}

export interface ReportLines {
  readonly startMs: number;
  readonly windowMs: number;
  readonly measures: Readonly<Record<Measure, ReportLine>>;
  /** Delay in ms and percent of the packets with at most so much, in pairs. */
  readonly delay: readonly (readonly [number, number])[];
}

export interface ReportLine {
  /** Windows that the values are of; null for all of them, from the first on. */
  readonly windows: readonly number[] | null;
  readonly values: readonly (number | null)[];
}

const SPARK_CELLS = 48;
const STREAMS_WITH_LINES = 200;
/** Points of all lines together: what keeps the page of a long call with many streams small enough to mail. */
const POINTS = 60_000;
const POINTS_PER_LINE = { least: 100, most: 500 };

export function reportData(
  analysis: Analysis,
  charts: Readonly<Record<string, object>>,
  run: RunReport | null = null,
): ReportData {
  const grades = gradeStreams(analysis);
  const span = sparkSpan(analysis.streams);
  const withLines = Math.min(STREAMS_WITH_LINES, analysis.streams.length);
  const share = Math.floor(POINTS / Math.max(1, withLines) / MEASURES.length);
  const points = Math.min(POINTS_PER_LINE.most, Math.max(POINTS_PER_LINE.least, share));
  const lossTop = analysis.streams.reduce((worst, stream) => Math.max(worst, worstLoss(stream)), 10);
  const streams = analysis.streams.map((stream, place): ReportStream => {
    const { series: _, ...figures } = stream;
    return {
      ...figures,
      grade: grades.get(stream.id) ?? 'good',
      bitrateSpark: span === null ? '' : spark(stream, (window) => stream.series.bytes[window], span, null),
      lossSpark: span === null || stream.lost === 0 ? '' : spark(stream, lossOf(stream), span, lossTop),
      lines: place < withLines ? linesOf(stream, points) : null,
    };
  });
  const findings = orderFindings(analysis.findings).filter((finding) => finding.streams.length > 0);
  const runs = (run === null ? [] : runCharts(run, analysis)).map((chart) => ({
    name: chart.name as RunLines['name'],
    steps: chart.mark === 'step',
    lines: drawnLines(chart),
  }));
  return { streams, findings, span, withLines, runs, charts };
}

function linesOf(stream: StreamAnalysis, points: number): ReportLines | null {
  const { series } = stream;
  if (series.startTime === null || series.packets.length === 0) return null;
  const measures = Object.fromEntries(
    MEASURES.map((measure) => {
      const column = measureSeries(stream, measure);
      const { windows, values } = thin(column, points);
      const line = { windows: values.length === column.length ? null : windows, values: values.map(rounded) };
      return [measure, line];
    }),
  ) as unknown as Record<Measure, ReportLine>;
  return {
    startMs: Date.parse(series.startTime),
    windowMs: series.windowSeconds * 1000,
    measures,
    delay: cumulativeDelay(stream).map(({ delayMs, share }) => [delayMs, rounded(share) as number] as const),
  };
}

/** Four digits: more than any screen shows. */
function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}

function lossOf({ series }: StreamAnalysis): (window: number) => number {
  return (window) => {
    const lost = series.lost[window];
    return lost === 0 ? 0 : (100 * lost) / (lost + series.packets[window]);
  };
}

function worstLoss(stream: StreamAnalysis): number {
  if (stream.lost === 0) return 0;
  const share = lossOf(stream);
  return stream.series.lost.reduce((worst, _, window) => Math.max(worst, share(window)), 0);
}

function spark(
  stream: StreamAnalysis,
  values: (window: number) => number,
  span: { startMs: number; endMs: number },
  top: number | null,
): string {
  const cells = sparkCells(stream, values, span, SPARK_CELLS);
  const most = top ?? cells.reduce<number>((largest, value) => Math.max(largest, value ?? 0), 0);
  return cells
    .map((value) =>
      value === null ? ' ' : value <= 0 || most === 0 ? '0' : String(Math.max(1, Math.round((9 * value) / most))),
    )
    .join('');
}
