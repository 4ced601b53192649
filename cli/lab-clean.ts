import { connectCluster, findLabRuns, labRunText, removeLabRun } from '../cluster/index.ts';
import { askYesNo } from './ask.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { openStatusLine } from './status-line.ts';

export interface CleanArguments {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly yes: boolean;
}

/** Longer than the grace period of a media pod. */
const GONE_WITHIN_MS = 180_000;

/** Takes away what experiments left in a cluster whose process was killed; those that run are let be. */
export async function cleanLab({ namespace, yes, ...where }: CleanArguments): Promise<ExitStatus> {
  const { access } = await connectCluster(where);
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.on('SIGINT', stop);
  const line = openStatusLine();
  try {
    const runs = await findLabRuns(access, namespace);
    for (const run of runs) process.stdout.write(`${labRunText(run)}\n`);
    const left = runs.filter(({ isAlive }) => !isAlive);
    if (left.length === 0) {
      process.stdout.write(`There is nothing that a killed run left in ${access.context || access.server}.\n`);
      return ExitStatus.done;
    }
    const names = left.map((run) => run.namespace).join(', ');
    if (!(await askYesNo(`Delete what was left in ${names}?`, yes, abort.signal))) return ExitStatus.done;
    line.show('waiting until all is gone');
    const still: string[] = [];
    for (const run of left) still.push(...(await removeLabRun(access, run, GONE_WITHIN_MS)));
    line.end();
    if (still.length === 0) return ExitStatus.done;
    throw new UsageError(`still there: ${still.join(', ')}`, 'Give the same command again in a minute.');
  } finally {
    line.end();
    process.off('SIGINT', stop);
    access.close();
  }
}
