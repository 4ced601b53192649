import type { TopLevelSpec } from 'vega-lite';
import type { StreamAnalysis } from '../../analyzers/index.ts';
import type { ChartStreams } from './chart-streams.ts';
import { CHART_CONFIG, CHART_HEIGHT, CHART_WIDTH } from './chart-theme.ts';
import { lineStyle } from './time-chart.ts';

const TICKS_MS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

export interface DelayPoint {
  readonly delayMs: number;
  /** Percent of the packets whose delay variation is at most `delayMs`. */
  readonly share: number;
}

/** How delay is spread, a line a stream: what share of the packets came at most so much later than the fastest. */
export function delayChart(streams: ChartStreams): TopLevelSpec {
  const values = streams.drawn.flatMap((stream, place) =>
    cumulativeDelay(stream).map((point) => ({ stream: streams.labels[place], ...point })),
  );
  const total = streams.drawn.length + streams.others.length;
  const subtitle = streams.others.length === 0 ? [] : [`the ${streams.drawn.length} worst of ${total} streams`];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: 'Delay variation', subtitle },
    description: `Cumulative distribution of the delay variation of ${streams.drawn.length} streams`,
    width: CHART_WIDTH,
    height: CHART_HEIGHT,
    config: CHART_CONFIG as never,
    data: { values: values as never },
    mark: { type: 'line', clip: true },
    encoding: { ...delayEncoding('packets delayed at most so much (%)'), ...lineStyle('stream', streams.labels, null) },
  };
}

export function delayEncoding(axisTitle: string | null) {
  return {
    x: {
      field: 'delayMs',
      type: 'quantitative' as const,
      scale: { type: 'log' as const, nice: false },
      axis: { title: 'delay above the fastest packet, RFC 5481 (ms)', values: TICKS_MS, format: '~r', grid: true },
    },
    y: {
      field: 'share',
      type: 'quantitative' as const,
      scale: { domain: [0, 100] },
      axis: { title: axisTitle, values: [0, 25, 50, 75, 95], labelOverlap: false },
    },
  };
}

/** Empty where nothing is known of the stream's delay. A class that ends at 0 has no place on a logarithmic axis. */
export function cumulativeDelay({ series }: StreamAnalysis): DelayPoint[] {
  const { upperMs, packets } = series.delayHistogram;
  const total = packets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  const points: DelayPoint[] = [];
  let sum = 0;
  for (let place = 0; place < packets.length; place++) {
    sum += packets[place];
    if (upperMs[place] <= 0) continue;
    if (points.length === 0 || packets[place] > 0) points.push({ delayMs: upperMs[place], share: (100 * sum) / total });
  }
  return points;
}
