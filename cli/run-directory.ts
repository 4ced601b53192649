import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Analysis,
  Analyzer,
  type HttpSample,
  linesOfOneSource,
  type ReplicaHistory,
  type RunDescription,
  type RunRecords,
  readJtl,
  readLines,
  readReplicaHistory,
  readRunDescription,
  type StatePlan,
  type TimedLine,
} from '../analyzers/index.ts';
import { CaptureWalk, findCaptures, shownName } from '../captures/index.ts';
import { UsageError } from './exit-status.ts';
import { openProgress } from './progress.ts';
import { isFolder, readText, stretchesOf } from './states-file.ts';

export interface RunDirectory {
  readonly path: string;
  readonly description: RunDescription;
  readonly history: ReplicaHistory | null;
  /** What about its files could not be used, a sentence each. */
  readonly problems: readonly string[];
}

const HINT = 'A run directory holds captures/, and run.json, scaling.jsonl and the like where they are known.';

export function isRunDirectory(path: string): boolean {
  return isFolder(path) && (existsSync(join(path, 'run.json')) || isFolder(join(path, 'captures')));
}

/** The runs in a folder: itself, or those right below it. */
export function runsIn(path: string): string[] {
  if (isRunDirectory(path)) return [path];
  if (!isFolder(path)) return [];
  const below = readdirSync(path).sort();
  return below.map((name) => join(path, name)).filter((folder) => existsSync(join(folder, 'run.json')));
}

/** Reads all of a run but its captures. */
export function openRun(path: string): RunDirectory {
  const problems: string[] = [];
  const descriptionFile = join(path, 'run.json');
  const description = readRunDescription(existsSync(descriptionFile) ? readText(descriptionFile, HINT) : '{}', () =>
    lastRecorded(path),
  );
  if (!existsSync(descriptionFile)) problems.push('There is no run.json: phases and capture points are unknown.');
  const scaling = join(path, 'scaling.jsonl');
  let history: ReplicaHistory | null = null;
  if (existsSync(scaling)) {
    const found = readReplicaHistory(readText(scaling, HINT));
    if ('error' in found) problems.push(`scaling.jsonl ${found.error}: scaling states are unknown.`);
    else history = found;
  } else problems.push('There is no scaling.jsonl: scaling states are unknown.');
  if (history !== null && history.refused > 0) {
    problems.push(`${history.refused} lines of scaling.jsonl could not be used.`);
  }
  return { path, description, history, problems };
}

/** Time of the newest line that a run recorded; null without any. */
export function lastRecorded(path: string): number | null {
  let last: number | null = null;
  for (const name of ['metrics.jsonl', 'load.jsonl', 'scaling.jsonl']) {
    if (!existsSync(join(path, name))) continue;
    for (const { timeMs } of readLines(readText(join(path, name), HINT)).lines) last = Math.max(last ?? timeMs, timeMs);
  }
  return last;
}

/**
 * Reads what a run recorded beside its packets.
 *
 * @param jtl JMeter results in place of the run's own.
 */
export function readRecords(
  path: string,
  jtl?: string,
): Omit<RunRecords, 'phases'> & { readonly scaling: readonly TimedLine[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const linesOf = (name: string): TimedLine[] => {
    const file = join(path, name);
    if (!existsSync(file)) return [];
    const { lines, refused } = readLines(readText(file, HINT));
    if (refused > 0) problems.push(`${refused} lines of ${name} could not be used.`);
    return lines;
  };
  const [metrics, load, scaling] = ['metrics.jsonl', 'load.jsonl', 'scaling.jsonl'].map(linesOf);
  if (metrics.length === 0) problems.push('There is no metrics.jsonl: CPU and memory are unknown.');
  return { metrics: linesOfOneSource(metrics), load, scaling, http: httpOf(path, jtl, problems), problems };
}

function httpOf(run: string, jtl: string | undefined, problems: string[]): HttpSample[] | null {
  const paths = jtl === undefined ? resultsIn(run) : [jtl];
  if (paths.length === 0) return null;
  return paths.flatMap((path) => {
    const { samples, refused } = readJtl(readText(path, 'Give JMeter results: CSV or XML.'));
    if (samples.length === 0 && jtl !== undefined) {
      throw new UsageError(
        `${shownName(path)}: holds no JMeter results`,
        'Give CSV, with or without a header row, or XML.',
      );
    }
    if (refused > 0) problems.push(`${refused} lines of ${shownName(path)} could not be used.`);
    return samples;
  });
}

/** Those of all phases that ended, and of one in which the run was killed. */
function resultsIn(run: string): string[] {
  const logs = join(run, 'logs');
  const left = isFolder(logs) ? readdirSync(logs).filter((name) => /^http-.*\.jtl$/.test(name)) : [];
  return [join(run, 'http.jtl'), ...left.sort().map((name) => join(logs, name))].filter((path) => existsSync(path));
}

/** The run's captures that are there; what is missing is named. */
export async function capturesOf(run: RunDirectory): Promise<{ paths: string[]; problems: string[] }> {
  const folder = join(run.path, 'captures');
  const problems: string[] = [];
  for (const { file } of run.description.captures) {
    if (!existsSync(join(run.path, file))) problems.push(`${shownName(file)} is missing.`);
  }
  if (!isFolder(folder)) return { paths: [], problems: [...problems, 'There is no folder captures/: no packets.'] };
  try {
    const twice = seenTwice(run);
    const paths = await findCaptures([folder]);
    return { paths: paths.filter((path) => !twice.has(path)), problems };
  } catch (error) {
    return { paths: [], problems: [...problems, (error as Error).message] };
  }
}

/**
 * Captures whose packets another one has as well, which must not count twice: those of pods whose node is captured; or those of the
 * node, where only the pods' are complete.
 */
function seenTwice({ path, description }: RunDirectory): ReadonlySet<string> {
  const there = description.captures.filter(({ file }) => existsSync(join(path, file)));
  const twice = new Set<string>();
  for (const node of new Set(there.map((capture) => capture.node))) {
    if (node === null) continue;
    const of = (kind: string) => there.filter((capture) => capture.node === node && capture.kind === kind);
    const [nodes, pods] = [of('node'), of('pod')];
    if (nodes.length === 0 || pods.length === 0) continue;
    const preferPods = nodes.some(({ complete }) => complete === false) && pods.every(({ complete }) => complete);
    for (const { file } of preferPods ? nodes : pods) twice.add(join(path, file));
  }
  return twice;
}

/** Analyses captures by states. @param offsets seconds to add to a capture's times, by its path. */
export async function analyzeByStates(
  paths: readonly string[],
  states: StatePlan,
  quiet: boolean,
  offsets: ReadonlyMap<string, number> = new Map(),
  sdp: readonly string[] = [],
): Promise<Analysis> {
  const analyzer = new Analyzer({ states, hashSeed: randomInt(2 ** 32) });
  for (const text of sdp) analyzer.signalling.addFile(text);
  const progress = openProgress(!quiet);
  const walk = new CaptureWalk(paths, { onProgress: (state) => progress.show(state) });
  const shifts = paths.map((path) => Math.round((offsets.get(path) ?? 0) * 1e9));
  const shifted = shifts.some((shift) => shift !== 0);
  try {
    await walk.run((cursor, capture, interfaceNumber) => {
      if (shifted) shiftTime(cursor as { seconds: number; nanoseconds: number }, shifts[capture]);
      analyzer.record(cursor, interfaceNumber);
    });
  } finally {
    progress.end();
  }
  return analyzer.report(walk.summaries());
}

function shiftTime(record: { seconds: number; nanoseconds: number }, shiftNs: number): void {
  const sum = record.nanoseconds + shiftNs;
  const carry = Math.floor(sum / 1e9);
  record.seconds += carry;
  record.nanoseconds = sum - carry * 1e9;
}

/** A run's captures, analysed by its phases and scaling states. */
export async function analyzeRun(
  run: RunDirectory,
  quiet: boolean,
  settleSeconds: number,
): Promise<{ analysis: Analysis; problems: string[] }> {
  const { paths, problems } = await capturesOf(run);
  const stretches = stretchesOf(run.history, run.description.phases, settleSeconds);
  const offsets = new Map(
    run.description.captures.map(({ file, clockOffsetSeconds }) => [join(run.path, file), clockOffsetSeconds] as const),
  );
  const analysis = await analyzeByStates(paths, { stretches }, quiet, offsets, sessionDescriptions(run.path));
  return { analysis, problems: [...run.problems, ...problems] };
}

function sessionDescriptions(path: string): string[] {
  const folder = join(path, 'sdp');
  if (!isFolder(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.sdp'));
  return files.slice(0, 10_000).map((name) => readText(join(folder, name), HINT));
}
