import type { Analysis, Comparison } from '../../analyzers/index.ts';
import { renderSvg } from '../charts/render.ts';
import { html, Markup, sentence } from '../html/markup.ts';
import type { HtmlAssets } from '../html/render-html.ts';
import { table } from '../html/sections/table.ts';
import { staticPage } from '../html/static-page.ts';
import type { RowsOfText } from '../run/state-rows.ts';
import { intervalChart, type SideSpans, sideCharts } from './comparison-charts.ts';
import { metricRows, runRows, sideRows } from './comparison-rows.ts';
import { comparisonHeadline, leftOutOf, METHOD, sentencesOf } from './render-comparison.ts';

/** The comparison as a page without scripts: what changed, by how much, how sure; then the sides next to each other. */
export async function renderComparisonHtml(
  comparison: Comparison,
  analyses: readonly (readonly Analysis[])[],
  assets: HtmlAssets,
  spans?: SideSpans,
): Promise<string> {
  const intervals = intervalChart(comparison);
  const pictures = await Promise.all(sideCharts(comparison, analyses, spans).map(renderSvg));
  const grade = comparison.metrics.some(({ verdict }) => verdict === 'worse') ? 'fair' : 'none';
  const runs = runRows(comparison);
  const body = html`<header class="page"><h1>Comparison</h1></header>
<main>
<section class="verdict ${grade}" aria-label="Verdict"><p class="headline">${sentence(comparisonHeadline(comparison))}</p></section>
<section><h2>What was compared</h2>${htmlTable('Sides', sideRows(comparison))}
${leftOutOf(comparison).map((text) => html`<p>${sentence(text)}</p>`)}</section>
<section><h2>What changed</h2>${htmlTable('Differences, and how sure they are', metricRows(comparison))}
${intervals === null ? null : html`<figure>${picture(await renderSvg(intervals))}</figure>`}
${runs === null ? null : htmlTable('Run by run', runs)}</section>
<section><h2>In words</h2><ul>${sentencesOf(comparison).map((text) => html`<li>${sentence(text)}</li>`)}</ul><p class="note">${sentence(METHOD)}</p></section>
<section><h2>Side by side</h2><p class="note">Each line is a run, or a repetition, from its own begin.</p>${pictures.map((svg) => html`<figure>${picture(svg)}</figure>`)}</section>
</main>
`;
  return staticPage(`Comparison of ${comparison.sides.map(({ name }) => name).join(' and ')}`, body, assets);
}

export function htmlTable(caption: string, { titles, align, rows }: RowsOfText): Markup | null {
  const columns = titles.map((title, place) => ({
    title,
    numeric: align[place] === 'r',
    cell: (row: readonly string[]) => row[place],
  }));
  return table(caption, columns, rows);
}

/** A picture that was drawn here: its texts are escaped by Vega; the page's policy allows no style attributes. */
export function picture(svg: string): Markup {
  return new Markup(svg.replace(/ style="[^"]*"/g, ''));
}
