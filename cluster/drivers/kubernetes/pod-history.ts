import { isReady, type Pod } from '../../kubernetes-client/pod.ts';
import type { PodPhase } from '../cluster-driver.ts';

export interface PodHistoryListener {
  phase(pod: string, node: string, phase: PodPhase): void;
  /** It was taken away, and so many were left without it: by the autoscaler, or by whom? */
  taken(pod: string, left: number): void;
  problem(code: string, text: string): void;
}

interface Followed {
  readonly name: string;
  node: string | null;
  ready: boolean;
  wasReady: boolean;
  terminating: boolean;
  restarts: number;
  failed: boolean;
}

/**
 * What becomes of media pods, from what a watch tells of them. A watch may leave states out, so a pod that is gone was terminating
 * before, whether seen so or not.
 */
export class PodHistory {
  readonly #container: string;
  readonly #listener: PodHistoryListener;
  readonly #pods = new Map<string, Followed>();

  /** @param container whose restarts count. */
  constructor(container: string, listener: PodHistoryListener) {
    this.#container = container;
    this.#listener = listener;
  }

  /** Those that are not on their way out, scheduled or not. */
  get current(): number {
    return this.#present.length;
  }

  get ready(): number {
    return this.#present.filter(({ ready }) => ready).length;
  }

  /** Whether a pod that still is has been ready. */
  wasReady(name: string): boolean {
    return [...this.#pods.values()].some((pod) => pod.name === name && pod.wasReady);
  }

  /** Whether it is on its way out, or not there. */
  isLeaving(name: string): boolean {
    const pod = [...this.#pods.values()].find((followed) => followed.name === name);
    return pod === undefined || pod.terminating || pod.failed;
  }

  changed(pod: Pod): void {
    const followed = this.#follow(pod);
    const { nodeName } = pod.spec ?? {};
    if (followed.node === null && nodeName !== undefined && nodeName !== '') {
      followed.node = nodeName;
      this.#tell(followed, 'created');
    }
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#terminate(followed);
      return;
    }
    if (followed.terminating) return;
    this.#restarted(pod, followed);
    const { phase, reason } = pod.status ?? {};
    if (phase === 'Failed' && !followed.failed) {
      followed.failed = true;
      followed.ready = false;
      this.#tell(followed, 'killed');
      this.#listener.problem(
        'pod-killed',
        `media pod ${followed.name} on ${followed.node} failed: ${reason ?? 'Error'}`,
      );
    }
    const ready = isReady(pod);
    if (ready === followed.ready || followed.failed) return;
    followed.ready = ready;
    followed.wasReady ||= ready;
    this.#tell(followed, ready ? 'ready' : 'unready');
    if (!ready) {
      this.#listener.problem('pod-silent', `media pod ${followed.name} on ${followed.node} is no longer ready`);
    }
  }

  removed(pod: Pod): void {
    const followed = this.#follow(pod);
    this.#terminate(followed);
    this.#tell(followed, 'gone');
    this.#pods.delete(keyOf(pod));
  }

  get #present(): Followed[] {
    return [...this.#pods.values()].filter(({ terminating, failed }) => !terminating && !failed);
  }

  #follow(pod: Pod): Followed {
    const key = keyOf(pod);
    const before = this.#pods.get(key);
    if (before !== undefined) return before;
    const { name } = pod.metadata;
    const followed = {
      name,
      node: null,
      ready: false,
      wasReady: false,
      terminating: false,
      failed: false,
      restarts: 0,
    };
    this.#pods.set(key, followed);
    return followed;
  }

  #terminate(followed: Followed): void {
    if (followed.terminating) return;
    followed.terminating = true;
    followed.ready = false;
    this.#tell(followed, 'terminating');
    if (!followed.failed) this.#listener.taken(followed.name, this.current);
  }

  /** A container that ended by itself is started again in the same pod. */
  #restarted(pod: Pod, followed: Followed): void {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === this.#container);
    const restarts = (status?.restartCount ?? 0) + (status?.state?.terminated === undefined ? 0 : 1);
    if (restarts <= followed.restarts) return;
    followed.restarts = restarts;
    followed.ready = false;
    const ended = status?.state?.terminated ?? status?.lastState?.terminated;
    this.#tell(followed, 'killed');
    const how = `${ended?.reason ?? 'Error'}, status ${ended?.exitCode ?? 'unknown'}`;
    this.#listener.problem('pod-killed', `media pod ${followed.name} on ${followed.node} ended by itself (${how})`);
  }

  #tell(followed: Followed, phase: PodPhase): void {
    // One that no node took was never there for a call.
    if (followed.node !== null) this.#listener.phase(followed.name, followed.node, phase);
  }
}

const keyOf = ({ metadata }: Pod): string => metadata.uid ?? metadata.name;
