import type { TopLevelSpec } from 'vega-lite';
import type { Analysis, StreamAnalysis } from '../../analyzers/index.ts';
import { formatCount, formatPercent } from '../text/figures.ts';
import { gradeStreams } from '../verdict.ts';
import { streamLabel } from './chart-streams.ts';
import { CHART_CONFIG, CHART_WIDTH, CLOCK_LABELS } from './chart-theme.ts';
import { GRADE_COLORS } from './palette.ts';

const STREAMS_SHOWN = 40;
export const TIMELINE_ROW_PX = 20;
export const TIMELINE_SIGNS = 'bars: when the stream ran; ticks: moments of loss';
/** The page's style sheet knows it too: black is lost on a dark screen. */
const MOMENT_COLOR = '#111111';
/** Moments of loss a stream; the worst are kept. */
const MOMENTS_SHOWN = 120;
const GRADE_NAMES = { bad: 'bad', fair: 'impaired', good: 'without trouble' } as const;

interface Bar {
  readonly id: string;
  readonly stream: string;
  readonly start: number;
  readonly end: number;
  readonly grade: string;
  readonly loss: string;
}

interface Moment {
  readonly id: string;
  readonly stream: string;
  readonly time: number;
  /** Percent of the window's packets. */
  readonly share: number;
}

/** What the time line shows of the worst streams. */
export interface Timeline {
  readonly bars: readonly Bar[];
  readonly moments: readonly Moment[];
  /** Null where every stream is shown. */
  readonly note: string | null;
}

export function timelineOf(analysis: Analysis, label: (stream: StreamAnalysis) => string): Timeline {
  const grades = gradeStreams(analysis);
  const timed = analysis.streams.filter(({ startTime, endTime }) => startTime !== null && endTime !== null);
  const shown = timed.slice(0, STREAMS_SHOWN);
  const bars = shown.map((stream) => ({
    id: stream.id,
    stream: label(stream),
    start: Date.parse(stream.startTime as string),
    end: Date.parse(stream.endTime as string),
    grade: GRADE_NAMES[grades.get(stream.id) ?? 'good'],
    loss: stream.lost === 0 ? '' : `${formatPercent(stream.lostPercent)} lost`,
  }));
  const moments = shown.flatMap((stream) => lossMoments(stream, label(stream)));
  const counts = `the ${formatCount(shown.length)} worst of ${formatCount(timed.length)} streams`;
  return { bars, moments, note: shown.length < timed.length ? `${counts}; the others are not drawn` : null };
}

/** When each stream ran, how it fared, and at which moments it lost packets. */
export function timelineChart(analysis: Analysis): TopLevelSpec {
  const timeline = timelineOf(analysis, streamLabel);
  const subtitle = [TIMELINE_SIGNS, ...(timeline.note === null ? [] : [timeline.note])];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: 'Streams over time', subtitle },
    description: `Time line of ${timeline.bars.length} streams`,
    width: CHART_WIDTH - 200,
    height: { step: TIMELINE_ROW_PX },
    config: CHART_CONFIG as never,
    encoding: timelineRows(timeline),
    layer: [
      ...timelineLayers(timeline),
      {
        data: { values: timeline.bars as never },
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 10, color: '#333333' },
        encoding: { x: { field: 'end', type: 'temporal' }, text: { field: 'loss' } },
      },
    ],
  };
}

/** A row a stream, in the analysis' order. */
export function timelineRows({ bars }: Timeline) {
  const axis = { labelLimit: 320, grid: false, ticks: false, domain: false };
  return {
    y: { field: 'stream', type: 'nominal' as const, sort: bars.map(({ stream }) => stream), title: null, axis },
  };
}

/** Bars and ticks; `range` names two signals that hold the ends of the time shown. */
export function timelineLayers({ bars, moments }: Timeline, range?: { from: string; to: string }) {
  const chosen =
    range === undefined ? {} : { domainMin: { expr: range.from }, domainMax: { expr: range.to }, nice: false };
  const axis = { title: 'time (UTC)', labelOverlap: true, tickCount: 7, format: CLOCK_LABELS };
  return [
    {
      data: { values: bars as never },
      mark: { type: 'bar' as const, height: 9, cornerRadius: 2, minBandSize: 2, clip: true },
      encoding: {
        x: { field: 'start', type: 'temporal' as const, scale: { type: 'utc' as const, ...chosen }, axis },
        x2: { field: 'end' },
        color: {
          field: 'grade',
          type: 'nominal' as const,
          scale: { domain: Object.values(GRADE_NAMES), range: Object.values(GRADE_COLORS) },
          legend: { title: null, columns: 3, symbolType: 'square', symbolStrokeWidth: 0 },
        },
      },
    },
    {
      data: { values: moments as never },
      mark: { type: 'tick' as const, color: MOMENT_COLOR, thickness: 1.5, size: 15, clip: true },
      encoding: {
        x: { field: 'time', type: 'temporal' as const },
        opacity: {
          field: 'share',
          type: 'quantitative' as const,
          scale: { domain: [0, 20], range: [0.3, 1], clamp: true },
          legend: null,
        },
      },
    },
  ];
}

function lossMoments({ id, series }: StreamAnalysis, stream: string): Moment[] {
  if (series.startTime === null) return [];
  const startMs = Date.parse(series.startTime);
  const moments: Moment[] = [];
  for (let window = 0; window < series.lost.length; window++) {
    const lost = series.lost[window];
    if (lost === 0) continue;
    const share = (100 * lost) / (lost + series.packets[window]);
    moments.push({ id, stream, time: startMs + (window + 0.5) * series.windowSeconds * 1000, share });
  }
  return moments.sort((a, b) => b.share - a.share).slice(0, MOMENTS_SHOWN);
}
