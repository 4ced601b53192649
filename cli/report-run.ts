import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildRunReport } from '../analyzers/index.ts';
import { shownName } from '../captures/index.ts';
import { UsageError } from './exit-status.ts';
import { cannotWrite, checkOutputs, htmlAssets, tellWritten, write, writeFile, writePictures } from './outputs.ts';
import { analyzeRun, isRunDirectory, openRun, readRecords } from './run-directory.ts';

export interface ReportArguments {
  readonly run: string;
  readonly html?: string | undefined;
  readonly markdown?: string | undefined;
  readonly json?: string | undefined;
  readonly csv?: string | undefined;
  readonly charts?: string | undefined;
  readonly chartFormat: 'svg' | 'png';
  readonly jtl?: string | undefined;
  readonly settle: number;
  readonly quiet: boolean;
}

const HINT = 'Give a run directory: one with captures/ in it, and run.json where there is one.';
const FORMATS = ['json', 'csv', 'markdown', 'html'] as const;

/** Reads a run, analyses its captures, writes the report: into the run directory where nothing else is asked for. */
export async function runReport(given: ReportArguments): Promise<void> {
  const asked = [...FORMATS, 'charts' as const].some((format) => given[format] !== undefined);
  const inside = (name: string) => join(given.run, name);
  const args = asked
    ? given
    : { ...given, html: inside('report.html'), markdown: inside('report.md'), json: inside('report.json') };
  if (!isRunDirectory(args.run)) throw new UsageError(`${shownName(args.run)}: no run directory`, HINT);
  if (!(args.settle >= 0)) throw new UsageError('--settle: not a length of time', 'Give seconds such as --settle 15.');
  const tables = args.csv !== undefined && !/^-$|\.csv$/i.test(args.csv) ? args.csv : null;
  checkOutputs(tables === null ? args : { ...args, csv: undefined }, []);
  if (tables !== null) makeFolder(tables);
  const run = openRun(args.run);
  const { problems: unread, ...records } = readRecords(args.run, args.jtl);
  const { analysis, problems: found } = await analyzeRun(run, args.quiet, args.settle);
  const cut = analysis.captures
    .filter(({ truncated }) => truncated)
    .map(({ path }) => `${shownName(path)} is cut off inside a packet; everything before was used.`);
  const { description, history } = run;
  const report = buildRunReport({
    description,
    analysis,
    history,
    ...records,
    problems: [...found, ...unread, ...cut],
  });
  const reports = await import('../reports/index.ts');
  if (!FORMATS.some((format) => args[format] === '-')) process.stdout.write(reports.renderRunText(report));
  if (args.json !== undefined) write(args.json, [`${JSON.stringify(report)}\n`]);
  if (tables !== null) {
    for (const { name, text } of reports.runTables(report, analysis)) writeFile(join(tables, `${name}.csv`), text);
  } else if (args.csv !== undefined) write(args.csv, [reports.renderRunCsv(report, analysis)]);
  if (args.markdown !== undefined) write(args.markdown, [reports.renderRunMarkdown(report)]);
  if (args.html !== undefined) write(args.html, [await reports.renderHtml(analysis, htmlAssets(), report)]);
  if (args.charts !== undefined) {
    await writePictures(reports.runChartSpecs(report, analysis), args.charts, args.chartFormat, reports);
  }
  for (const format of FORMATS) tellWritten(args[format]);
  tellWritten(args.charts);
}

/** Before hours of reading. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new UsageError(
      `--csv ${shownName(path)}: is a file`,
      'Name a folder for all tables, or a file that ends in .csv for the series.',
    );
  }
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
