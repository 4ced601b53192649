import { readFileSync } from 'node:fs';
import {
  type Analysis,
  Analyzer,
  type AnalyzerOptions,
  findCrossings,
  type PartialAnalysis,
  parseFilter,
  parseThreshold,
  parseTime,
  type Threshold,
} from '../analyzers/index.ts';
import {
  CaptureWalk,
  elapsedNs,
  findCaptures,
  isStorageName,
  newHashSeed,
  shownName,
  type Timestamp,
  type WalkedCapture,
} from '../captures/index.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { checkOutputs, type Outputs, writeOutputs } from './outputs.ts';
import { openProgress } from './progress.ts';
import { statePlanOf } from './states-file.ts';

export interface AnalyzeArguments extends Outputs {
  readonly files: readonly string[];
  readonly filter?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly sdp?: readonly string[] | undefined;
  readonly window: number;
  readonly failOn?: readonly string[] | undefined;
  readonly states?: string | undefined;
  readonly statesTarget?: string | undefined;
  readonly settle: number;
  readonly clockOffset: number;
  readonly follow: boolean;
  readonly quiet: boolean;
  readonly on?: 'kubernetes' | undefined;
  readonly shards?: number | undefined;
  readonly namespace?: string | undefined;
  readonly image?: string | undefined;
  readonly s3Secret?: string | undefined;
  readonly s3Endpoint?: string | undefined;
  readonly s3Region?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

const LARGEST_SDP_BYTES = 64 * 1024 * 1024;
const SHORTEST_WINDOW_SECONDS = 0.001;

/** Reads captures, analyses them, and writes what was asked for. */
export async function runAnalyze(args: AnalyzeArguments): Promise<ExitStatus> {
  checkOnce(args);
  checkStorage(args);
  const thresholds = (args.failOn ?? []).map(thresholdOf);
  const analyzer = new Analyzer({ ...analyzerOptions(args), states: await statePlanOf(args) });
  const paths = await findCaptures(args.files);
  checkOutputs(args, paths);
  for (const path of args.sdp ?? []) addSdp(analyzer, path);
  const captures = await walk(analyzer, paths, args);
  const partial = args.partial === undefined ? null : analyzer.partial(captures);
  const analysis = partial?.analysis ?? analyzer.report(captures);
  await writeOutputs(analysis, args, partial);
  return tellCrossings(analysis, thresholds);
}

/** A part of an analysis: what a shard does. */
export async function analyzePartial(
  paths: readonly string[],
  window: number,
  filter: string | undefined,
): Promise<PartialAnalysis> {
  const args = {
    files: paths,
    window,
    filter,
    settle: 0,
    clockOffset: 0,
    follow: false,
    quiet: true,
    chartFormat: 'svg',
  } as const;
  const analyzer = new Analyzer(analyzerOptions(args));
  return analyzer.partial(await walk(analyzer, paths, args));
}

/** `s3Region` as it is given: `s3-region`. */
export const spelt = (option: string): string => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function checkStorage({ files, follow, s3Secret, s3Endpoint, s3Region }: AnalyzeArguments): void {
  if (s3Secret !== undefined) {
    throw new UsageError(
      '--s3-secret is for --on kubernetes',
      'Here the key is in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  }
  const [stored] = files.filter(isStorageName);
  if (follow && stored !== undefined) {
    throw new UsageError(`${shownName(stored)}: an object does not grow`, 'Leave --follow out.');
  }
  if (s3Endpoint !== undefined) process.env['AWS_ENDPOINT_URL_S3'] = s3Endpoint;
  if (s3Region !== undefined) process.env['AWS_REGION'] = s3Region;
}

/** Options that take one value; given twice they would come as a list. */
const SINGLE = [
  'json',
  'csv',
  'markdown',
  'html',
  'charts',
  'parquet',
  'partial',
  'filter',
  'from',
  'to',
  'window',
  'limit',
  'states',
  'settle',
  's3Secret',
  's3Endpoint',
  's3Region',
] as const;

export function checkOnce(args: AnalyzeArguments): void {
  if (args.partial !== undefined && args.states !== undefined) {
    throw new UsageError(
      '--partial and --states do not go together',
      'Scaling states need all captures in one analysis.',
    );
  }
  const twice = SINGLE.find((option) => Array.isArray(args[option]));
  if (twice !== undefined) throw new UsageError(`--${spelt(twice)} is given more than once`, 'Give it once.');
}

async function walk(
  analyzer: Analyzer,
  paths: readonly string[],
  args: AnalyzeArguments,
): Promise<readonly WalkedCapture[]> {
  const progress = openProgress(!args.quiet);
  const interrupt = new AbortController();
  const onInterrupt = () => {
    // A second Ctrl-C ends the program as usual.
    process.off('SIGINT', onInterrupt);
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  const captures = new CaptureWalk(paths, {
    signal: interrupt.signal,
    follow: args.follow,
    express: analyzer.express,
    onProgress: (state) => progress.show(state),
  });
  try {
    await captures.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
  } finally {
    progress.end();
    process.off('SIGINT', onInterrupt);
  }
  return captures.summaries();
}

function analyzerOptions(args: AnalyzeArguments): AnalyzerOptions {
  if (!(args.window >= SHORTEST_WINDOW_SECONDS)) {
    throw new UsageError(
      `--window${Number.isNaN(args.window) ? '' : ` ${args.window}`}: not a length of time`,
      'Give seconds, 0.001 or more, such as --window 0.5.',
    );
  }
  const from = args.from === undefined ? null : momentOf('--from', args.from);
  const to = args.to === undefined ? null : momentOf('--to', args.to);
  if (isAfter(from, to)) {
    throw new UsageError('--from lies after --to: nothing is between them', 'Exchange the two.');
  }
  return {
    windowSeconds: args.window,
    hashSeed: newHashSeed(),
    express: true,
    filter: args.filter === undefined ? null : filterOf(args.filter),
    from,
    to,
  };
}

/** False as well where one is a time and the other counts from a start that is not known yet. */
function isAfter(from: Timestamp | number | null, to: Timestamp | number | null): boolean {
  if (from === null || to === null) return false;
  if (typeof from === 'number' || typeof to === 'number') return Number(from) > Number(to);
  return elapsedNs(from, to) < 0;
}

function filterOf(text: string) {
  const filter = parseFilter(text);
  if ('error' in filter) {
    throw new UsageError(
      `--filter: ${filter.error}, at character ${filter.position + 1}`,
      'Conditions look like ip.addr == 10.0.0.7 and udp.port == 5004.',
    );
  }
  return filter;
}

function thresholdOf(text: string): Threshold {
  const threshold = parseThreshold(text);
  if ('error' in threshold)
    throw new UsageError(`--fail-on: ${threshold.error}`, 'A threshold looks like lostPercent>1 or jitterMs.p95>30.');
  return threshold;
}

function momentOf(option: string, text: string): Timestamp | number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const time = parseTime(text);
  if (time !== null) return time;
  throw new UsageError(
    `${option} ${shownName(text)}: not a moment`,
    'Give an ISO time such as 2026-11-24T10:00:00Z, or seconds from the first packet such as 90.5.',
  );
}

function addSdp(analyzer: Analyzer, path: string): void {
  let text: string;
  try {
    const bytes = readFileSync(path);
    if (bytes.length > LARGEST_SDP_BYTES) {
      throw new UsageError(
        `${shownName(path)}: too large for a session description`,
        'Give a file with SDP, or JSON that holds it.',
      );
    }
    text = bytes.toString('utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : 'cannot be read';
    throw new UsageError(`${shownName(path)}: ${reason}`, 'Give --sdp a file with SDP, or JSON that holds it.');
  }
  if (analyzer.signalling.addFile(text) === 0) {
    throw new UsageError(
      `${shownName(path)}: holds no session description`,
      'It should begin with v=0, or be JSON that holds such text.',
    );
  }
}

function tellCrossings(analysis: Analysis, thresholds: readonly Threshold[]): ExitStatus {
  const crossings = findCrossings(thresholds, analysis.streams);
  for (const { threshold, stream, value } of crossings) {
    process.stderr.write(`rtcscope: ${stream} crosses ${threshold.text}: ${value}\n`);
  }
  return crossings.length > 0 ? ExitStatus.thresholdCrossed : ExitStatus.done;
}
