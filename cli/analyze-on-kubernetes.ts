import { mergeAnalyses, type PartialAnalysis, partialFault } from '../analyzers/index.ts';
import { isStorageEndpoint, isStorageName, parseStorageName, shownName } from '../captures/index.ts';
import { connectCluster, type RunAnalysisJobOptions, runAnalysisJob } from '../cluster/index.ts';
import project from '../package.json' with { type: 'json' };
import { type AnalyzeArguments, checkOnce, spelt } from './analyze-run.ts';
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
  const from = placeOf(args);
  checkOutputs(args, []);
  const { access, version } = await connectCluster({ kubeconfig: args.kubeconfig, context: args.context });
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const line = openStatusLine();
  try {
    const { results, leftOut, fault } = await runAnalysisJob(access, {
      ...{ namespace, from, shards, version, signal: abort.signal },
      image: args.image ?? `localhost/rtcscope:${project.version}`,
      options: [`--window=${window}`, ...(filter === undefined ? [] : [`--filter=${filter}`])],
      onProgress: (done, failed) => {
        if (!args.quiet) line.show(`${done} of ${shards} shards done${failed > 0 ? `, ${failed} tries failed` : ''}`);
      },
    });
    line.end();
    if (results.some(({ captures }) => captures.length === 0)) {
      const [place] = args.files;
      const text = `${shownName(place)}: no capture in the cluster matches`;
      throw new UsageError(text, 'Patterns begin at the root of the volume or bucket; ** is folders of any depth.');
    }
    const partials = results.flatMap(({ partial }) => (partial === null ? [] : [partOf(partial)]));
    if (partials.length === 0 || leftOut === null) {
      throw new UsageError(
        `no shard came to a result${fault === null ? '' : ` (${fault})`}`,
        `See kubectl --namespace ${namespace} get events, and that the pattern finds captures.`,
      );
    }
    await writeOutputs(mergeAnalyses(partials), args);
    for (const { path, reason } of leftOut) {
      const why = reason === null ? '' : ` (${reason})`;
      process.stderr.write(`rtcscope: ${shownName(path)} is left out: its shard failed${why}\n`);
    }
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

function placeOf(args: AnalyzeArguments): RunAnalysisJobOptions['from'] {
  const [place = ''] = args.files;
  if (args.files.length === 1 && isStorageName(place)) return bucketOf(place, args);
  const strange = (['s3Secret', 's3Endpoint', 's3Region'] as const).find((option) => args[option] !== undefined);
  if (strange !== undefined) {
    throw new UsageError(`--${spelt(strange)}: the captures are in no bucket`, "Name them as 's3://BUCKET/PATTERN'.");
  }
  const [, claim, pattern] = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\/(.+)$/.exec(place) ?? [];
  if (args.files.length !== 1 || claim === undefined || pattern === undefined || pattern.split('/').includes('..')) {
    throw new UsageError(
      `${shownName(place)}: names no captures in a cluster`,
      "Give one CLAIM/PATTERN, such as 'captures/run-7/*.pcapng', or 's3://BUCKET/PATTERN'.",
    );
  }
  return { claim, pattern };
}

function bucketOf(name: string, { s3Secret, s3Endpoint, s3Region }: AnalyzeArguments): RunAnalysisJobOptions['from'] {
  parseStorageName(name);
  if (s3Endpoint !== undefined && !isStorageEndpoint(s3Endpoint)) {
    throw new UsageError(
      '--s3-endpoint: no address of a storage service',
      'Give https://HOST, with :PORT where it needs one.',
    );
  }
  if (s3Secret !== undefined && !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(s3Secret)) {
    throw new UsageError(
      '--s3-secret: no name of a Secret',
      'Give the name of one that holds AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; never the key itself.',
    );
  }
  return { name, secret: s3Secret ?? null, endpoint: s3Endpoint ?? null, region: s3Region ?? null };
}

/** A pod's log is not more to be trusted than any file. */
function partOf(text: string): PartialAnalysis {
  const part = JSON.parse(text);
  const fault = partialFault(part);
  if (fault !== null) throw new UsageError(`the result of a shard ${fault}`, 'Use an image of the same version.');
  return part;
}
