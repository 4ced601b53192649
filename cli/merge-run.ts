import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Analysis, mergeAnalyses, type PartialAnalysis, partialFault } from '../analyzers/index.ts';
import { shownName } from '../captures/index.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { checkOutputs, type Outputs, writeOutputs } from './outputs.ts';

export interface MergeArguments extends Omit<Outputs, 'chartFormat' | 'partial'> {
  readonly files: readonly string[];
  readonly expect?: readonly string[] | undefined;
}

/** Puts parts together and writes what was asked for. */
export async function runMerge(args: MergeArguments): Promise<ExitStatus> {
  const outputs: Outputs = { ...args, chartFormat: 'svg' };
  checkOutputs(outputs, args.files);
  const partials = args.files.map(readPartial);
  const windows = new Set(partials.map(({ analysis }) => analysis.windowSeconds));
  if (windows.size > 1) {
    throw new UsageError(
      `the parts have windows of ${[...windows].join(' and ')} s`,
      'Analyse them with the same --window.',
    );
  }
  const captures = new Map<string, string>();
  for (const [place, { analysis }] of partials.entries()) {
    for (const { path } of analysis.captures) {
      const before = captures.get(path);
      if (before !== undefined) {
        const files = `${shownName(before)} and ${shownName(args.files[place])}`;
        throw new UsageError(`${files} both hold ${shownName(path)}`, 'Give each capture once: it would count twice.');
      }
      captures.set(path, args.files[place]);
    }
  }
  await writeOutputs(mergedOf(partials), outputs);
  const names = new Set([...captures.keys()].map((path) => basename(path)));
  const missing = (args.expect ?? []).filter((path) => !captures.has(path) && !names.has(basename(path)));
  for (const path of missing) process.stderr.write(`rtcscope: ${shownName(path)} is not in it: its part is missing\n`);
  return missing.length > 0 ? ExitStatus.thresholdCrossed : ExitStatus.done;
}

/** What was not written by the program may lack anything at all. */
function mergedOf(partials: readonly PartialAnalysis[]): Analysis {
  try {
    return mergeAnalyses(partials);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new UsageError(
      `the parts cannot be put together (${error.message})`,
      'Write them anew, all with one version of rtcscope.',
    );
  }
}

function readPartial(path: string): PartialAnalysis {
  const hint = 'Give files that rtcscope analyze --partial wrote.';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'no such file' : code !== undefined ? `cannot be read (${code})` : 'is no JSON';
    throw new UsageError(`${shownName(path)}: ${reason}`, hint);
  }
  const fault = partialFault(value);
  if (fault !== null) throw new UsageError(`${shownName(path)}: ${fault}`, hint);
  return value as PartialAnalysis;
}
