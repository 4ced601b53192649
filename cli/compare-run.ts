import { existsSync } from 'node:fs';
import {
  type Analysis,
  type ComparedSide,
  compareSides,
  hollowPhases,
  type RunRecords,
  type Selection,
  selectGroups,
  selectSpans,
  sideOf,
  USUAL_BOOTSTRAP,
} from '../analyzers/index.ts';
import { findCaptures, shownName } from '../captures/index.ts';
import { UsageError } from './exit-status.ts';
import { checkOutputs, htmlAssets, tellWritten, write } from './outputs.ts';
import { analyzeByStates, analyzeRun, openRun, readRecords, runsIn } from './run-directory.ts';
import { type StatesArguments, statePlanOf, stretchesOf } from './states-file.ts';

export interface CompareArguments extends StatesArguments {
  readonly sides: readonly string[];
  readonly json?: string | undefined;
  readonly csv?: string | undefined;
  readonly markdown?: string | undefined;
  readonly html?: string | undefined;
  readonly confidence: number;
  readonly seed: number;
  readonly quiet: boolean;
}

const SELECTOR = 'Parts are chosen as RUN#phase=NAME, RUN#state=steady(2), RUN#phase=NAME,repetition=2.';

/** Analyses each side and holds all others against the first. */
export async function runCompare(args: CompareArguments): Promise<void> {
  if (args.sides.length < 2) {
    throw new UsageError(
      'compare needs two sides or more',
      'Name two captures, folders or runs, or two phases of one: RUN#phase=NAME.',
    );
  }
  if (!(args.confidence >= 0.5 && args.confidence <= 0.999)) {
    throw new UsageError('--confidence: not between 0.5 and 0.999', 'The usual one is --confidence 0.95.');
  }
  checkOutputs({ ...args, chartFormat: 'svg' }, []);
  const sides: ComparedSide[] = [];
  const analysed = new Map<string, Promise<AnalysedRun[]>>();
  const known: Analysis[][] = [];
  const spans: ReturnType<typeof spansOf>[][] = [];
  for (const name of args.sides) {
    const { path, selection } = parseSide(name);
    const pending = analysed.get(path) ?? analysesOf(path, args);
    analysed.set(path, pending);
    const runs = await pending;
    const analyses = runs.map(({ analysis }) => analysis);
    known.push(analyses);
    spans.push(analyses.map((analysis) => spansOf(analysis, selection)));
    if (analyses.every((analysis) => selectGroups(analysis, selection).length === 0)) {
      throw new UsageError(`${shownName(name)}: nothing of that kind`, `There are: ${partsOf(analyses)}.`);
    }
    const records = runs.map(({ recorded }) => recorded);
    sides.push(sideOf(name, analyses, selection, records));
  }
  const comparison = compareSides(sides, { ...USUAL_BOOTSTRAP, confidence: args.confidence, seed: args.seed });
  const reports = await import('../reports/index.ts');
  const formats = ['json', 'csv', 'markdown', 'html'] as const;
  if (!formats.some((format) => args[format] === '-')) process.stdout.write(reports.renderComparisonText(comparison));
  if (args.json !== undefined) write(args.json, [`${JSON.stringify(comparison, null, 2)}\n`]);
  if (args.csv !== undefined) write(args.csv, [reports.renderComparisonCsv(comparison)]);
  if (args.markdown !== undefined) write(args.markdown, [reports.renderComparisonMarkdown(comparison)]);
  if (args.html !== undefined)
    write(args.html, [await reports.renderComparisonHtml(comparison, known, htmlAssets(), spans)]);
  for (const format of formats) tellWritten(args[format]);
}

interface AnalysedRun {
  readonly analysis: Analysis;
  /** Null where packets are all there is. */
  readonly recorded: RunRecords | null;
}

/** The stretches of time chosen, those that follow on each other as one; null where all of the time is. */
function spansOf(analysis: Analysis, selection: Selection): { startMs: number; endMs: number }[] | null {
  const spans = selectSpans(analysis, selection);
  if (spans.length === 0 || !Number.isFinite(spans[0].fromMs)) return null;
  const merged: { startMs: number; endMs: number }[] = [];
  for (const { fromMs, toMs } of spans) {
    const last = merged.at(-1);
    if (last !== undefined && fromMs <= last.endMs) last.endMs = Math.max(last.endMs, toMs);
    else merged.push({ startMs: fromMs, endMs: toMs });
  }
  return merged;
}

/** A name may hold `#` itself: then it is a path. */
function parseSide(name: string): { path: string; selection: Selection } {
  const everything = { phase: null, state: null, repetition: null };
  const at = name.lastIndexOf('#');
  if (at < 0 || existsSync(name)) return { path: name, selection: everything };
  const selection: { phase: string | null; state: string | null; repetition: number | null } = { ...everything };
  for (const part of name.slice(at + 1).split(',')) {
    const [, key, value] = /^(phase|state|repetition)=(.+)$/.exec(part.trim()) ?? [];
    if (key === 'phase' || key === 'state') selection[key] = value;
    else if (key === 'repetition' && /^\d{1,6}$/.test(value)) selection.repetition = Number(value);
    else throw new UsageError(`${shownName(name)}: ${shownName(part)} chooses nothing`, SELECTOR);
  }
  return { path: name.slice(0, at), selection };
}

async function analysesOf(path: string, args: CompareArguments): Promise<AnalysedRun[]> {
  const runs = args.states === undefined ? runsIn(path) : [];
  const analyses: AnalysedRun[] = [];
  for (const folder of runs) {
    const run = openRun(folder);
    const { analysis, problems } = await analyzeRun(run, args.quiet, args.settle);
    const { problems: unread, ...recorded } = readRecords(folder);
    for (const problem of [...problems, ...unread]) {
      process.stderr.write(`rtcscope: ${shownName(folder)}: ${problem}\n`);
    }
    const { description } = run;
    analyses.push({
      analysis,
      recorded: { ...recorded, phases: description.phases, hollow: hollowPhases(description) },
    });
  }
  if (runs.length > 0) return analyses;
  const plan = (await statePlanOf(args)) ?? { stretches: stretchesOf(null, [], args.settle) };
  const analysis = await analyzeByStates(await findCaptures([path]), plan, args.quiet);
  return [{ analysis, recorded: null }];
}

function partsOf(analyses: readonly Analysis[]): string {
  const parts = analyses.flatMap(({ stateGroups = [] }) =>
    stateGroups.map(({ phase, state }) => (state === null ? `phase=${phase ?? '(none)'}` : `state=${state}`)),
  );
  return [...new Set(parts)].slice(0, 20).map(shownName).join(', ') || 'no packets at all';
}
