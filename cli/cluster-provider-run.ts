import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type Belonging,
  type ClusterPlan,
  type ClusterRecord,
  ClusterRecords,
  createCluster,
  deleteCluster,
  Interrupted,
  openProvider,
  PROVIDERS,
  type ProviderName,
  realWait,
  tokenVariable,
} from '../cluster/index.ts';
import { askYesNo } from './ask.ts';
import { ExitStatus, UsageError } from './exit-status.ts';
import { openStatusLine, type StatusLine } from './status-line.ts';

export interface CreateArguments {
  readonly provider: ProviderName;
  readonly name: string;
  readonly nodes: number;
  readonly size?: string | undefined;
  readonly region?: string | undefined;
  readonly kubernetesVersion?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly state?: string | undefined;
  readonly yes: boolean;
}

export interface DeleteArguments {
  readonly name: string;
  readonly state?: string | undefined;
  readonly yes: boolean;
}

const MOST_NODES = 100;

/** Makes a cluster and prints the path of its kubeconfig. */
export async function runCreate(args: CreateArguments): Promise<ExitStatus> {
  const { nodes, name } = args;
  checkName(name);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MOST_NODES) {
    throw new UsageError('--nodes: not a number of nodes', `Give 1 to ${MOST_NODES}.`);
  }
  const records = recordsIn(args.state);
  const provider = await openProvider(args.provider, process.env);
  const request = {
    name,
    nodes,
    region: args.region ?? PROVIDERS[args.provider].region,
    size: args.size ?? PROVIDERS[args.provider].size,
    version: args.kubernetesVersion ?? null,
  };
  return withInterruption(args.provider, name, async (patience, line) => {
    const record = await createCluster(request, {
      ...{ provider, records, patience, now: Date.now },
      kubeconfig: args.kubeconfig === undefined ? records.kubeconfigOf(name) : resolve(args.kubeconfig),
      onProgress: (text) => line.show(`${provider.title}, cluster ${name}: ${text}`),
      confirm: (plan) => {
        line.say(planText(provider.title, plan));
        return askYesNo('Make it?', args.yes, patience.signal);
      },
    });
    line.end();
    if (record === null) return ExitStatus.done;
    line.say(`The cluster ${name} is ready. Use it with: export KUBECONFIG=${record.kubeconfig}`);
    line.say(`It is billed until you take it away with: rtcscope cluster delete ${name}`);
    process.stdout.write(`${record.kubeconfig}\n`);
    return ExitStatus.done;
  });
}

/** Takes away a cluster that was made from here. */
export async function runDelete(args: DeleteArguments): Promise<ExitStatus> {
  const { name } = args;
  checkName(name);
  const records = recordsIn(args.state);
  const record = records.read(name);
  if (record === null) {
    throw new UsageError(
      `no cluster ${name} was made from here`,
      'See rtcscope cluster list; others are deleted where they were made.',
    );
  }
  const provider = await openProvider(record.provider, process.env);
  return withInterruption(record.provider, name, async (patience, line) => {
    const gone = await deleteCluster(record, {
      ...{ provider, records, patience, now: Date.now },
      onProgress: (text) => line.show(`${provider.title}, cluster ${name}: ${text}`),
      confirm: (known, belongings) => {
        line.say(deletionText(provider.title, known, belongings));
        return askYesNo('Delete all of it?', args.yes, patience.signal);
      },
    });
    line.end();
    if (gone) line.say(`The cluster ${name} is gone, and all that was made for it.`);
    return ExitStatus.done;
  });
}

/** Prints what the records say; no provider is asked. */
export function printClusters(state: string | undefined): ExitStatus {
  const records = recordsIn(state).list();
  for (const { plan, provider, id, createdAt, belongings, kubeconfig } of records) {
    const stage = belongings !== null ? 'being deleted' : id === null ? 'begun' : id;
    const what = `${plan.nodes} x ${plan.size} in ${plan.region}`;
    process.stdout.write(`${plan.name}\t${provider}\t${stage}\t${what}\t${createdAt}\t${kubeconfig}\n`);
  }
  if (records.length === 0) process.stderr.write('No cluster was made from here.\n');
  return ExitStatus.done;
}

async function withInterruption(
  name: ProviderName,
  cluster: string,
  run: (patience: Parameters<typeof createCluster>[1]['patience'], line: StatusLine) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const abort = new AbortController();
  const line = openStatusLine();
  const stop = () => {
    if (abort.signal.aborted) process.exit(130);
    line.say('Stopping after this request; Ctrl-C again stops at once.');
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const patience = {
      title: PROVIDERS[name].title,
      tokenVariable: tokenVariable(name, process.env),
      wait: realWait,
      signal: abort.signal,
      onWait: (text: string) => line.say(text),
    };
    return await run(patience, line);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new UsageError(
      'interrupted',
      `The same command goes on from here; rtcscope cluster delete ${cluster} takes away what there is; it is billed until then.`,
    );
  } finally {
    line.end();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** The name becomes one of a file, of the provider's cluster and its pool. */
function checkName(name: string): void {
  if (!/^[a-z][a-z0-9-]{1,28}[a-z0-9]$/.test(name)) {
    throw new UsageError(
      'the name of a cluster is 3 to 30 small letters, digits and dashes',
      'Give one such as call-lab.',
    );
  }
}

function recordsIn(state: string | undefined): ClusterRecords {
  const base = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return new ClusterRecords(resolve(state ?? join(base, 'rtcscope', 'clusters')));
}

function planText(title: string, plan: ClusterPlan): string {
  const { nodes, nodeHourlyUsd: hourly, nodeMonthlyUsd: monthly } = plan;
  const price = (usd: number | null, digits: number) =>
    usd === null ? 'unknown' : `$${(usd * nodes).toFixed(digits)}`;
  return [
    `${title}: cluster ${plan.name}, Kubernetes ${plan.version}, in ${plan.region} (${plan.regionText})`,
    `  ${nodes} nodes of ${plan.size} (${plan.sizeText})`,
    `  nodes cost ${price(hourly, 3)} an hour, at most ${price(monthly, 2)} a month, by the provider's list, without tax`,
    ...plan.notes.map((note) => `  ${note}`),
  ].join('\n');
}

function deletionText(title: string, { plan, id }: ClusterRecord, belongings: readonly Belonging[]): string {
  return [
    `${title}: cluster ${plan.name}${id === null ? '' : ` (${id})`}, ${plan.nodes} nodes of ${plan.size} in ${plan.region}`,
    ...belongings.map(({ kind, id: own, name }) => `  ${kind} ${name} (${own})`),
  ].join('\n');
}
