import { appendFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { applyObjects } from '../../kubernetes-client/apply-objects.ts';
import type { ClusterAccess } from '../../kubernetes-client/cluster-access.ts';
import { deleteObjects } from '../../kubernetes-client/delete-objects.ts';
import { diagnosePod, toError } from '../../kubernetes-client/diagnose.ts';
import { KubernetesError } from '../../kubernetes-client/kubernetes-error.ts';
import type { Pod } from '../../kubernetes-client/pod.ts';
import { type LoadMessage, LoadStreamReader } from '../../load/load-stream.ts';
import type { LoadProcess, LoadRun } from '../cluster-driver.ts';
import { type LoadJob, loadJobManifest } from './load-job.ts';

export interface ClusterLoadOptions extends Omit<LoadJob, 'args' | 'seconds'> {
  readonly signal: AbortSignal;
  readonly problem: (code: string, text: string) => void;
  /** Told the path of what was made. */
  readonly made: (path: string) => void;
}

const LOOK_EVERY_MS = 250;
const STARTS_WITHIN_MS = 180_000;
/** A log that cannot be read for so long is given up; the load itself goes on. */
const PATIENCE_MS = 60_000;
const GONE_WITHIN_MS = 60_000;

/**
 * Participants in a pod of the cluster. What they count comes by the pod's log, which is followed, and goes into the same files as that of
 * a load on this machine.
 */
export class ClusterLoad implements LoadProcess {
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>;
  readonly #access: ClusterAccess;
  readonly #options: ClusterLoadOptions;
  readonly #files: LoadRun['files'];
  readonly #jobPath: string;
  readonly #podPath: string;
  readonly #end = new AbortController();
  readonly #reader: LoadStreamReader;
  #isFull = false;

  /** Resolves once the pod runs. @throws KubernetesError where it does not come to that, with nothing left behind. */
  static async start(access: ClusterAccess, run: LoadRun, options: ClusterLoadOptions): Promise<ClusterLoad> {
    const job = loadJobManifest({ ...options, args: run.args, seconds: run.seconds });
    const [{ path }] = await applyObjects(access, [job], {
      namespace: options.namespace,
      applied: (applied) => options.made(applied.path),
    });
    try {
      const pod = await runningPod(access, options);
      return new ClusterLoad(access, run, options, path, pod);
    } catch (error) {
      await deleteObjects(access, [path], { timeoutMs: GONE_WITHIN_MS }).catch(() => {});
      throw error;
    }
  }

  private constructor(access: ClusterAccess, run: LoadRun, options: ClusterLoadOptions, jobPath: string, pod: string) {
    this.#access = access;
    this.#options = options;
    this.#files = run.files;
    this.#jobPath = jobPath;
    this.#podPath = `/api/v1/namespaces/${options.namespace}/pods/${encodeURIComponent(pod)}`;
    this.#reader = new LoadStreamReader({
      message: (message) => this.#take(message),
      other: (line) => this.#keep(() => appendFileSync(this.#files.log, `${line}\n`)),
    });
    this.ended = this.#follow();
  }

  /** Has the participants leave, takes what they tell until then, and takes the pod away. */
  async stop(graceMs: number): Promise<void> {
    try {
      // A pod that is deleted gets SIGTERM, and its log goes on until it has ended.
      await deleteObjects(this.#access, [this.#jobPath], { timeoutMs: graceMs + GONE_WITHIN_MS });
    } catch (error) {
      this.#options.problem('left-behind', `the load could not be taken away: ${(error as Error).message}`);
    }
    const timer = setTimeout(() => this.#end.abort(), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  async #follow(): Promise<{ readonly status: number | null; readonly signal: string | null }> {
    const { problem } = this.#options;
    let status: number | null = null;
    let failingSince: number | null = null;
    while (!this.#end.signal.aborted) {
      try {
        await this.#readLog();
        const state = await this.#state();
        failingSince = null;
        if (state !== 'running') {
          // What it said between the log and its end.
          if (state.status !== null) await this.#readLog().catch(() => {});
          status = state.status;
          break;
        }
      } catch (error) {
        if (this.#end.signal.aborted) break;
        failingSince ??= Date.now();
        if (Date.now() - failingSince > PATIENCE_MS) {
          problem('load-unheard', `the log of the load cannot be read any more: ${(error as Error).message}`);
          break;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    const { missing } = this.#reader;
    if (missing > 0) problem('load-unheard', `${missing} lines of the load are missing: the node had thrown them away`);
    return { status, signal: null };
  }

  /** To the end of the log, which is that of the container, or of the connection. */
  async #readLog(): Promise<void> {
    const { signal } = this.#end;
    const query = { follow: true, container: 'load' };
    const log: IncomingMessage = await this.#access.stream(`${this.#podPath}/log`, {
      ...{ query, signal, what: 'follow the log of the load' },
    });
    this.#reader.begin();
    let fault: Error | null = null;
    log.on('error', (error) => (fault = error));
    for await (const line of createInterface({ input: log, crlfDelay: Number.POSITIVE_INFINITY }))
      this.#reader.line(line);
    if (fault !== null) throw fault;
  }

  async #state(): Promise<'running' | { readonly status: number | null }> {
    const pod = await this.#access.find<Pod>(this.#podPath, { what: 'see the pod of the load' });
    if (pod === null) return { status: null };
    const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
    if (ended !== undefined) return { status: ended.exitCode ?? null };
    return pod.status?.phase === 'Failed' ? { status: null } : 'running';
  }

  #take(message: LoadMessage): void {
    const { record, keyLog, sdp, log } = this.#files;
    this.#keep(() => {
      if (message.kind === 'record') appendFileSync(record, `${message.line}\n`);
      else if (message.kind === 'keys') appendFileSync(keyLog, `${message.line}\n`, { mode: 0o600 });
      else if (message.kind === 'result') appendFileSync(log, `${message.json}\n`);
      else writeFileSync(`${sdp}${message.client}-${message.kind}.sdp`, message.sdp);
    });
  }

  /** A disk that fills up ends the record, not the load. */
  #keep(write: () => void): void {
    if (this.#isFull) return;
    try {
      write();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      this.#isFull = true;
      this.#options.problem('disk-full', 'what the load counted is missing from here on: the disk is full');
    }
  }
}

/** @returns the name of the pod, as soon as it runs or has run. */
async function runningPod(access: ClusterAccess, { namespace, name, signal }: ClusterLoadOptions): Promise<string> {
  const query = { labelSelector: `job-name=${name}` };
  const started = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { items } = await access.get<{ items: readonly Pod[] }>(path, {
      query,
      what: 'look for the pod of the load',
    });
    const [pod] = items;
    if (pod !== undefined && pod.status?.phase !== 'Pending' && pod.status?.phase !== undefined)
      return pod.metadata.name;
    const fault = pod === undefined ? null : diagnosePod(pod);
    const isOver = Date.now() - started > STARTS_WITHIN_MS;
    if (fault !== null && (fault.isFinal || isOver)) throw toError(fault);
    if (isOver) {
      const text = `the pod of the load does not run after ${STARTS_WITHIN_MS / 1000} s`;
      throw new KubernetesError('not-ready', text, `See kubectl --namespace ${namespace} get events.`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
