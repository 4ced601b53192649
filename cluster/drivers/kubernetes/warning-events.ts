import { shownText } from '../../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../../kubernetes-client/kubernetes-object.ts';

/** What we read of an Event (core/v1). */
export interface WarningEvent extends KubernetesObject {
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** Those that tell of a hole in a run; what becomes of pods and of the autoscaler is read from their own status. */
const CODES: Readonly<Record<string, string>> = {
  FailedScheduling: 'pod-unschedulable',
  Unhealthy: 'probe-failed',
  FailedCreate: 'pod-refused',
  Evicted: 'pod-evicted',
  NodeNotReady: 'node-not-ready',
  FailedMount: 'pod-failed',
  OOMKilling: 'pod-killed',
};
const MOST_TOLD = 200;
/** A kubelet that is not yet told of a new namespace's objects, and mounts them a moment later. */
const SOON_OVER = /failed to sync \w+ cache: timed out/;

/** Warnings of a namespace as problems of the run, each once for an object. */
export class WarningEvents {
  readonly #problem: (code: string, text: string) => void;
  readonly #wasReady: (pod: string) => boolean;
  readonly #told = new Set<string>();

  /** @param wasReady whether a pod has been ready before: until then a probe that fails is none that failed. */
  constructor(problem: (code: string, text: string) => void, wasReady: (pod: string) => boolean) {
    this.#problem = problem;
    this.#wasReady = wasReady;
  }

  changed({ reason = '', message = '', involvedObject = {} }: WarningEvent): void {
    const code = Object.hasOwn(CODES, reason) ? CODES[reason] : undefined;
    const key = `${reason} ${involvedObject.name ?? ''}`;
    if (code === 'probe-failed' && !this.#wasReady(involvedObject.name ?? '')) return;
    if (SOON_OVER.test(message)) return;
    if (code === undefined || this.#told.has(key) || this.#told.size >= MOST_TOLD) return;
    this.#told.add(key);
    this.#problem(code, shownText(`${involvedObject.kind ?? 'object'} ${involvedObject.name ?? ''}: ${message}`));
  }
}
