import type { Comparison, MetricComparison } from '../../analyzers/index.ts';
import { metricName } from '../../analyzers/index.ts';
import type { RowsOfText } from '../run/state-rows.ts';
import { formatBitrate, formatCount } from '../text/figures.ts';
import { visible } from '../text/visible.ts';

/** `A`, `B`, ...: how a comparison's sides are called in tables. */
export function sideLetter(side: number): string {
  return side < 26 ? String.fromCharCode(65 + side) : `side ${side + 1}`;
}

export function sideRows({ sides }: Comparison): RowsOfText {
  return {
    titles: ['', 'Side', 'Runs', 'Streams', 'Packets'],
    align: 'llrrr',
    rows: sides.map(({ name, runs, streams, packets }, place) => [
      ...[sideLetter(place), visible(name), formatCount(runs), formatCount(streams), formatCount(packets)],
    ]),
  };
}

export function metricRows({ metrics }: Comparison): RowsOfText {
  return {
    titles: ['Metric', 'A', 'Other', '', 'Difference', 'Interval', 'Effect', 'Behind it', 'Verdict'],
    align: 'lrlrrrrrl',
    rows: metrics.map((row) => {
      const show = (value: number | null) => formatMetric(row, value);
      return [
        metricName(row),
        show(row.a),
        sideLetter(row.sides[1]),
        show(row.b),
        signed(row.difference, show),
        row.interval === null ? '-' : `${show(row.interval[0])} to ${show(row.interval[1])}`,
        row.effectSize === null ? '-' : row.effectSize.toFixed(2),
        `${row.streams[0]} | ${row.streams[1]}`,
        row.verdict,
      ];
    }),
  };
}

/** Means of single runs; only where a side has several. */
export function runRows({ metrics, sides }: Comparison): RowsOfText | null {
  if (sides.every(({ runs }) => runs < 2)) return null;
  return {
    titles: ['Metric', 'A, run by run', 'Other', 'run by run'],
    align: 'llll',
    rows: metrics.map((row) => [
      metricName(row),
      row.runs[0].map((value) => formatMetric(row, value)).join(', '),
      sideLetter(row.sides[1]),
      row.runs[1].map((value) => formatMetric(row, value)).join(', '),
    ]),
  };
}

function signed(value: number | null, show: (value: number | null) => string): string {
  return value !== null && value > 0 ? `+${show(value)}` : show(value);
}

export function formatMetric({ unit }: Pick<MetricComparison, 'unit'>, value: number | null): string {
  if (value === null) return '-';
  if (unit === 'b/s') return formatBitrate(value);
  const size = Math.abs(value);
  const digits = unit === 'cores' ? 3 : 2;
  const text = value.toFixed(size < 9.995 ? digits : size < 99.95 ? 1 : 0);
  return unit === '' ? text : `${text} ${unit}`;
}
