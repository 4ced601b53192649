import { mergeAnalyses, type PartialAnalysis, partialFault } from '../analyzers/index.ts';
import { shownName } from '../captures/index.ts';
import { connectCluster, runAnalysisJob } from '../cluster/index.ts';
import project from '../package.json' with { type: 'json' };
import { type AnalyzeArguments, checkOnce } from './analyze-run.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { checkOutputs, writeOutputs } from './outputs.ts';
import { openStatusLine } from './status-line.ts';

const MOST_SHARDS = 1000;
const ELSEWHERE = ['partial', 'sdp', 'states', 'from', 'to', 'failOn'] as const;

/** Analyses captures that are on a volume of a cluster, there, and writes what they came to here. */
export async function analyzeOnKubernetes(args: AnalyzeArguments): Promise<ExitStatus> {
  checkOnce(args);
  const { shards = 4, namespace = 'default', window, filter } = args;
  const unfit = ELSEWHERE.find((option) => args[option] !== undefined) ?? (args.follow ? 'follow' : undefined);
  if (unfit !== undefined) throw new UsageError(`--${unfit} does not go with --on kubernetes`, 'Leave it out.');
  if (!Number.isInteger(shards) || shards < 1 || shards > MOST_SHARDS) {
    throw new UsageError('--shards: not a number of pods', `Give 1 to ${MOST_SHARDS}.`);
  }
  const { claim, pattern } = placeOf(args.files);
  checkOutputs(args, []);
  const { access, version } = await connectCluster({ kubeconfig: args.kubeconfig, context: args.context });
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const line = openStatusLine();
  try {
    const { results, leftOut } = await runAnalysisJob(access, {
      ...{ namespace, claim, pattern, shards, version, signal: abort.signal },
      image: args.image ?? `localhost/rtcscope:${project.version}`,
      options: [`--window=${window}`, ...(filter === undefined ? [] : [`--filter=${filter}`])],
      onProgress: (done, failed) => {
        if (!args.quiet) line.show(`${done} of ${shards} shards done${failed > 0 ? `, ${failed} tries failed` : ''}`);
      },
    });
    line.end();
    const partials = results.flatMap(({ partial }) => (partial === null ? [] : [partOf(partial)]));
    if (partials.length === 0 || leftOut === null) {
      throw new UsageError(
        'no shard came to a result',
        `See kubectl --namespace ${namespace} get events, and that the pattern finds captures.`,
      );
    }
    await writeOutputs(mergeAnalyses(partials), args);
    for (const path of leftOut) process.stderr.write(`rtcscope: ${shownName(path)} is left out: its shard failed\n`);
    return leftOut.length > 0 ? ExitStatus.thresholdCrossed : ExitStatus.done;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    throw new UsageError('interrupted', 'The Job is deleted; give the command again.');
  } finally {
    line.end();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    access.close();
  }
}

function placeOf(files: readonly string[]): { claim: string; pattern: string } {
  const [place = ''] = files;
  const [, claim, pattern] = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\/(.+)$/.exec(place) ?? [];
  if (files.length !== 1 || claim === undefined || pattern === undefined || pattern.split('/').includes('..')) {
    throw new UsageError(
      `${shownName(place)}: names no captures in a cluster`,
      "Give one CLAIM/PATTERN, such as 'captures/run-7/*.pcapng'; a bucket can be mounted as a claim by a CSI driver.",
    );
  }
  return { claim, pattern };
}

/** A pod's log is not more to be trusted than any file. */
function partOf(text: string): PartialAnalysis {
  const part = JSON.parse(text);
  const fault = partialFault(part);
  if (fault !== null) throw new UsageError(`the result of a shard ${fault}`, 'Use an image of the same version.');
  return part;
}
