import {
  bringUp,
  type ClusterAccess,
  type ConferenceStatus,
  conferenceStatus,
  connectCluster,
  findLabRuns,
  labRunText,
  type PageAddress,
  planTakeDown,
  takeDown,
} from '../cluster/index.ts';
import { askYesNo } from './ask.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { openStatusLine } from './status-line.ts';

export interface StatusArguments {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace: string;
  readonly json: boolean;
}

export interface UpArguments extends Omit<StatusArguments, 'json'> {
  readonly overlay: string;
  readonly image?: string | undefined;
  readonly mediaPort?: number | undefined;
  readonly timeout: number;
}

export interface DownArguments extends Omit<StatusArguments, 'json'> {
  readonly yes: boolean;
}

/** Longer than the grace period of a media pod. */
const DOWN_TIMEOUT_MS = 180_000;

/** Brings a conference up and prints the address of its page. */
export async function runUp(args: UpArguments): Promise<ExitStatus> {
  const { namespace, overlay, image = null, mediaPort = null, timeout } = args;
  if (!(timeout > 0)) throw new UsageError('--timeout: not a number of seconds', 'Give one such as 300.');
  if (mediaPort !== null && !(Number.isInteger(mediaPort) && mediaPort > 0 && mediaPort < 65_536)) {
    throw new UsageError('--media-port: not a port', 'Give 1 to 65535.');
  }
  return withCluster(args, async (access, signal) => {
    const line = openStatusLine();
    try {
      const { address, made, removed } = await bringUp(access, {
        ...{ namespace, overlay, image, mediaPort, signal, timeoutMs: timeout * 1000 },
        onProgress: (states) => {
          line.show(states.map(({ name, ready, wanted }) => `${name}: ${ready} of ${wanted} ready`).join(', '));
        },
      });
      line.end();
      if (made.length > 0) line.say(`made ${made.join(', ')}`);
      if (removed.length > 0) line.say(`removed ${removed.join(', ')}`);
      tellAddress(address, namespace);
      return ExitStatus.done;
    } finally {
      line.end();
    }
  });
}

/** Prints how a conference is. */
export async function runStatus(args: StatusArguments): Promise<ExitStatus> {
  return withCluster(args, async (access) => {
    const experiments = await findLabRuns(access, args.namespace);
    // Told before it is found that there is no conference.
    if (!args.json) for (const run of experiments) process.stdout.write(`${labRunText(run)}\n`);
    const status = await conferenceStatus(access, args.namespace);
    const text = args.json
      ? `${JSON.stringify({ ...status, experiments }, null, 2)}\n`
      : statusText(status, args.namespace);
    process.stdout.write(text);
    return ExitStatus.done;
  });
}

/** Takes a conference out of a cluster. */
export async function runDown(args: DownArguments): Promise<ExitStatus> {
  const { namespace } = args;
  return withCluster(args, async (access, signal) => {
    const plan = await planTakeDown(access, namespace);
    const line = openStatusLine();
    const names = plan.objects.map(({ kind, name }) => `${kind} ${name}`);
    if (plan.withNamespace) names.push(`Namespace ${namespace}`);
    line.say(`In ${access.context || access.server}: ${names.join(', ')}`);
    if (!(await askYesNo('Delete these? Calls in it end.', args.yes, signal))) return ExitStatus.done;
    line.show('waiting until all is gone');
    const left = await takeDown(access, namespace, plan, DOWN_TIMEOUT_MS);
    line.end();
    if (left.length === 0) return ExitStatus.done;
    throw new UsageError(`still there: ${left.join(', ')}`, 'Give the same command again in a minute.');
  });
}

async function withCluster(
  args: Omit<StatusArguments, 'json'>,
  run: (access: ClusterAccess, signal: AbortSignal) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  // RFC 1123, as the API server has it.
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(args.namespace)) {
    throw new UsageError('--namespace: not a name', 'Small letters, digits and dashes, 63 at most.');
  }
  const { access } = await connectCluster(args);
  const abort = new AbortController();
  const stop = () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await run(access, abort.signal);
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    throw new UsageError('interrupted', 'The same command goes on; rtcscope cluster down takes away what there is.');
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    access.close();
  }
}

function tellAddress(address: PageAddress | null, namespace: string): void {
  if (address?.kind === 'url') process.stdout.write(`${address.url}\n`);
  else process.stderr.write(`${addressText(address, namespace)}\n`);
}

function addressText(address: PageAddress | null, namespace: string): string {
  if (address === null) return 'There is no gateway.';
  if (address.kind === 'url') return address.url;
  if (address.kind === 'pending') return 'The load balancer has no address yet; see rtcscope cluster status.';
  return `The page is within the cluster: kubectl --namespace ${namespace} port-forward service/gateway 8080:${address.port}, then http://localhost:8080/`;
}

function statusText({ deployments, pods, autoscaler, address }: ConferenceStatus, namespace: string): string {
  const lines = deployments.map(({ name, ready, wanted }) => `${name}: ${ready} of ${wanted} ready`);
  if (autoscaler !== null) {
    const { min, max, desired, cpuPercent, blind } = autoscaler;
    const use = cpuPercent === null ? 'no measurement' : `CPU at ${cpuPercent} % of the request`;
    lines.push(
      `autoscaler: ${desired ?? '?'} wanted, ${min} to ${max}, ${use}${blind === null ? '' : `; blind: ${blind}`}`,
    );
  }
  for (const { name, node, phase, restarts } of pods) {
    lines.push(`pod ${name} on ${node ?? 'no node'}: ${phase}${restarts > 0 ? `, ${restarts} restarts` : ''}`);
  }
  lines.push(addressText(address, namespace));
  return `${lines.join('\n')}\n`;
}
