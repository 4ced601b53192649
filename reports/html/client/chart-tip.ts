import { formatBitrate, formatMoment, formatMs, formatPercent } from '../../text/figures.ts';
import type { Chart } from './chart.ts';
import { bringsData, type ChartName, nearest } from './chart-lines.ts';
import { byId, element } from './dom.ts';
import { drawSwatch } from './swatch.ts';

const VALUES: Readonly<Record<Exclude<ChartName, 'timeline' | `run-${string}`>, (value: number | null) => string>> = {
  loss: formatPercent,
  jitter: (value) => (value === null ? '-' : `${formatMs(value)} ms`),
  throughput: formatBitrate,
  delay: formatPercent,
};

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
    const place = nearest(line, x);
    if (place < 0) return [];
    const value = line.y[place];
    return [
      element('li', {}, drawSwatch(line.slot), element('span', {}, line.id), element('b', {}, VALUES[name](value))),
    ];
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
