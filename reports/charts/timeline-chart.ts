import type { TopLevelSpec } from 'vega-lite';
import type { Analysis } from '../../analyzers/index.ts';
import { formatCount, formatPercent } from '../text/figures.ts';
import { gradeStreams } from '../verdict.ts';
import { streamLabel } from './chart-streams.ts';
import { CHART_CONFIG, CHART_WIDTH } from './chart-theme.ts';
import { GRADE_COLORS } from './palette.ts';

const STREAMS_SHOWN = 40;
const ROW_HEIGHT = 20;
/** Moments of loss a stream; the worst are kept. */
const MOMENTS_SHOWN = 120;
const GRADE_NAMES = { bad: 'bad', fair: 'impaired', good: 'without trouble' } as const;

/** When each stream ran, how it fared, and at which moments it lost packets. */
export function timelineChart(analysis: Analysis): TopLevelSpec {
  const grades = gradeStreams(analysis);
  const timed = analysis.streams.filter(({ startTime, endTime }) => startTime !== null && endTime !== null);
  const shown = timed.slice(0, STREAMS_SHOWN);
  const bars = shown.map((stream) => ({
    stream: streamLabel(stream),
    start: Date.parse(stream.startTime as string),
    end: Date.parse(stream.endTime as string),
    grade: GRADE_NAMES[grades.get(stream.id) ?? 'good'],
    loss: stream.lost === 0 ? '' : `${formatPercent(stream.lostPercent)} lost`,
  }));
  const moments = shown.flatMap((stream) =>
    lossMoments(stream).map((moment) => ({ stream: streamLabel(stream), ...moment })),
  );
  const subtitle = ['bars: when the stream ran; ticks: moments of loss'];
  if (shown.length < timed.length) {
    subtitle.push(
      `the ${formatCount(shown.length)} worst of ${formatCount(timed.length)} streams; the others are not drawn`,
    );
  }
  const y = { field: 'stream', type: 'nominal' as const, sort: bars.map(({ stream }) => stream), title: null };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: 'Streams over time', subtitle },
    description: `Time line of ${shown.length} streams`,
    width: CHART_WIDTH - 200,
    height: { step: ROW_HEIGHT },
    config: CHART_CONFIG as never,
    encoding: { y: { ...y, axis: { labelLimit: 320, grid: false, ticks: false, domain: false } } },
    layer: [
      {
        data: { values: bars as never },
        mark: { type: 'bar', height: 9, cornerRadius: 2, minBandSize: 2 },
        encoding: {
          x: {
            field: 'start',
            type: 'temporal',
            scale: { type: 'utc' },
            axis: { title: 'time (UTC)', labelOverlap: true, tickCount: 7 },
          },
          x2: { field: 'end' },
          color: {
            field: 'grade',
            type: 'nominal',
            scale: { domain: Object.values(GRADE_NAMES), range: Object.values(GRADE_COLORS) },
            legend: { title: null, columns: 3, symbolType: 'square', symbolStrokeWidth: 0 },
          },
        },
      },
      {
        data: { values: moments as never },
        mark: { type: 'tick', color: '#000000', thickness: 1.5, size: 15 },
        encoding: {
          x: { field: 'time', type: 'temporal' },
          opacity: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 20], range: [0.3, 1], clamp: true },
            legend: null,
          },
        },
      },
      {
        data: { values: bars as never },
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 10, color: '#333333' },
        encoding: { x: { field: 'end', type: 'temporal' }, text: { field: 'loss' } },
      },
    ],
  };
}

function lossMoments({ series }: Analysis['streams'][number]): { time: number; share: number }[] {
  if (series.startTime === null) return [];
  const startMs = Date.parse(series.startTime);
  const moments: { time: number; share: number }[] = [];
  for (let window = 0; window < series.lost.length; window++) {
    const lost = series.lost[window];
    if (lost === 0) continue;
    const share = (100 * lost) / (lost + series.packets[window]);
    moments.push({ time: startMs + (window + 0.5) * series.windowSeconds * 1000, share });
  }
  return moments.sort((a, b) => b.share - a.share).slice(0, MOMENTS_SHOWN);
}
