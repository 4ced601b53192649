import type { ReportData } from '../report-data.ts';
import { Chart, type Pointing } from './chart.ts';
import { bringsData, type ChartName, chosenLines, isOfRun, runLines } from './chart-lines.ts';
import { hideTip, showTip, snap } from './chart-tip.ts';
import type { ChosenStreams } from './chosen-streams.ts';
import { byId, element } from './dom.ts';
import { mediaOf } from './stream-columns.ts';
import { drawSwatch } from './swatch.ts';
import { TimeRange } from './time-range.ts';

/** The charts of the chosen streams, with one time axis, one legend and one pointer. */
export function setUpCharts(data: ReportData, chosen: ChosenStreams, reveal: (id: string) => void): void {
  if (data.span === null) {
    byId('charts').hidden = true;
    return;
  }
  const streams = new Map(data.streams.map((stream) => [stream.id, stream]));
  const windowMs = data.streams.reduce((least, { lines }) => Math.min(least, lines?.windowMs ?? least), 60_000);
  const range = new TimeRange(data.span, 3 * windowMs);
  const charts: Chart[] = [];
  for (const figure of document.querySelectorAll<HTMLElement>('figure[data-chart]')) {
    const name = figure.dataset['chart'] as ChartName;
    const plot = figure.querySelector('.plot') as HTMLElement;
    const chart = new Chart(plot, name, data.charts[name], name === 'delay' ? null : range);
    chart.listen((pointing) => point(charts, pointing));
    plot.addEventListener('keydown', (event) => pressKey(event, chart, plot, charts));
    chart.onPick(reveal);
    plot.addEventListener('blur', () => point(charts, null));
    charts.push(chart);
  }
  const linesOf = (name: ChartName) => (isOfRun(name) ? runLines(name, data.runs) : chosenLines(name, streams, chosen));
  const draw = (only: (chart: Chart) => boolean) => {
    point(charts, null);
    for (const chart of charts) if (only(chart)) chart.draw(linesOf(chart.name));
  };
  drawLegends(data);
  chosen.onChange(() => {
    drawChips(data, chosen);
    draw((chart) => !isOfRun(chart.name));
  });
  range.onChange(() => draw((chart) => chart.range !== null));
  const buttons: Readonly<Record<string, () => void>> = {
    'zoom-in': () => range.zoom(0.5),
    'zoom-out': () => range.zoom(2),
    'zoom-left': () => range.move(-0.5),
    'zoom-right': () => range.move(0.5),
    'zoom-reset': () => range.reset(),
  };
  for (const [id, act] of Object.entries(buttons)) byId(id).addEventListener('click', act);
  showNote(data);
  drawChips(data, chosen);
  draw(() => true);
}

/** A cross in every chart over time, and the values of the one that is pointed at. */
function point(charts: readonly Chart[], pointing: Pointing | null): void {
  const x = pointing === null ? null : bringsData(pointing.chart.name) ? pointing.x : snap(pointing.chart, pointing.x);
  const overTime = pointing !== null && pointing.chart.range !== null;
  for (const chart of charts) {
    chart.point(chart === pointing?.chart || (overTime && chart.range !== null) ? x : null);
  }
  if (pointing === null || x === null) hideTip();
  else showTip(pointing.chart, x, pointing.clientX, pointing.clientY);
}

/** What the pointer does, with the keyboard. */
function pressKey(event: KeyboardEvent, chart: Chart, plot: HTMLElement, charts: readonly Chart[]): void {
  const { range } = chart;
  if (event.key === '+' || event.key === '=') range?.zoom(0.5);
  else if (event.key === '-') range?.zoom(2);
  else if (event.key === '0') range?.reset();
  else if (event.key === 'Escape') point(charts, null);
  else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
    const places = [...new Set(chart.lines.flatMap(({ x }) => x))].sort((a, b) => a - b);
    const shown = range === null ? places : places.filter((x) => x >= range.from && x <= range.to);
    if (shown.length === 0) return;
    const at = shown.indexOf(Number(plot.dataset['at'] ?? Number.NaN));
    const next = at < 0 ? Math.floor(shown.length / 2) : at + (event.key === 'ArrowRight' ? 1 : -1);
    const x = shown[Math.max(0, Math.min(shown.length - 1, next))];
    plot.dataset['at'] = String(x);
    const box = plot.getBoundingClientRect();
    point(charts, { chart, x, clientX: chart.screenX(x), clientY: box.top + box.height / 2 });
  } else return;
  event.preventDefault();
}

/** The legend of all charts: what is drawn how, each with a button that takes it out. */
function drawChips(data: ReportData, chosen: ChosenStreams): void {
  const streams = new Map(data.streams.map((stream) => [stream.id, stream]));
  const chips = chosen.slots.flatMap((id, slot) => {
    const stream = id === null ? undefined : streams.get(id);
    if (id === null || stream === undefined) return [];
    const remove = element('button', { type: 'button', 'aria-label': `Take ${id} out of the charts` }, '×');
    remove.addEventListener('click', () => chosen.remove(id));
    const name = element('span', {}, `${id} ${mediaOf(stream)}`);
    return [element('li', { title: `${stream.source} → ${stream.destination}` }, drawSwatch(slot), name, remove)];
  });
  if (chips.length === 0) chips.push(element('li', { class: 'note' }, 'No stream chosen: tick some in the table.'));
  byId('chosen').replaceChildren(...chips);
}

/** What is drawn how in the run's charts. */
function drawLegends({ runs }: ReportData): void {
  for (const list of document.querySelectorAll<HTMLElement>('[data-legend]')) {
    const lines = runs.find(({ name }) => name === list.dataset['legend'])?.lines ?? [];
    list.replaceChildren(
      ...lines.map(({ name }, slot) => element('li', {}, drawSwatch(slot), element('span', {}, name))),
    );
  }
}

/** What was left out of the pictures, so that nobody takes them for the figures. */
function showNote(data: ReportData): void {
  const sentences: string[] = [];
  if (data.withLines < data.streams.length) {
    sentences.push(
      `Lines are kept for the ${data.withLines} worst of ${data.streams.length} streams; figures for all.`,
    );
  }
  if (data.streams.some(({ lines }) => lines?.measures.throughput.windows != null)) {
    sentences.push('Lines of long streams are thinned: each part keeps its smallest and its largest value.');
  }
  const note = byId('charts-note');
  note.hidden = sentences.length === 0;
  note.textContent = sentences.join(' ');
}
