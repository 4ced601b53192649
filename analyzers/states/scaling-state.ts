/**
 * What a replica situation is called:
 *
 * - `steady`: as many pods ready as wanted, and so for a while;
 * - `scaling-out`: from the decision until the new pods are ready; `scaling-in`: until the last of the pods is gone;
 * - `settling`: the stretch after either;
 * - `recovering`: fewer pods ready than wanted though nobody decided anything: one was lost;
 * - `unknown`: before the first thing known of replicas.
 */
export type StateKind = 'steady' | 'scaling-out' | 'scaling-in' | 'settling' | 'recovering' | 'unknown';

/** A phase of a run, in ms since 1970; from `fromMs`, up to but not including `toMs`. */
export interface Phase {
  readonly name: string;
  readonly repetition: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A stretch of time with one phase and one replica situation. The first begins and the last ends at infinity. */
export interface StateStretch {
  /** Null outside of all phases, and where no phases are known. */
  readonly phase: string | null;
  readonly repetition: number | null;
  readonly kind: StateKind;
  /** `steady(2)`, `scaling-out(1->3)`: the situation in one word. */
  readonly state: string;
  /** Pods at its begin; null where unknown. */
  readonly replicas: number | null;
  /** Pods that were wanted. */
  readonly targetReplicas: number | null;
  readonly fromMs: number;
  readonly toMs: number;
}

export function stateName(kind: StateKind, replicas: number | null, target: number | null): string {
  if (kind === 'unknown' || replicas === null || target === null) return 'unknown';
  return kind === 'steady' || kind === 'settling' ? `${kind}(${target})` : `${kind}(${replicas}->${target})`;
}
