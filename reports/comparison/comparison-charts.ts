import type { TopLevelSpec } from 'vega-lite';
import { type Analysis, type Comparison, metricName } from '../../analyzers/index.ts';
import { CHART_CONFIG } from '../charts/chart-theme.ts';
import { combineSeries, MEASURES } from '../charts/measures.ts';
import { LINE_STYLES } from '../charts/palette.ts';
import { thin } from '../charts/thin.ts';
import { sparkSpan } from '../charts/time-cells.ts';
import { visible } from '../text/visible.ts';
import { sideLetter } from './comparison-rows.ts';

const VERDICTS = ['better', 'worse', 'no difference shown'];
const COLORS = ['#0072B2', '#D55E00', '#8A8A8A'];
const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';
const MEASURE_TITLES = {
  throughput: 'bit/s of an average stream',
  loss: 'loss (%)',
  jitter: 'worst jitter (ms)',
} as const;

/** Differences with their intervals, in percent of A; null where there is none to draw. */
export function intervalChart(comparison: Comparison): TopLevelSpec | null {
  const values = comparison.metrics.flatMap((row) => {
    const { a, interval, difference } = row;
    if (interval === null || difference === null || a === null || a === 0) return [];
    const percent = (value: number) => (100 * value) / Math.abs(a);
    const letter = comparison.sides.length > 2 ? ` (${sideLetter(row.sides[1])})` : '';
    return [
      {
        metric: `${metricName(row)}${letter}`,
        low: percent(interval[0]),
        high: percent(interval[1]),
        middle: percent(difference),
        verdict: row.verdict,
      },
    ];
  });
  if (values.length === 0) return null;
  const y = { field: 'metric', type: 'nominal' as const, sort: null, axis: { title: null, labelLimit: 340 } };
  const color = {
    field: 'verdict',
    type: 'nominal' as const,
    scale: { domain: VERDICTS, range: COLORS },
    legend: { title: null, orient: 'bottom' as const },
  };
  return {
    $schema: SCHEMA,
    width: 860,
    height: { step: 30 },
    config: CHART_CONFIG as never,
    data: { values },
    layer: [
      { mark: { type: 'rule', color: '#555555', strokeDash: [3, 3] }, encoding: { x: { datum: 0 } } },
      {
        mark: { type: 'rule', strokeWidth: 3 },
        encoding: {
          y,
          x: { field: 'low', type: 'quantitative', title: 'difference in % of A, with its interval' },
          x2: { field: 'high' },
          color,
        },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: {
          y,
          x: { field: 'middle', type: 'quantitative' },
          color,
          shape: {
            field: 'verdict',
            type: 'nominal',
            scale: { domain: VERDICTS, range: ['circle', 'square', 'diamond'] },
            legend: { title: null, orient: 'bottom' as const },
          },
        },
      },
    ],
  };
}

export interface ComparedSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** By side and run: the parts of the time that were compared, such as repetitions of a phase; null for all of it. */
export type SideSpans = readonly (readonly (readonly ComparedSpan[] | null)[])[];

/** Lines of a side: repetitions and runs beyond them are in the tables. */
const MOST_LINES = 20;

/** Loss, jitter and throughput over time since the begin of each part, the sides next to each other on the same scales. */
export function sideCharts(
  comparison: Comparison,
  analyses: readonly (readonly Analysis[])[],
  spans?: SideSpans,
): TopLevelSpec[] {
  return MEASURES.flatMap((measure) => {
    const values = analyses.flatMap((runs, side) =>
      runs
        .flatMap((analysis, run) => {
          const whole = sparkSpan(analysis.streams);
          return (spans?.[side]?.[run] ?? (whole === null ? [] : [whole])).map((span) => ({ analysis, span }));
        })
        .slice(0, MOST_LINES)
        .flatMap(({ analysis, span }, line) => {
          const cells = Math.max(1, Math.min(600, Math.ceil((span.endMs - span.startMs) / 1000)));
          const cellMs = (span.endMs - span.startMs) / cells;
          const column = combineSeries(analysis.streams, measure, { startMs: span.startMs, cellMs, cells });
          const thinned = thin(column, 300);
          return thinned.values.map((value, place) => ({
            side: `${sideLetter(side)} ${visible(comparison.sides[side].name).slice(-40)}`,
            run: String(line + 1),
            seconds: (thinned.windows[place] * cellMs) / 1000,
            value,
          }));
        }),
    );
    if (values.length === 0) return [];
    return [
      {
        $schema: SCHEMA,
        config: CHART_CONFIG as never,
        data: { values: values as never },
        facet: { column: { field: 'side', type: 'nominal' as const, title: null, header: { labelFontSize: 12 } } },
        spec: {
          width: Math.floor(1060 / Math.max(1, Math.min(4, analyses.length))),
          height: 170,
          mark: { type: 'line' as const, invalid: 'break-paths-show-domains' as const },
          encoding: {
            x: { field: 'seconds', type: 'quantitative' as const, title: 'seconds since its begin' },
            y: {
              field: 'value',
              type: 'quantitative' as const,
              title: MEASURE_TITLES[measure],
              axis: { format: measure === 'throughput' ? '~s' : '~r' },
            },
            color: {
              field: 'run',
              type: 'nominal' as const,
              scale: { range: LINE_STYLES.map(({ color }) => color) },
              legend: null,
            },
            strokeDash: {
              field: 'run',
              type: 'nominal' as const,
              scale: { range: LINE_STYLES.map(({ dash }) => (dash.length === 0 ? [1, 0] : [...dash])) },
              legend: null,
            },
          },
        },
      },
    ];
  });
}
