import { type ClusterRecord, type ClusterRecords, writePrivate } from './cluster-record.ts';
import { beforeNext, Interrupted, type Patience, patiently, refusal } from './patient-provider.ts';
import type { ClusterPlan, ClusterProgress, ClusterProvider, ClusterRequest } from './provider.ts';
import { ProviderError, ProviderFault } from './provider-fault.ts';

export interface ClusterSteps {
  readonly provider: ClusterProvider;
  readonly records: ClusterRecords;
  readonly patience: Patience;
  /** Told how far it is, at every look. */
  readonly onProgress: (text: string) => void;
  readonly now: () => number;
}

export interface CreateSteps extends ClusterSteps {
  /** Shown the plan, with its cost. @returns whether to go on. */
  readonly confirm: (plan: ClusterPlan) => Promise<boolean>;
  readonly kubeconfig: string;
}

const LOOK_EVERY_MS = 10_000;
const LONGEST_MS = 45 * 60_000;

/**
 * Makes a cluster, or goes on with one whose making was interrupted, until its nodes are ready and its kubeconfig is written.
 *
 * @returns the record, or null where the user said no.
 * @throws ProviderError for what the user has to act on.
 */
export async function createCluster(request: ClusterRequest, steps: CreateSteps): Promise<ClusterRecord | null> {
  const { provider, records } = steps;
  const begun = records.read(request.name);
  if (begun !== null) checkSame(begun, request, provider);
  const record = begun ?? (await begin(request, steps));
  if (record === null) return null;
  const id = record.id ?? (await create(record, steps));
  const made = { ...record, id };
  if (record.id === null) records.write(made);
  await untilReady(made, id, steps);
  await writeKubeconfig(made, id, steps);
  // Last, so that a token which may not do this leaves a cluster that can be used.
  await patiently(async () => provider.openMedia?.(id, request.name), steps.patience);
  return made;
}

function checkSame(record: ClusterRecord, request: ClusterRequest, provider: ClusterProvider): void {
  const { name, region, size, nodes } = record.plan;
  const same =
    record.provider === provider.name && region === request.region && size === request.size && nodes === request.nodes;
  if (record.belongings !== null) {
    throw new ProviderError(
      `The cluster ${name} is being deleted`,
      `Finish with rtcscope cluster delete ${name}, or choose another --name.`,
    );
  }
  if (!same) {
    throw new ProviderError(
      `The cluster ${name} was begun as ${nodes} nodes of ${size} in ${region} at ${record.provider}`,
      'Give those to go on with it, or choose another --name.',
    );
  }
}

async function begin(request: ClusterRequest, steps: CreateSteps): Promise<ClusterRecord | null> {
  const { provider, records, patience } = steps;
  const plan = await patiently(() => provider.plan(request), patience);
  if ((await patiently(() => provider.findByName(request.name), patience)) !== null) {
    throw new ProviderError(
      `${provider.title} has a cluster ${request.name} already, which was not made from here`,
      'Choose another --name.',
    );
  }
  if (!(await steps.confirm(plan))) return null;
  if (patience.signal.aborted) throw new Interrupted();
  const record: ClusterRecord = {
    schema: 'rtcscope.cluster/1',
    provider: provider.name,
    plan,
    id: null,
    createdAt: new Date(steps.now()).toISOString(),
    kubeconfig: steps.kubeconfig,
    belongings: null,
  };
  // Before the request: whatever happens to it, there is something to go on from.
  records.write(record);
  return record;
}

/**
 * The request must not be made twice, and its answer may be lost. So before each try after a loss the cluster is looked for by its name,
 * which is unique in an account.
 */
async function create({ plan }: ClusterRecord, { provider, records, patience }: ClusterSteps): Promise<string> {
  let lost: ProviderFault | null = null;
  for (let tried = 1; ; tried++) {
    const found = await patiently(() => provider.findByName(plan.name), patience);
    if (found !== null) return found;
    if (patience.signal.aborted) throw new Interrupted();
    try {
      return await provider.create(plan);
    } catch (fault) {
      if (!(fault instanceof ProviderFault)) throw fault;
      if (!fault.passing) {
        // After a lost answer the refusal may be that of a name which is taken: by the cluster of the lost request.
        const taken = lost === null ? null : await patiently(() => provider.findByName(plan.name), patience);
        if (taken !== null) return taken;
        // Nothing was made, so there is nothing to go on with.
        records.remove(plan.name);
        throw refusal(fault, patience);
      }
      lost = fault;
      await beforeNext(fault, tried, patience);
    }
  }
}

async function untilReady(record: ClusterRecord, id: string, steps: ClusterSteps): Promise<void> {
  const { provider, records, patience, now, onProgress } = steps;
  const until = now() + LONGEST_MS;
  const { name } = record.plan;
  for (;;) {
    const progress = await patiently(() => provider.progress(id), patience);
    if (progress === null) {
      const ours = await patiently(async () => (await provider.mediaBelongings?.(name)) ?? [], patience);
      await patiently(() => provider.removeBelongings(ours), patience);
      records.remove(name);
      throw new ProviderError(
        `The cluster ${name} (${id}) is gone`,
        'Someone deleted it; give the command again to make it anew.',
      );
    }
    onProgress(progressText(progress));
    if (progress.ready) return;
    if (progress.failure !== null) {
      throw new ProviderError(
        `${provider.title}: the cluster ${name} failed: ${progress.failure}`,
        `Take it away with rtcscope cluster delete ${name}.`,
      );
    }
    if (now() >= until) {
      throw new ProviderError(
        `The cluster ${name} is not ready after ${LONGEST_MS / 60_000} minutes`,
        `Give the same command to wait on, or take it away with rtcscope cluster delete ${name}.`,
      );
    }
    await patience.wait(LOOK_EVERY_MS, patience.signal);
    if (patience.signal.aborted) throw new Interrupted();
  }
}

function progressText({ state, nodesReady, nodes }: ClusterProgress): string {
  return `${state}, ${nodesReady} of ${nodes} nodes ready`;
}

async function writeKubeconfig(record: ClusterRecord, id: string, steps: ClusterSteps): Promise<void> {
  const { provider, patience, now } = steps;
  const until = now() + LONGEST_MS;
  for (;;) {
    const text = await patiently(() => provider.kubeconfig(id), patience);
    if (text !== null) return writePrivate(record.kubeconfig, text);
    if (now() >= until) {
      throw new ProviderError(
        `${provider.title} gives no kubeconfig of ${record.plan.name}`,
        'Give the same command again later.',
      );
    }
    steps.onProgress('waiting for the kubeconfig');
    await patience.wait(LOOK_EVERY_MS, patience.signal);
    if (patience.signal.aborted) throw new Interrupted();
  }
}
