import type { RunReport } from '../../analyzers/index.ts';
import { metricRows } from '../comparison/comparison-rows.ts';
import { METHOD, markdownTable, sentencesOf } from '../comparison/render-comparison.ts';
import { escapeMarkdown } from '../markdown/escape.ts';
import { textTable } from '../terminal/state-table.ts';
import { LONGEST_SENTENCE, visible } from '../text/visible.ts';
import { AUTOSCALING_TITLE, autoscalingShown, injectedRows, phaseRows, resourceRows, runFacts } from './run-rows.ts';
import { stateRows } from './state-rows.ts';

export const INJECTED_TITLE = 'Faults that participants injected, and what was captured of them';
/** The page and the JSON have them all. */
const FINDINGS_TOLD = 20;

function toldFindings({ findings }: RunReport) {
  return findings
    .filter(({ severity, code }) => severity !== 'info' || code === 'knee' || code === 'injected-faults')
    .slice(0, FINDINGS_TOLD);
}

export function renderRunText(report: RunReport): string {
  const findings = toldFindings(report);
  const autoscaling = autoscalingShown(report);
  const blocks = [
    report.verdict.map((text) => visible(text, LONGEST_SENTENCE)).join('\n'),
    ...(report.problems.length === 0
      ? []
      : [['Holes:', ...report.problems.map((text) => `  ${visible(text)}`)].join('\n')]),
    ...(findings.length === 0
      ? []
      : [['Findings:', ...findings.map(({ text }) => `  ${visible(text, LONGEST_SENTENCE)}`)].join('\n')]),
    textTable(phaseRows(report)).join('\n'),
    textTable(stateRows(report.states as never)).join('\n'),
    ...(report.injected.length === 0 ? [] : [textTable(injectedRows(report)).join('\n')]),
    ...(resourceRows(report).rows.length === 0 ? [] : [textTable(resourceRows(report)).join('\n')]),
    ...(report.comparison === null ? [] : [textTable(metricRows(report.comparison)).join('\n')]),
    ...(autoscaling === null ? [] : [`${AUTOSCALING_TITLE}:\n${textTable(metricRows(autoscaling)).join('\n')}`]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

export function renderRunMarkdown(report: RunReport): string {
  const list = (texts: readonly string[]) =>
    texts.map((text) => `- ${escapeMarkdown(text, LONGEST_SENTENCE)}`).join('\n');
  const part = (title: string, text: string) => (text === '' ? [] : [`## ${title}`, text]);
  const resources = resourceRows(report);
  const autoscaling = autoscalingShown(report);
  const blocks = [
    `# ${escapeMarkdown(report.run.name ?? 'Run')}`,
    `**${report.verdict.map((text) => escapeMarkdown(text, LONGEST_SENTENCE)).join(' ')}**`,
    ...part(
      'What was run',
      runFacts(report)
        .map(([label, text]) => `- ${label}: ${escapeMarkdown(text)}`)
        .join('\n'),
    ),
    ...part('Holes', list(report.problems)),
    ...part(
      'Findings',
      toldFindings(report)
        .map(({ text }) => `- ${escapeMarkdown(text, LONGEST_SENTENCE)}`)
        .join('\n'),
    ),
    ...part('Limits of this run', list(report.limits)),
    ...part('Phases', markdownTable(phaseRows(report))),
    ...part('States', report.states.length === 0 ? '' : markdownTable(stateRows(report.states as never))),
    ...part(INJECTED_TITLE, report.injected.length === 0 ? '' : markdownTable(injectedRows(report))),
    ...part('CPU and memory', resources.rows.length === 0 ? '' : markdownTable(resources)),
    ...(autoscaling === null
      ? []
      : part(AUTOSCALING_TITLE, [markdownTable(metricRows(autoscaling)), list(sentencesOf(autoscaling))].join('\n\n'))),
    ...(report.comparison === null
      ? []
      : part(
          'Comparison',
          [
            markdownTable(metricRows(report.comparison)),
            list(sentencesOf(report.comparison)),
            escapeMarkdown(METHOD),
          ].join('\n\n'),
        )),
  ];
  return `${blocks.join('\n\n')}\n`;
}
