import type { Analysis, StreamAnalysis } from '../../analyzers/index.ts';
import { formatCount } from '../text/figures.ts';
import { visible } from '../text/visible.ts';
import { LINE_STYLES } from './palette.ts';

/** Which streams a chart draws one by one, and which it draws together. */
export interface ChartStreams {
  readonly drawn: readonly StreamAnalysis[];
  readonly others: readonly StreamAnalysis[];
  /** Name of each drawn stream in a legend. */
  readonly labels: readonly string[];
  /** Name of the others in a legend; null where there are none. */
  readonly othersLabel: string | null;
  /** For the chart's subtitle; null where every stream is drawn. */
  readonly note: string | null;
}

/** The worst streams first, as many as there are line styles that can be told apart. */
export function chooseChartStreams(analysis: Analysis, most = LINE_STYLES.length): ChartStreams {
  const withSeries = analysis.streams.filter(({ series }) => series.startTime !== null && series.packets.length > 0);
  const drawn = withSeries.slice(0, Math.min(most, LINE_STYLES.length));
  const others = withSeries.slice(drawn.length);
  const count = formatCount(others.length);
  return {
    drawn,
    others,
    labels: drawn.map(streamLabel),
    othersLabel: others.length === 0 ? null : `${count} ${others.length === 1 ? 'other' : 'others together'}`,
    note:
      others.length === 0
        ? null
        : `the ${drawn.length} worst of ${formatCount(withSeries.length)} streams; the other ${count} in grey`,
  };
}

/** `s3 video VP8 → 10.0.0.7:5004`: the id makes it unique. */
export function streamLabel(stream: StreamAnalysis): string {
  const codec = stream.codec === null ? '' : ` ${visible(stream.codec).slice(0, 20)}`;
  return `${stream.id} ${stream.kind}${codec} → ${stream.destination}`;
}
