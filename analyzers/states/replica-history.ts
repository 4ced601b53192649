/** What became known of the replicas at one moment; null where this says nothing of it and what was known stands. */
export interface ReplicaSample {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly desired: number | null;
  /** Pods that exist, ready or not. */
  readonly current: number | null;
  readonly ready: number | null;
  /** Pods that are on their way out. */
  readonly terminating: number | null;
}

export interface AutoscalerActivity {
  readonly timeMs: number;
  /** False while it had no metric to decide by. */
  readonly active: boolean;
  readonly reason: string | null;
}

/** The replicas of one workload over time, whatever it was read from. */
export interface ReplicaHistory {
  /** `scaling.jsonl`, `CSV`, `kubectl events`, ... for people. */
  readonly source: string;
  /** The workload; null where the source names none. */
  readonly target: string | null;
  /** All workloads of the source. */
  readonly targets: readonly string[];
  /** Ascending in time. */
  readonly samples: readonly ReplicaSample[];
  readonly activity: readonly AutoscalerActivity[];
  /** What limits it, a sentence each. */
  readonly notes: readonly string[];
  /** Lines or objects that could not be used. */
  readonly refused: number;
}

export interface HistoryError {
  readonly error: string;
}

/** Collects samples by workload, and picks one. */
export class HistoryBuilder {
  readonly #samples = new Map<string, ReplicaSample[]>();
  readonly activity: AutoscalerActivity[] = [];
  readonly notes: string[] = [];
  refused = 0;

  add(target: string, sample: Partial<ReplicaSample> & { readonly timeMs: number }): void {
    const list = this.#samples.get(target) ?? [];
    if (list.length === 0) this.#samples.set(target, list);
    list.push({ desired: null, current: null, ready: null, terminating: null, ...sample });
  }

  get isEmpty(): boolean {
    return this.#samples.size === 0;
  }

  /** @param wanted name of the workload; null picks the one with the most changes. */
  build(source: string, wanted: string | null): ReplicaHistory | HistoryError {
    const targets = [...this.#samples.keys()];
    if (targets.length === 0) return { error: 'holds nothing of replicas' };
    let target = wanted ?? targets[0];
    if (wanted === null) {
      for (const name of targets) if (this.#changes(name) > this.#changes(target)) target = name;
    }
    const samples = this.#samples.get(target);
    if (samples === undefined) return { error: `holds no replicas of ${target}, but of ${targets.join(', ')}` };
    const notes = [...this.notes];
    if (wanted === null && targets.length > 1) {
      notes.push(`The history is of ${target}, which changed most among ${targets.length} workloads.`);
    }
    return {
      source,
      target: target === '' ? null : target,
      targets: targets.filter((name) => name !== ''),
      samples: [...samples].sort((a, b) => a.timeMs - b.timeMs),
      activity: [...this.activity].sort((a, b) => a.timeMs - b.timeMs),
      notes,
      refused: this.refused,
    };
  }

  #changes(target: string): number {
    let changes = 0;
    let before = '';
    for (const { desired, current, ready } of this.#samples.get(target) ?? []) {
      const now = `${desired} ${current} ${ready}`;
      if (now !== before) changes++;
      before = now;
    }
    return changes;
  }
}

/** A number of pods as a file gives it; null for what is none. */
export function replicaCount(value: unknown): number | null {
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= 100_000 ? count : null;
}
