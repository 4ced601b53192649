import {
  type BigIntStats,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Analysis, PartialAnalysis } from '../analyzers/index.ts';
import { shownName } from '../captures/index.ts';
import { UsageError } from './exit-status.ts';

/** Where the analysis goes. A path is a file, `-` standard output. */
export interface Outputs {
  readonly json?: string | undefined;
  readonly csv?: string | undefined;
  readonly markdown?: string | undefined;
  readonly html?: string | undefined;
  readonly charts?: string | undefined;
  readonly parquet?: string | undefined;
  readonly partial?: string | undefined;
  readonly chartFormat: 'svg' | 'png';
  readonly limit?: number | undefined;
}

const FORMATS = ['json', 'csv', 'markdown', 'html', 'partial'] as const;
const STREAMS_ON_A_TERMINAL = 30;

/**
 * Refuses what could not end well, before hours of reading.
 *
 * @throws UsageError for two outputs on standard output, an output that is one of the captures or another
 *   output, a missing folder, and the like.
 */
export function checkOutputs(outputs: Outputs, captures: readonly string[]): void {
  const toStandardOutput = FORMATS.filter((format) => outputs[format] === '-');
  if (toStandardOutput.length > 1) {
    throw new UsageError(
      `--${toStandardOutput[0]} and --${toStandardOutput[1]} cannot both go to standard output`,
      'Give one of them a file.',
    );
  }
  const read = new Set(captures.flatMap((path) => (path === '-' ? [] : (fileOf(path) ?? []))));
  const written = new Map<string, string>();
  for (const format of FORMATS) {
    const path = outputs[format];
    if (path !== undefined && path !== '-') checkFile(format, path, read, written);
  }
  const { charts, limit, parquet } = outputs;
  if (parquet !== undefined) {
    for (const path of Object.values(parquetFiles(parquet))) {
      if (isParquetFile(parquet)) checkFile('parquet', path, read, written);
    }
    if (!isParquetFile(parquet) && statOf(parquet)?.isDirectory() === false) {
      throw new UsageError(
        `--parquet ${shownName(parquet)}: is a file`,
        'Name a folder, or a file that ends in .parquet.',
      );
    }
  }
  if (charts !== undefined && statOf(charts)?.isDirectory() === false) {
    throw new UsageError(`--charts ${shownName(charts)}: is a file`, 'Name a folder; it is made where there is none.');
  }
  if (limit !== undefined && !(limit >= 0)) {
    throw new UsageError('--limit: not a number of streams', 'Give a number such as --limit 50.');
  }
}

function checkFile(format: string, path: string, read: ReadonlySet<string>, written: Map<string, string>): void {
  const file = fileOf(path) ?? resolve(path);
  if (read.has(file)) {
    throw new UsageError(`--${format} ${shownName(path)}: this is a capture to be read`, 'Name another file to write.');
  }
  const other = written.get(file);
  if (other !== undefined) {
    throw new UsageError(`--${other} and --${format} name the same file: ${shownName(path)}`, 'Give each its own.');
  }
  written.set(file, format);
  if (statOf(path)?.isDirectory()) {
    throw new UsageError(`--${format} ${shownName(path)}: is a folder`, 'Name a file in it.');
  }
  const folder = dirname(path);
  if (!existsSync(folder)) {
    throw new UsageError(`--${format} ${shownName(path)}: there is no folder ${shownName(folder)}`, 'Make it first.');
  }
}

const isParquetFile = (path: string) => /\.parquet$/i.test(path);

/** Where the two tables go: into a folder, or to the file that is named and one beside it. */
function parquetFiles(path: string): { streams: string; series: string } {
  if (isParquetFile(path)) return { streams: path, series: path.replace(/\.parquet$/i, '.series.parquet') };
  return { streams: join(path, 'streams.parquet'), series: join(path, 'series.parquet') };
}

/** What tells a file from others whatever it is called: links, soft and hard, lead to the same. Null where there is none. */
function fileOf(path: string): string | null {
  const stats = statOf(path);
  return stats === null || !stats.isFile() ? null : `${stats.dev}:${stats.ino}`;
}

function statOf(path: string): BigIntStats | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
}

/** Writes all that was asked for, and the report for people unless standard output carries data. */
export async function writeOutputs(
  analysis: Analysis,
  outputs: Outputs,
  partial: PartialAnalysis | null = null,
): Promise<void> {
  const reports = await import('../reports/index.ts');
  const onStandardOutput = FORMATS.some((format) => outputs[format] === '-');
  if (!onStandardOutput) process.stdout.write(reports.renderTerminal(analysis, terminalOptions(outputs)));
  if (outputs.json !== undefined) write(outputs.json, reports.jsonChunks(analysis));
  if (outputs.partial !== undefined && partial !== null) {
    write(outputs.partial, partialChunks(partial, reports.jsonChunks(analysis)));
  }
  if (outputs.csv !== undefined) write(outputs.csv, [reports.renderCsv(analysis)]);
  if (analysis.states !== undefined && outputs.csv !== undefined && outputs.csv !== '-') {
    const beside = outputs.csv.replace(/(\.csv)?$/i, '.states.csv');
    write(beside, [reports.renderStatesCsv(analysis.states)]);
    tellWritten(beside);
  }
  if (outputs.markdown !== undefined) write(outputs.markdown, [reports.renderMarkdown(analysis)]);
  if (outputs.html !== undefined) write(outputs.html, [await reports.renderHtml(analysis, htmlAssets())]);

  if (outputs.parquet !== undefined) await writeParquet(analysis, outputs.parquet, reports);
  if (outputs.charts !== undefined) await writeCharts(analysis, outputs.charts, outputs.chartFormat, reports);
  for (const format of FORMATS) tellWritten(outputs[format]);
  tellWritten(outputs.parquet);
  tellWritten(outputs.charts);
}

async function writeParquet(
  analysis: Analysis,
  path: string,
  { renderParquet }: typeof import('../reports/index.ts'),
): Promise<void> {
  const { streams, series } = await renderParquet(analysis);
  const files = parquetFiles(path);
  try {
    mkdirSync(dirname(files.streams), { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error);
  }
  writeFile(files.streams, streams);
  writeFile(files.series, series);
}

/** Piece by piece: the whole may be longer than a string can be. */
function* partialChunks({ schema, streams }: PartialAnalysis, analysis: Iterable<string>): Generator<string> {
  yield `{"schema":${JSON.stringify(schema)},"analysis":`;
  yield* analysis;
  yield ',"streams":{';
  let comma = '';
  for (const [id, stream] of Object.entries(streams)) {
    yield `${comma}${JSON.stringify(id)}:${JSON.stringify(stream)}`;
    comma = ',';
  }
  yield '}}\n';
}

function terminalOptions(outputs: Outputs) {
  const { stdout, env } = process;
  const color = stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const limit = outputs.limit ?? (stdout.isTTY ? STREAMS_ON_A_TERMINAL : undefined);
  return {
    color,
    width: stdout.columns ?? 120,
    unicode: !stdout.isTTY || /utf-?8/i.test(locale),
    ...(limit === undefined ? {} : { limit }),
  };
}

async function writeCharts(
  analysis: Analysis,
  folder: string,
  format: 'svg' | 'png',
  reports: typeof import('../reports/index.ts'),
): Promise<void> {
  await writePictures(reports.chartSpecs(analysis), folder, format, reports);
}

/** Draws charts into a folder, which is made where there is none. */
export async function writePictures(
  charts: ReturnType<typeof import('../reports/index.ts').chartSpecs>,
  folder: string,
  format: 'svg' | 'png',
  { renderPng, renderSvg }: typeof import('../reports/index.ts'),
): Promise<void> {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  const draw = async (fontFiles: readonly string[]) => {
    for (const { name, spec } of charts) {
      const picture = format === 'svg' ? await renderSvg(spec) : await renderPng(spec, { fontFiles });
      writeFile(join(folder, `${name}.${format}`), picture);
    }
  };
  if (format === 'svg') return draw([]);
  const { withChartFont } = await import('./chart-font.ts');
  await withChartFont(draw);
}

export function write(path: string, chunks: Iterable<string>): void {
  if (path === '-') {
    for (const chunk of chunks) {
      // Its reader has seen enough.
      if (process.stdout.destroyed) return;
      process.stdout.write(chunk);
    }
    return;
  }
  try {
    const descriptor = openSync(path, 'w');
    try {
      for (const chunk of chunks) writeSync(descriptor, chunk);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

export function writeFile(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

export function cannotWrite(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  return new UsageError(`${shownName(path)}: cannot be written (${code})`, 'Name a place where you may write.');
}

/** The browser's part of the HTML report, which the build puts beside the program. */
export function htmlAssets(): { script: string; style: string } {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = [here, join(here, '..'), join(here, '..', 'dist')].find((place) =>
    existsSync(join(place, 'report-client.js')),
  );
  if (folder === undefined) throw new Error('report-client.js is missing: run npm run build');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { script: read('report-client.js'), style: read('report-client.css') };
}

export function tellWritten(path: string | undefined): void {
  if (path !== undefined && path !== '-') process.stderr.write(`wrote ${shownName(path)}\n`);
}
