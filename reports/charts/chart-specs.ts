import type { TopLevelSpec } from 'vega-lite';
import type { Analysis } from '../../analyzers/index.ts';
import { chooseChartStreams } from './chart-streams.ts';
import { delayChart } from './delay-chart.ts';
import { MEASURES } from './measures.ts';
import { timeChart } from './time-chart.ts';
import { timelineChart } from './timeline-chart.ts';

/** A chart as plain JSON: Vega-Lite draws it anywhere, this program draws it as SVG and PNG. */
export interface Chart {
  /** `throughput`, `loss`, `jitter`, `delay`, `timeline`: fit for a file name. */
  readonly name: string;
  readonly spec: TopLevelSpec;
}

/** All charts of an analysis; none where it has no stream to draw. */
export function chartSpecs(analysis: Analysis): Chart[] {
  const streams = chooseChartStreams(analysis);
  if (streams.drawn.length === 0) return [];
  return [
    ...MEASURES.map((measure) => ({ name: measure, spec: timeChart(measure, streams) })),
    { name: 'delay', spec: delayChart(streams) },
    { name: 'timeline', spec: timelineChart(analysis) },
  ];
}
