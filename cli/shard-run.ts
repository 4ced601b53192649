import { CaptureInputError, findCaptures } from '../captures/index.ts';
import { frameShard } from '../cluster/index.ts';
import { analyzePartial } from './analyze-run.ts';
import { UsageError } from './exit-status.ts';

export interface ShardArguments {
  readonly pattern: string;
  readonly of: number;
  readonly window: number;
  readonly filter?: string | undefined;
}

/** Analyses every N-th of the captures, from the one that `JOB_COMPLETION_INDEX` says, and prints the result for whoever reads the log. */
export async function runShard({ pattern, of, window, filter }: ShardArguments): Promise<void> {
  const index = Number(process.env['JOB_COMPLETION_INDEX'] ?? Number.NaN);
  if (!(Number.isInteger(index) && index >= 0 && index < of)) {
    throw new UsageError(
      'JOB_COMPLETION_INDEX is not the number of a shard',
      'This is run by analyze --on kubernetes.',
    );
  }
  const captures = (await capturesOf(pattern)).toSorted();
  const own = captures.filter((_, place) => place % of === index);
  const partial = own.length === 0 ? null : JSON.stringify(await analyzePartial(own, window, filter));
  process.stdout.write(frameShard({ captures, own, partial }));
}

/** That there are none is a result, which another try would not change. */
async function capturesOf(pattern: string): Promise<readonly string[]> {
  try {
    return await findCaptures([pattern]);
  } catch (error) {
    const isNone = error instanceof CaptureInputError && NONE.has(error.code);
    if (!isNone) throw error;
    return [];
  }
}

const NONE: ReadonlySet<string> = new Set(['no-match', 'not-found', 'no-captures-in-folder']);
