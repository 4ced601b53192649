import type { Analysis, Finding } from '../../../analyzers/index.ts';
import { summarize } from '../../summary.ts';
import { countOf } from '../../text/figures.ts';
import { judge, orderFindings } from '../../verdict.ts';
import { html, type Markup, sentence } from '../markup.ts';

const GRADE_WORDS = { bad: 'Bad', fair: 'Impaired', good: 'Good' } as const;
const SEVERITY_WORDS = { error: 'Error', warning: 'Warning', info: 'Note' } as const;
const FINDINGS_SHOWN = 200;
/** Links to so many streams a finding; who wants the others filters the table. */
const STREAM_LINKS = 12;

/** What a reader in a hurry needs: how it went, and what limits that judgement. */
export function verdictBox(analysis: Analysis): Markup {
  const { grade, headline, caveats } = judge(analysis);
  const badge = grade === null ? null : html`<span class="badge ${grade}">${GRADE_WORDS[grade]}</span> `;
  return html`<section id="verdict" class="verdict ${grade ?? 'none'}" aria-label="Verdict">
<p class="headline">${badge}${headline}</p>
${caveats.map((caveat) => html`<p class="note">${caveat}</p>\n`)}</section>
`;
}

export function findingsSection(told: readonly Finding[]): Markup | null {
  const findings = orderFindings(told);
  if (findings.length === 0) return null;
  const rest = findings.length - FINDINGS_SHOWN;
  return html`<section id="findings"><h2>Findings</h2><ul class="findings">
${findings.slice(0, FINDINGS_SHOWN).map(findingItem)}</ul>
${rest > 0 ? html`<p class="note">and ${countOf(rest, 'finding')} more</p>` : null}</section>
`;
}

export function summarySection(analysis: Analysis): Markup {
  const lines = summarize(analysis);
  const items = lines.map(({ label, text }, place) => {
    const again = place > 0 && lines[place - 1].label === label;
    return html`${again ? null : html`<dt>${label}</dt>`}<dd>${text}</dd>\n`;
  });
  return html`<section id="read"><h2>What was read</h2><dl class="summary">
${items}</dl></section>
`;
}

function findingItem({ severity, code, text, streams }: Finding): Markup {
  const links = streams
    .slice(0, STREAM_LINKS)
    .map((id) => html` <button type="button" class="link" data-stream="${id}">${id}</button>`);
  const rest = streams.length - STREAM_LINKS;
  return html`<li class="${severity}" data-code="${code}"><span class="badge ${severity}">${SEVERITY_WORDS[severity]}</span> ${sentence(text)}${links}${rest > 0 ? ` and ${rest} more` : null}</li>
`;
}
