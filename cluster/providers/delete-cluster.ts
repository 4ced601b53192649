import { rmSync } from 'node:fs';
import type { ClusterRecord } from './cluster-record.ts';
import type { ClusterSteps } from './create-cluster.ts';
import { Interrupted, patiently } from './patient-provider.ts';
import type { Belonging } from './provider.ts';
import { ProviderError } from './provider-fault.ts';

export interface DeleteSteps extends ClusterSteps {
  /** Shown what goes with the cluster. @returns whether to go on. */
  readonly confirm: (record: ClusterRecord, belongings: readonly Belonging[]) => Promise<boolean>;
}

const LOOK_EVERY_MS = 10_000;
const LONGEST_MS = 30 * 60_000;

/**
 * Takes a cluster away with all that was made for it and within it, or goes on with a deletion that was interrupted.
 *
 * @returns whether it is gone; false where the user said no.
 * @throws ProviderError for what the user has to act on.
 */
export async function deleteCluster(record: ClusterRecord, steps: DeleteSteps): Promise<boolean> {
  const { provider, records, patience } = steps;
  const { name } = record.plan;
  const id = record.id ?? (await patiently(() => provider.findByName(name), patience));
  if (id === null) return forget(record, steps);
  const there = (await patiently(() => provider.progress(id), patience)) !== null;
  // While the cluster is there the provider tells what belongs to it; of one that is gone only the record does.
  const listed = there ? await patiently(() => provider.belongings(id), patience) : [];
  const ours = await patiently(async () => (await provider.mediaBelongings?.(name)) ?? [], patience);
  const belongings = union(record.belongings ?? [], [...listed, ...ours]);
  if (record.belongings === null && !(await steps.confirm(record, belongings))) return false;
  if (patience.signal.aborted) throw new Interrupted();
  records.write({ ...record, id, belongings });
  if (there) {
    await patiently(() => provider.remove(id, belongings), patience);
    await untilGone(name, id, steps);
  }
  await patiently(() => provider.removeBelongings(belongings), patience);
  return forget(record, steps);
}

function union(a: readonly Belonging[], b: readonly Belonging[]): readonly Belonging[] {
  return [...new Map([...a, ...b].map((one) => [`${one.kind} ${one.id}`, one])).values()];
}

function forget({ plan, kubeconfig }: ClusterRecord, { records }: DeleteSteps): true {
  rmSync(kubeconfig, { force: true });
  records.remove(plan.name);
  return true;
}

async function untilGone(
  name: string,
  id: string,
  { provider, patience, now, onProgress }: DeleteSteps,
): Promise<void> {
  const until = now() + LONGEST_MS;
  for (;;) {
    const progress = await patiently(() => provider.progress(id), patience);
    if (progress === null) return;
    onProgress(`deleting, ${progress.state}`);
    if (now() >= until) {
      throw new ProviderError(
        `The cluster ${name} is still there after ${LONGEST_MS / 60_000} minutes`,
        'Give the same command again later.',
      );
    }
    await patience.wait(LOOK_EVERY_MS, patience.signal);
    if (patience.signal.aborted) throw new Interrupted();
  }
}
