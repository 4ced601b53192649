import { formatBitrate, formatBytes, formatMoment, formatMs, formatPercent } from '../../text/figures.ts';
import type { Chart } from './chart.ts';
import { bringsData, type ChartName, isOfRun, nearest, placeAt } from './chart-lines.ts';
import { byId, element } from './dom.ts';
import { drawSwatch } from './swatch.ts';

const VALUES: Readonly<Record<Exclude<ChartName, 'timeline' | `run-${string}`>, (value: number | null) => string>> = {
  loss: formatPercent,
  jitter: (value) => (value === null ? '-' : `${formatMs(value)} ms`),
  throughput: formatBitrate,
  delay: formatPercent,
};

const milliseconds = (value: number | null) => (value === null ? '-' : `${formatMs(value)} ms`);
const count = (value: number | null) => (value === null ? '-' : String(value));

/** By the chart of a run; others are plain numbers. */
const RUN_VALUES: Readonly<Record<string, (value: number | null) => string>> = {
  'run-cpu': (value) => (value === null ? '-' : `${value.toFixed(3)} cores`),
  'run-memory': formatBytes,
  'run-loss': formatPercent,
  'run-jitter': milliseconds,
  'run-throughput': formatBitrate,
  'run-joins': milliseconds,
  'run-http': milliseconds,
};

function valueText(name: Exclude<ChartName, 'timeline'>, value: number | null): string {
  return isOfRun(name) ? (RUN_VALUES[name] ?? count)(value) : VALUES[name](value);
}

/** The point of the chart's lines that is nearest to `x`: where the values are read. */
export function snap({ lines }: Chart, x: number): number | null {
  let best: number | null = null;
  for (const line of lines) {
    const place = nearest(line, x);
    if (place >= 0 && (best === null || Math.abs(line.x[place] - x) < Math.abs(best - x))) best = line.x[place];
  }
  return best;
}

/** Shows the values of all lines at `x` beside a point of the screen; the time line has no values. */
export function showTip(chart: Chart, x: number, clientX: number, clientY: number): void {
  const { name } = chart;
  if (bringsData(name)) {
    hideTip();
    return;
  }
  const head = name === 'delay' ? `at most ${formatMs(x)} ms later` : formatMoment(new Date(x).toISOString());
  const rows = chart.lines.flatMap((line) => {
    const place = placeAt(line, x);
    if (place < 0) return [];
    const value = valueText(name, line.y[place]);
    return [element('li', {}, drawSwatch(line.slot), element('span', {}, line.id), element('b', {}, value))];
  });
  const tip = byId('tip');
  tip.replaceChildren(element('p', {}, head), element('ul', {}, ...rows));
  tip.hidden = false;
  // Beside the pointer, on the side where there is room.
  const box = tip.getBoundingClientRect();
  const left = clientX + 16 + box.width > window.innerWidth ? clientX - 16 - box.width : clientX + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, Math.min(window.innerHeight - box.height - 4, clientY - box.height / 2))}px`;
}

export function hideTip(): void {
  byId('tip').hidden = true;
}
