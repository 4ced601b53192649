/*
 * The far side of the fuzz run: analyses captures in a process of its own, so that a hang or a flood of memory ends that
 * process and not the test. It is told a task on a line of JSON and answers with one.
 */
import { createInterface } from 'node:readline';
import { Analyzer, parseFilter } from '../../analyzers/index.ts';
import { CaptureInputError, CaptureWalk } from '../../captures/index.ts';
import {
  type HtmlAssets,
  jsonChunks,
  renderCsv,
  renderHtml,
  renderJson,
  renderMarkdown,
  renderTerminal,
} from '../../reports/index.ts';
import { AnalysisJudge } from './analysis-faults.ts';
import { reportFaults } from './report-faults.ts';

export interface FuzzTask {
  readonly paths: readonly string[];
  readonly windowSeconds: number;
  readonly filter: string | null;
  /** Charts take longest by far; of tens of thousands of streams only what a person would look at first is written. */
  readonly reports: 'terminal' | 'all-but-html' | 'all';
  /** Part of every hash table's hashes. */
  readonly hashSeed: number;
}

export interface FuzzAnswer {
  /** What is wrong with the outcome; nothing is as it should be. */
  readonly faults: readonly string[];
  readonly streams: number;
  readonly flows: number;
  /** Over all streams. */
  readonly lost: number;
  readonly rejectedSources: number;
  readonly packets: number;
  /** Memory held after the analysis, typed arrays included, and the most that the process ever had. */
  readonly heldMiB: number;
  readonly peakMiB: number;
}

const MIB = 1024 * 1024;
const judge = new AnalysisJudge(process.argv[2]);
const assets = JSON.parse(process.argv[3]) as HtmlAssets;

async function answer(task: FuzzTask): Promise<FuzzAnswer> {
  const faults: string[] = [];
  const counts = { streams: 0, flows: 0, lost: 0, rejectedSources: 0, packets: 0 };
  try {
    const filter = task.filter === null ? null : parseFilter(task.filter);
    if (filter !== null && 'error' in filter) throw new Error(filter.error);
    const walked = async (express: boolean) => {
      const { windowSeconds, hashSeed } = task;
      const analyzer = new Analyzer({ windowSeconds, filter, hashSeed, express });
      const walk = new CaptureWalk(task.paths, { express: analyzer.express });
      await walk.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
      return () => analyzer.report(walk.summaries());
    };
    const report = await walked(true);
    const analysis = report();
    counts.streams = analysis.streams.length;
    counts.flows = analysis.traffic.flows;
    counts.lost = analysis.streams.reduce((sum, { lost }) => sum + lost, 0);
    counts.rejectedSources = analysis.traffic.rejectedSources;
    counts.packets = analysis.traffic.packets;
    const terminal = renderTerminal(analysis, { color: true, width: 120, unicode: true, limit: 30 });
    if (task.reports === 'terminal') return answerOf(counts, terminal === '' ? ['no report'] : []);
    const json = renderJson(analysis);
    if (renderJson(report()) !== json) faults.push('a second report differs from the first');
    if (renderJson((await walked(false))()) !== json) faults.push('the express lane gives other figures');
    if ([...jsonChunks(analysis)].join('') !== json) faults.push('JSON in pieces differs from JSON in one');
    faults.push(...judge.faults(analysis, JSON.parse(json)));
    const reports = {
      terminal,
      plain: renderTerminal(analysis, { color: false, width: 50, unicode: false, limit: 5 }),
      csv: renderCsv(analysis),
      markdown: renderMarkdown(analysis),
      html: task.reports === 'all' ? await renderHtml(analysis, assets) : null,
    };
    faults.push(...reportFaults(reports));
  } catch (error) {
    // Input may be refused, with a reason; anything else is a defect.
    if (!(error instanceof CaptureInputError)) faults.push(error instanceof Error ? `${error.stack}` : String(error));
  }
  return answerOf(counts, faults);
}

type Counts = Pick<FuzzAnswer, 'streams' | 'flows' | 'lost' | 'rejectedSources' | 'packets'>;

function answerOf(counts: Counts, faults: readonly string[]): FuzzAnswer {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    faults: [...new Set(faults)].slice(0, 20),
    ...counts,
    heldMiB: Math.round((heapUsed + arrayBuffers) / MIB),
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
