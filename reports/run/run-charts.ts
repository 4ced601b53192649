import type { TopLevelSpec } from 'vega-lite';
import type { Analysis, RunReport } from '../../analyzers/index.ts';
import { CHART_CONFIG, CHART_WIDTH, CLOCK_LABELS } from '../charts/chart-theme.ts';
import { combineSeries } from '../charts/measures.ts';
import { LINE_STYLES } from '../charts/palette.ts';
import { thin } from '../charts/thin.ts';
import { sparkSpan } from '../charts/time-cells.ts';
import { visible } from '../text/visible.ts';

export interface RunLine {
  readonly name: string;
  readonly timeMs: readonly number[];
  readonly values: readonly (number | null)[];
}

/** One of the charts that share the run's time axis. */
export interface RunChart {
  /** `run-cpu`, ...: fit for a file name. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly mark: 'line' | 'step' | 'point';
  readonly lines: readonly RunLine[];
}

const POINTS = 500;
const CELLS = 1200;
/** What fits into a picture's legend side by side. */
const LEGEND_CHARACTERS = 90;
/** Light enough for print in grey: the words stand in the table beside. */
const BANDS: Readonly<Record<string, string>> = {
  'scaling-out': '#E69F00',
  'scaling-in': '#56B4E9',
  settling: '#8A8A8A',
  recovering: '#CC79A7',
};

/**
 * The charts that there is something for, in the order of the page.
 *
 * @param mostLines nodes and pods beyond these are left out: a picture has no more colours.
 */
export function runCharts(report: RunReport, analysis: Analysis, mostLines = LINE_STYLES.length): RunChart[] {
  const { series } = report;
  const times = series.replicas.map(({ timeMs }) => timeMs);
  const hold = (pick: 'desired' | 'ready') => {
    let last: number | null = null;
    return series.replicas.map((sample) => (last = sample[pick] ?? last));
  };
  const beyond = series.resources.length - Math.min(series.resources.length, mostLines);
  const more = beyond === 0 ? '' : `; ${beyond} more in the CSV`;
  const use = (pick: 'cpuCores' | 'memoryBytes') =>
    series.resources
      .filter(({ kind }) => kind === 'node')
      .concat(series.resources.filter(({ kind }) => kind !== 'node'))
      .slice(0, mostLines)
      .map((one) => ({ name: `${one.kind} ${visible(one.name)}`, timeMs: one.timeMs, values: one[pick] }));
  const charts: RunChart[] = [
    {
      name: 'run-replicas',
      title: 'Replicas',
      unit: 'pods; bands: scaling states',
      mark: 'step',
      lines: [
        { name: 'wanted', timeMs: times, values: hold('desired') },
        { name: 'ready', timeMs: times, values: hold('ready') },
      ],
    },
    {
      name: 'run-participants',
      title: 'Participants',
      unit: 'at a time',
      mark: 'step',
      lines: [{ name: 'participants', timeMs: series.participants.timeMs, values: series.participants.count }],
    },
    { name: 'run-cpu', title: 'CPU', unit: `cores${more}`, mark: 'line', lines: use('cpuCores') },
    { name: 'run-memory', title: 'Memory', unit: `bytes${more}`, mark: 'line', lines: use('memoryBytes') },
    ...mediaCharts(analysis),
    {
      name: 'run-joins',
      title: 'Join times',
      unit: 'ms, as clients measured them',
      mark: 'point',
      lines: [{ name: 'join', timeMs: series.joins.timeMs, values: series.joins.ms }],
    },
    {
      name: 'run-http',
      title: 'HTTP response times',
      unit: 'ms',
      mark: 'point',
      lines: [{ name: 'request', timeMs: series.http.timeMs, values: series.http.ms }],
    },
  ];
  return charts
    .map((chart) => ({ ...chart, lines: chart.lines.filter(({ values }) => values.some((value) => value !== null)) }))
    .filter(({ lines }) => lines.length > 0);
}

function mediaCharts(analysis: Analysis): RunChart[] {
  const span = sparkSpan(analysis.streams);
  if (span === null) return [];
  const windowMs = Math.max(...analysis.streams.map(({ series }) => series.windowSeconds)) * 1000;
  const cellMs = windowMs * Math.max(1, Math.ceil((span.endMs - span.startMs) / windowMs / CELLS));
  const cells = Math.max(1, Math.ceil((span.endMs - span.startMs) / cellMs));
  const timeMs = Array.from({ length: cells }, (_, cell) => span.startMs + cell * cellMs);
  const of = (measure: 'loss' | 'jitter' | 'throughput', name: string, title: string, unit: string): RunChart => ({
    ...{ name: `run-${measure}`, title, unit, mark: 'line' },
    lines: [
      { name, timeMs, values: combineSeries(analysis.streams, measure, { startMs: span.startMs, cellMs, cells }) },
    ],
  });
  return [
    of('loss', 'all streams', 'Loss', '% of the packets of all streams'),
    of('jitter', 'worst stream', 'Jitter', 'ms, the worst stream of each moment'),
    of('throughput', 'average stream', 'Throughput', 'bit/s of an average stream'),
  ];
}

/** First and last moment of all charts; null where there is none. */
export function runSpan(charts: readonly RunChart[]): { startMs: number; endMs: number } | null {
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const { lines } of charts) {
    for (const { timeMs } of lines) {
      startMs = Math.min(startMs, timeMs[0]);
      endMs = Math.max(endMs, timeMs[timeMs.length - 1]);
    }
  }
  return startMs < endMs ? { startMs, endMs } : null;
}

/** The lines as they are drawn: thinned, five digits. */
export function drawnLines({ lines }: RunChart): DrawnRunLine[] {
  return lines.map(({ name, timeMs, values: column }) => {
    const { windows, values } = thin(column, POINTS);
    return {
      name,
      x: windows.map((window) => timeMs[window]),
      y: values.map((value) => (value === null ? null : Number(value.toPrecision(5)))),
    };
  });
}

export interface DrawnRunLine {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** For a page: the names of the signals that are the axis' ends, and how lines that come later are told by their number. */
export interface PageStyle {
  readonly range: { readonly from: string; readonly to: string };
  readonly slots: { readonly color: object; readonly strokeDash: object };
}

/** A chart with the scaling states as bands and the phases' borders as lines, with their names. */
export function runChartParts(
  chart: RunChart,
  report: RunReport,
  span: { startMs: number; endMs: number },
  page?: PageStyle,
) {
  const range = page?.range;
  const bands = report.states
    .filter(({ kind }) => BANDS[kind] !== undefined)
    .map(({ from, to, kind }) => ({ from: Date.parse(from), to: Date.parse(to), state: kind }));
  const borders = report.phases.flatMap(({ from, phase }) =>
    from === null ? [] : [{ time: Date.parse(from), phase: visible(phase ?? '') }],
  );
  const kinds = [...new Set(bands.map(({ state }) => state))];
  const ends = range ?? { from: String(span.startMs), to: String(span.endMs) };
  const domain = { domainMin: { expr: ends.from }, domainMax: { expr: ends.to }, nice: false };
  const scale = { type: 'utc' as const, ...domain };
  // The ends of the axis stand in one layer: Vega-Lite takes them for different ones where they are repeated.
  const sameScale = { type: 'utc' as const };
  const axis = { title: 'time (UTC)', grid: false, labelOverlap: true, tickCount: 8, format: CLOCK_LABELS };
  const values =
    page === undefined
      ? drawnLines(chart).flatMap(({ name, x, y }) => x.map((time, place) => ({ line: name, time, value: y[place] })))
      : [];
  const names = chart.lines.map(({ name }) => name);
  const longest = Math.max(...names.map((name) => name.length)) + 6;
  const color = {
    field: 'line',
    type: 'nominal' as const,
    scale: { domain: names, range: names.map((_, at) => LINE_STYLES[at % LINE_STYLES.length].color) },
    legend:
      names.length < 2
        ? null
        : { title: null, symbolType: 'stroke', columns: Math.max(1, Math.floor(LEGEND_CHARACTERS / longest)) },
  };
  const dash = {
    field: 'line',
    type: 'nominal' as const,
    scale: {
      domain: names,
      range: names.map((_, at) => {
        const own = LINE_STYLES[at % LINE_STYLES.length].dash;
        return own.length === 0 ? [1, 0] : [...own];
      }),
    },
    legend: color.legend,
  };
  const y = {
    field: 'value',
    type: 'quantitative' as const,
    scale: { zero: true, nice: true },
    axis: {
      title: null,
      tickCount: 4,
      format: chart.name === 'run-memory' || chart.name === 'run-throughput' ? '~s' : '~r',
    },
  };
  const mark =
    chart.mark === 'point'
      ? { type: 'point' as const, filled: true, size: 14, opacity: 0.6, clip: true }
      : {
          type: 'line' as const,
          clip: true,
          invalid: 'break-paths-show-domains' as const,
          ...(chart.mark === 'step' ? { interpolate: 'step-after' as const } : {}),
        };
  return [
    {
      data: { values: bands },
      mark: { type: 'rect' as const, clip: true },
      encoding: {
        x: { field: 'from', type: 'temporal' as const, scale, axis },
        x2: { field: 'to' },
        fillOpacity: {
          condition: { test: "datum.state === 'settling'", value: 0.14 },
          value: 0.28,
        },
        fill: {
          field: 'state',
          type: 'nominal' as const,
          scale: { domain: kinds, range: kinds.map((kind) => BANDS[kind]) },
          legend: chart.name === 'run-replicas' && kinds.length > 0 ? { title: null, symbolType: 'square' } : null,
        },
      },
    },
    {
      data: { values: borders },
      mark: { type: 'rule' as const, color: '#8A8A8A', strokeDash: [2, 2], clip: true },
      encoding: { x: { field: 'time', type: 'temporal' as const, scale: sameScale, axis } },
    },
    {
      data: { values: borders.map(({ time, phase }) => ({ time: Math.max(time, span.startMs), phase })) },
      mark: {
        type: 'text' as const,
        align: 'left' as const,
        baseline: 'top' as const,
        dx: 3,
        fontSize: 10,
        clip: true,
      },
      encoding: {
        x: { field: 'time', type: 'temporal' as const, scale: sameScale, axis },
        y: { value: 2 },
        text: { field: 'phase', type: 'nominal' as const },
      },
    },
    {
      ...(page === undefined ? { data: { values: values as never } } : {}),
      mark,
      encoding: {
        x: { field: 'time', type: 'temporal' as const, scale: sameScale, axis },
        y,
        ...(page === undefined ? { color } : { color: page.slots.color }),
        ...(chart.mark === 'point' ? {} : { strokeDash: page === undefined ? dash : page.slots.strokeDash }),
      },
    },
  ];
}

/** The charts as pictures. */
export function runChartSpecs(report: RunReport, analysis: Analysis): { name: string; spec: TopLevelSpec }[] {
  const charts = runCharts(report, analysis);
  const span = runSpan(charts);
  if (span === null) return [];
  return charts.map((chart) => ({
    name: chart.name,
    spec: {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      title: { text: chart.title, subtitle: chart.unit },
      width: CHART_WIDTH,
      height: 180,
      config: CHART_CONFIG as never,
      layer: runChartParts(chart, report, span) as never,
    },
  }));
}
