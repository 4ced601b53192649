import type { TopLevelSpec } from 'vega-lite';
import type { ChartStreams } from './chart-streams.ts';
import { CHART_CONFIG, CHART_HEIGHT, CHART_WIDTH, CLOCK_LABELS } from './chart-theme.ts';
import { combineSeries, type Measure, measureSeries } from './measures.ts';
import { LINE_STYLES, OTHERS_COLOR } from './palette.ts';
import { thin } from './thin.ts';

/** More points than this a line of this width cannot show. */
const POINTS_PER_LINE = 600;
const OTHERS_CELLS = 300;
/** `0` rather than `0M`, and each tick with a prefix of its own. */
const SI_LABEL = "datum.value === 0 ? '0' : format(datum.value, '~s')";

export const MEASURE_TITLES: Readonly<Record<Measure, { title: string; axis: string; others: string }>> = {
  throughput: { title: 'Throughput', axis: 'media throughput (bit/s)', others: 'their average' },
  loss: { title: 'Packet loss', axis: 'lost (% of the packets of a window)', others: 'their common loss' },
  jitter: { title: 'Jitter', axis: 'interarrival jitter, RFC 3550 (ms)', others: 'the worst of them' },
};

/** What the axis shows at least: a line of zeros lies on the ground, and a tiny loss does not fill the chart. */
const LEAST_TOP: Readonly<Record<Measure, number>> = { throughput: 1000, loss: 1, jitter: 1 };

interface Point {
  readonly stream: string;
  /** Milliseconds since 1970, begin of the window. */
  readonly time: number;
  readonly value: number | null;
}

/** A measure over time, a line a stream; the others as one grey line. */
export function timeChart(measure: Measure, streams: ChartStreams): TopLevelSpec {
  const { title, axis, others } = MEASURE_TITLES[measure];
  const labels = [...streams.labels];
  const values = streams.drawn.flatMap((stream, place) => streamPoints(stream, measure, streams.labels[place]));
  if (streams.othersLabel !== null) {
    labels.push(streams.othersLabel);
    values.push(...otherPoints(streams, measure, streams.othersLabel));
  }
  const subtitle = streams.note === null ? [] : [`${streams.note}: ${others}`];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle },
    description: `${title} of ${streams.drawn.length} streams over time`,
    width: CHART_WIDTH,
    height: CHART_HEIGHT,
    config: CHART_CONFIG as never,
    data: { values: values as never },
    mark: { type: 'line', clip: true, invalid: 'break-paths-show-domains' },
    encoding: {
      ...timeEncoding(measure, axis),
      ...lineStyle('stream', labels, streams.othersLabel),
    },
  };
}

/** Axes of a chart over time, without a title where its frame has it; `range` names two signals that hold its ends, where the reader may choose them. */
export function timeEncoding(measure: Measure, axisTitle: string | null, range?: { from: string; to: string }) {
  const chosen =
    range === undefined ? {} : { domainMin: { expr: range.from }, domainMax: { expr: range.to }, nice: false };
  return {
    x: {
      field: 'time',
      type: 'temporal' as const,
      scale: { type: 'utc' as const, ...chosen },
      axis: { title: 'time (UTC)', grid: false, labelOverlap: true, tickCount: 8, format: CLOCK_LABELS },
    },
    y: {
      field: 'value',
      type: 'quantitative' as const,
      scale: { zero: true, nice: true, domain: { unionWith: [0, LEAST_TOP[measure]] } },
      axis: { title: axisTitle, tickCount: 5, ...(measure === 'throughput' ? { labelExpr: SI_LABEL } : {}) },
    },
  };
}

/** Colour and dashes by stream, told by one legend. */
export function lineStyle(field: string, labels: readonly string[], othersLabel: string | null) {
  const styles = labels.map((label, place) =>
    label === othersLabel ? { color: OTHERS_COLOR, dash: [] } : LINE_STYLES[place % LINE_STYLES.length],
  );
  const legend = { title: null, symbolType: 'stroke' };
  const colors = styles.map(({ color }) => color);
  const dashes = styles.map(({ dash }) => [...(dash.length === 0 ? [1, 0] : dash)]);
  const domain = [...labels];
  return {
    color: { field, type: 'nominal' as const, scale: { domain, range: colors }, legend },
    strokeDash: { field, type: 'nominal' as const, scale: { domain, range: dashes }, legend },
  };
}

function streamPoints(stream: ChartStreams['drawn'][number], measure: Measure, label: string): Point[] {
  const startMs = Date.parse(stream.series.startTime as string);
  const { windows, values } = thin(measureSeries(stream, measure), POINTS_PER_LINE);
  return windows.map((window, place) => ({
    stream: label,
    time: startMs + window * stream.series.windowSeconds * 1000,
    value: values[place],
  }));
}

function otherPoints({ others }: ChartStreams, measure: Measure, label: string): Point[] {
  const starts = others.map(({ series }) => Date.parse(series.startTime as string));
  const ends = others.map(({ series }, place) => starts[place] + series.packets.length * series.windowSeconds * 1000);
  const startMs = starts.reduce((least, value) => Math.min(least, value));
  const spanMs = ends.reduce((most, value) => Math.max(most, value)) - startMs;
  const windowMs = others.reduce((longest, { series }) => Math.max(longest, series.windowSeconds * 1000), 0);
  // A whole number of windows a cell, or cells with one window more than others would look like a wave.
  const cellMs = windowMs * Math.max(1, Math.ceil(spanMs / windowMs / OTHERS_CELLS));
  const cells = Math.max(1, Math.ceil(spanMs / cellMs));
  const values = combineSeries(others, measure, { startMs, cellMs, cells });
  if (measure === 'throughput' && cells > 1) values[cells - 1] = null;
  return values.map((value, cell) => ({ stream: label, time: startMs + cell * cellMs, value }));
}
