import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  buildStates,
  MOST_STATES,
  type Phase,
  type ReplicaHistory,
  readReplicaHistory,
  readRunDescription,
  type StatePlan,
} from '../analyzers/index.ts';
import { shownName } from '../captures/index.ts';
import { UsageError } from './exit-status.ts';

const LARGEST_BYTES = 256 * 1024 * 1024;
const HINT = 'Give a scaling.jsonl, a CSV of time and replicas, kubectl or Prometheus JSON, or a run directory.';

export interface StatesArguments {
  readonly states?: string | undefined;
  readonly statesTarget?: string | undefined;
  readonly settle: number;
  readonly clockOffset: number;
}

/** @returns null where no states were asked for. @throws UsageError where the file does not tell any. */
export async function statePlanOf(args: StatesArguments): Promise<StatePlan | null> {
  if (!(args.settle >= 0)) throw new UsageError('--settle: not a length of time', 'Give seconds such as --settle 15.');
  if (!Number.isFinite(args.clockOffset)) {
    throw new UsageError('--clock-offset: not a length of time', 'Give seconds such as --clock-offset -0.25.');
  }
  if (args.states === undefined) return null;
  const path = args.states;
  const folder = isFolder(path) ? path : dirname(path);
  const phases = phasesOf(folder);
  const file = isFolder(path) ? join(path, 'scaling.jsonl') : path;
  const runOnly = (isFolder(path) && !existsSync(file) && phases.length > 0) || /(^|[/\\])run\.json$/.test(path);
  const history = runOnly ? null : historyOf(file, args.statesTarget ?? null);
  for (const note of history?.notes ?? []) process.stderr.write(`rtcscope: ${note}\n`);
  if (history !== null && history.refused > 0) {
    process.stderr.write(`rtcscope: ${shownName(file)}: ${history.refused} entries could not be used\n`);
  }
  return { stretches: stretchesOf(history, phases, args.settle), clockOffsetSeconds: args.clockOffset };
}

/** @throws UsageError where there are more states than anybody could compare. */
export function stretchesOf(history: ReplicaHistory | null, phases: readonly Phase[], settleSeconds: number) {
  const stretches = buildStates(history, { settleSeconds, phases });
  if (stretches.length <= MOST_STATES) return stretches;
  throw new UsageError(
    `${stretches.length} scaling states: more than the ${MOST_STATES} that are told apart`,
    'Name one workload with --states-target, or give a larger --settle.',
  );
}

export function historyOf(path: string, target: string | null): ReplicaHistory {
  const history = readReplicaHistory(readText(path, HINT), target);
  if ('error' in history) throw new UsageError(`${shownName(path)}: ${history.error}`, HINT);
  return history;
}

/** @throws UsageError where the file cannot be read, or is too large. */
export function readText(path: string, hint: string): string {
  try {
    const size = statSync(path).size;
    if (size > LARGEST_BYTES) throw new UsageError(`${shownName(path)}: larger than 256 MiB`, hint);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(`${shownName(path)}: ${missing ? 'no such file' : 'cannot be read'}`, hint);
  }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function phasesOf(folder: string): readonly Phase[] {
  const path = join(folder, 'run.json');
  if (!existsSync(path)) return [];
  return readRunDescription(readText(path, HINT)).phases;
}
