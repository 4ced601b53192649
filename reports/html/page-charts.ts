import type { Analysis, RunReport } from '../../analyzers/index.ts';
import { CHART_CONFIG } from '../charts/chart-theme.ts';
import { delayEncoding } from '../charts/delay-chart.ts';
import { MEASURES } from '../charts/measures.ts';
import { LINE_STYLES } from '../charts/palette.ts';
import { timeEncoding } from '../charts/time-chart.ts';
import { TIMELINE_ROW_PX, timelineLayers, timelineOf, timelineRows } from '../charts/timeline-chart.ts';
import { runChartParts, runCharts } from '../run/run-charts.ts';
import { visible } from '../text/visible.ts';

/*
 * The page's charts are the same as the pictures, but for three things: they begin without data (the page's script puts in
 * the streams chosen), the streams are told by number, 0 to 7, since the page has one legend for all charts, and the ends
 * of the time axis are the signals `from` and `to`, so that all charts show the same time.
 */
const RANGE = { from: 'from', to: 'to' };
const SLOTS = LINE_STYLES.map((_, slot) => slot);
const SLOT_STYLE = {
  color: {
    field: 'slot',
    type: 'nominal' as const,
    scale: { domain: SLOTS, range: LINE_STYLES.map(({ color }) => color) },
    legend: null,
  },
  strokeDash: {
    field: 'slot',
    type: 'nominal' as const,
    scale: { domain: SLOTS, range: LINE_STYLES.map(({ dash }) => (dash.length === 0 ? [1, 0] : [...dash])) },
    legend: null,
  },
};

/** The page gives the width; its style sheet gives ink, grid and background, for light and dark. */
const FRAME = {
  width: 600,
  height: 180,
  autosize: { type: 'fit-x' as const, contains: 'padding' as const },
  background: 'transparent',
  config: { ...CHART_CONFIG, background: 'transparent', padding: 4 } as never,
  data: { name: 'lines', values: [] },
};

/** Vega specifications by name. Vega-Lite does its work here, so that its compiler need not stand in the page. */
export async function compilePageCharts(
  analysis: Analysis,
  span: { startMs: number; endMs: number },
  run: RunReport | null = null,
): Promise<Record<string, object>> {
  const { compile } = await import('vega-lite');
  const charts: Record<string, object> = {};
  const params = [
    { name: 'from', value: span.startMs },
    { name: 'to', value: span.endMs },
  ];
  for (const measure of MEASURES) {
    charts[measure] = compile({
      ...FRAME,
      params,
      mark: { type: 'line', clip: true, invalid: 'break-paths-show-domains' },
      encoding: { ...timeEncoding(measure, null, RANGE), ...SLOT_STYLE },
    }).spec;
  }
  charts['delay'] = compile({
    ...FRAME,
    mark: { type: 'line', clip: true },
    encoding: { ...delayEncoding(null), ...SLOT_STYLE },
  }).spec;
  const timeline = timelineOf(analysis, (stream) =>
    `${stream.id} ${stream.kind} ${visible(stream.codec ?? '').slice(0, 12)}`.trim(),
  );
  charts['timeline'] = compile({
    ...FRAME,
    height: TIMELINE_ROW_PX * Math.max(1, timeline.bars.length),
    params,
    encoding: timelineRows(timeline),
    layer: timelineLayers(timeline, RANGE),
  }).spec;
  for (const chart of run === null ? [] : runCharts(run, analysis)) {
    charts[chart.name] = compile({
      ...FRAME,
      height: 140,
      params,
      layer: runChartParts(chart, run as RunReport, span, { range: RANGE, slots: SLOT_STYLE }) as never,
    }).spec;
  }
  return charts;
}
