import type { Analysis, RunReport } from '../../../analyzers/index.ts';
import { metricRows } from '../../comparison/comparison-rows.ts';
import { METHOD, sentencesOf } from '../../comparison/render-comparison.ts';
import { INJECTED_TITLE } from '../../run/render-run.ts';
import { runCharts } from '../../run/run-charts.ts';
import {
  AUTOSCALING_TITLE,
  autoscalingShown,
  injectedRows,
  phaseRows,
  resourceRows,
  runFacts,
} from '../../run/run-rows.ts';
import { type RowsOfText, stateRows } from '../../run/state-rows.ts';
import { html, type Markup, sentence } from '../markup.ts';
import { table } from './table.ts';

/** What was run, the verdict, holes, and the tables of phases and states: the head of a run's page. */
export function runHead(report: RunReport, analysis: Analysis): Markup {
  const autoscaling = autoscalingShown(report);
  const worse = report.comparison?.metrics.some(({ verdict }) => verdict === 'worse') === true;
  const list = (title: string, texts: readonly string[]) =>
    texts.length === 0
      ? null
      : html`<section class="holes"><h2>${title}</h2><ul class="findings">${texts.map((text) => html`<li class="warning">${sentence(text)}</li>`)}</ul></section>\n`;
  return html`<section id="run"><h2>What was run</h2><dl class="summary">${runFacts(report).map(([label, text]) => html`<dt>${label}</dt><dd>${text}</dd>`)}</dl></section>
<section id="run-verdict" class="verdict ${worse ? 'fair' : 'none'}" aria-label="Verdict">${report.verdict.map((text, place) => html`<p class="${place === 0 ? 'headline' : 'note'}">${sentence(text)}</p>`)}</section>
${list('Holes in this run', report.problems)}${list('Limits of this run', report.limits)}
<section id="run-phases"><h2>Phases and states</h2>${rowsTable('Phases', phaseRows(report))}${rowsTable('Phases and scaling states in their order', stateRows(report.states as never))}${rowsTable('CPU and memory', resourceRows(report))}</section>
${
  autoscaling === null
    ? null
    : html`<section id="run-autoscaling"><h2>${AUTOSCALING_TITLE}</h2>${rowsTable('The same load with the autoscaler, against without it', metricRows(autoscaling))}<ul>${sentencesOf(
        autoscaling,
      )
        .slice(0, 12)
        .map((text) => html`<li>${sentence(text)}</li>`)}</ul></section>`
}${
  report.comparison === null
    ? null
    : html`<section id="run-comparison"><h2>What changed between the phases</h2>${rowsTable('Each phase against the first', metricRows(report.comparison))}<ul>${sentencesOf(
        report.comparison,
      )
        .slice(0, 12)
        .map((text) => html`<li>${sentence(text)}</li>`)}</ul><p class="note">${sentence(METHOD)}</p></section>`
}${figuresSection(report, analysis)}${injectedSection(report)}`;
}

function injectedSection(report: RunReport): Markup | null {
  if (report.injected.length === 0) return null;
  const rows = rowsTable(INJECTED_TITLE, injectedRows(report));
  return html`<section id="run-injected"><h2>Injected faults</h2><details><summary>${INJECTED_TITLE}</summary>${rows}</details></section>\n`;
}

/** Frames of the charts on the run's one time axis, which the page's script fills. */
function figuresSection(report: RunReport, analysis: Analysis): Markup | null {
  const charts = runCharts(report, analysis);
  if (charts.length === 0 || analysis.streams.length === 0) return null;
  const figures = charts.map(
    ({ name, title, unit, lines }) =>
      html`<figure data-chart="${name}"><figcaption><strong>${title}</strong> <span class="note">${unit}</span></figcaption>${lines.length < 2 ? null : html`<ul class="chips legend" data-legend="${name}" aria-label="Lines"></ul>`}<div class="plot" tabindex="0" role="group" aria-label="${title}"></div></figure>\n`,
  );
  return html`<section id="run-charts"><h2>Over time</h2><p class="note">Bands: scaling states; dotted lines: where phases begin. All charts show the same time: drag to zoom in, double-click for all of it; Tab, arrow keys, + and − and 0 do the same by keyboard.</p><div class="charts">
${figures}</div></section>\n`;
}

function rowsTable(caption: string, { titles, align, rows }: RowsOfText): Markup | null {
  const columns = titles.map((title, place) => ({
    title,
    numeric: align[place] === 'r',
    cell: (row: readonly string[]) => row[place],
  }));
  return table(caption, columns, rows);
}
