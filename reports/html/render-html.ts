import type { Analysis, RunReport } from '../../analyzers/index.ts';
import { sparkSpan } from '../charts/time-cells.ts';
import { captureSpan } from '../summary.ts';
import { formatMoment } from '../text/figures.ts';
import { visible } from '../text/visible.ts';
import { html } from './markup.ts';
import { compilePageCharts } from './page-charts.ts';
import { pageShell } from './page-shell.ts';
import { reportData } from './report-data.ts';
import { controlSections } from './sections/control.ts';
import { findingsSection, summarySection, verdictBox } from './sections/overview.ts';
import { pathSections } from './sections/paths.ts';
import { runHead } from './sections/run.ts';
import { statesSection } from './sections/states.ts';
import { streamsSections } from './sections/streams.ts';
import { inlineJson, inlineSource } from './security.ts';

/** The texts of the two files that the build makes of `reports/html/client`; who calls reads them. */
export interface HtmlAssets {
  /** `report-client.js` */
  readonly script: string;
  /** `report-client.css` */
  readonly style: string;
}

/**
 * The report as one HTML page that needs nothing else: no network, no other file. Verdict first, then findings, streams,
 * charts, and what lies around them.
 */
export async function renderHtml(
  analysis: Analysis,
  assets: HtmlAssets,
  run: RunReport | null = null,
): Promise<string> {
  const script = inlineSource(assets.script);
  const style = inlineSource(assets.style);
  const span = sparkSpan(analysis.streams);
  const charts = span === null ? {} : await compilePageCharts(analysis, span, run);
  const title = run?.run.name ?? pageTitle(analysis);
  const body = html`<header class="page"><h1>${title}</h1><button type="button" id="theme" aria-pressed="false">Dark</button></header>
<main>
${run === null ? null : runHead(run, analysis)}${verdictBox(analysis)}${findingsSection(run?.findings ?? analysis.findings)}${run === null ? statesSection(analysis.states ?? []) : null}${streamsSections(analysis)}${pathSections(analysis)}${controlSections(analysis)}${summarySection(analysis)}</main>
<footer><p>Made by rtcscope. Loss: sequence numbers that never came; late and duplicate packets are counted apart. Jitter: RFC 3550. A dash means that something is not known.</p></footer>
<div id="tip" role="status" hidden></div>
`;
  const data = inlineJson(reportData(analysis, charts, run));
  return pageShell({
    title,
    script,
    style,
    colorScheme: 'light dark',
    body: `${body.html}<script type="application/json" id="data">${data}</script>\n<script>${script}</script>`,
  });
}

function pageTitle(analysis: Analysis): string {
  const [first, ...others] = analysis.captures;
  const span = captureSpan(analysis);
  const name = first === undefined || first.path === '-' ? 'RTP analysis' : visible(first.path.replace(/^.*[/\\]/, ''));
  const rest = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${name}${rest}${span === null ? '' : `, ${formatMoment(span.start).slice(0, 16)} UTC`}`;
}
