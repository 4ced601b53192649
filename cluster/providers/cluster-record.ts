import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Belonging, ClusterPlan, ProviderName } from './provider.ts';
import { ProviderError } from './provider-fault.ts';

/** What is known of a cluster that we made, or began to make: enough to go on, and to take all of it away. */
export interface ClusterRecord {
  readonly schema: 'rtcscope.cluster/1';
  readonly provider: ProviderName;
  readonly plan: ClusterPlan;
  /** Null from before the request until its answer: the cluster may exist, and is looked for by its name. */
  readonly id: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly kubeconfig: string;
  /** What a deletion that has begun is to take away besides. */
  readonly belongings: readonly Belonging[] | null;
}

/** A folder of records, one a cluster, named for it. */
export class ClusterRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  pathOf(name: string): string {
    return join(this.#folder, `${name}.json`);
  }

  kubeconfigOf(name: string): string {
    return join(this.#folder, `${name}.kubeconfig`);
  }

  /** @throws ProviderError where there is a file that cannot be read as one. */
  read(name: string): ClusterRecord | null {
    const path = this.pathOf(name);
    if (!existsSync(path)) return null;
    try {
      const record = JSON.parse(readFileSync(path, 'utf8'));
      if (record.schema === 'rtcscope.cluster/1' && record.plan.name === name) return record;
    } catch {
      // As one that says something else.
    }
    throw new ProviderError(
      `${path}: not a record of a cluster`,
      'Look up the cluster in the console of its provider, and take the file away.',
    );
  }

  list(): readonly ClusterRecord[] {
    if (!existsSync(this.#folder)) return [];
    const names = readdirSync(this.#folder).flatMap((file) =>
      file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : [],
    );
    return names.sort().flatMap((name) => this.read(name) ?? []);
  }

  /** Whole or not at all: a record must not be lost to an interruption. */
  write(record: ClusterRecord): void {
    writePrivate(this.pathOf(record.plan.name), `${JSON.stringify(record, null, 2)}\n`);
  }

  remove(name: string): void {
    rmSync(this.pathOf(name), { force: true });
  }
}

/** Writes a file that its owner alone may read. @throws ProviderError where that cannot be. */
export function writePrivate(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(beside, text, { mode: 0o600, flush: true });
    chmodSync(beside, 0o600);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new ProviderError(`${path}: cannot be written (${code})`, 'Name a place where you may write.');
  }
}
