import { type AutoscalerDecision, type AutoscalerSpec, decide, INITIAL_STATE } from '../../autoscaling/autoscaler.ts';
import { fillBehavior, type WrittenBehavior } from '../../autoscaling/behavior.ts';
import { type ControllerSettings, DEFAULT_SETTINGS, type PodMetric } from '../../autoscaling/pod-groups.ts';
import type { AutoscalerScenario } from '../../scenario/scenario.ts';
import type { MediaPod } from './media-pod.ts';

/** As long as metrics-server's, at most. */
const LONGEST_WINDOW_MS = 15_000;

export interface Decided {
  readonly decision: AutoscalerDecision;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Applies the algorithm to pods of this machine, every sync period. */
export class LocalAutoscaler {
  readonly #spec: AutoscalerSpec;
  readonly #settings: ControllerSettings;
  readonly #request: number;
  readonly #timer: NodeJS.Timeout;
  #state = INITIAL_STATE;

  /** @param pods those there are now. @param decided told every decision; puts it into effect. */
  constructor(
    scenario: AutoscalerScenario,
    cpuRequest: number,
    view: { readonly wanted: () => number; readonly pods: () => readonly MediaPod[] },
    decided: (outcome: Decided) => void,
  ) {
    this.#spec = {
      minReplicas: scenario.minReplicas,
      maxReplicas: scenario.maxReplicas,
      target: { type: 'Utilization', averageUtilization: scenario.targetCpuPercent },
      behavior: fillBehavior(withoutNulls(scenario.behavior)),
    };
    this.#settings = {
      ...DEFAULT_SETTINGS,
      syncPeriodSeconds: scenario.syncPeriodSeconds,
      cpuInitializationPeriodSeconds: scenario.cpuInitializationPeriodSeconds,
    };
    this.#request = Math.round(cpuRequest * 1000);
    const sync = () => decided(this.#decide(view.wanted(), view.pods()));
    this.#timer = setInterval(sync, scenario.syncPeriodSeconds * 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #decide(currentReplicas: number, pods: readonly MediaPod[]): Decided {
    const nowMs = Date.now();
    const windowMs = Math.min(LONGEST_WINDOW_MS, this.#settings.syncPeriodSeconds * 1000);
    const metrics = new Map<string, PodMetric>();
    for (const pod of pods) {
      const metric = meanUse(pod, windowMs);
      if (metric !== null) metrics.set(pod.name, metric);
    }
    const observed = pods.map((pod) => ({
      name: pod.name,
      phase: 'Running' as const,
      terminating: pod.terminating,
      startTimeMs: pod.startTimeMs,
      ready: pod.ready,
      request: this.#request,
    }));
    const { decision, state } = decide(
      this.#spec,
      this.#state,
      { nowMs, currentReplicas, pods: observed, metrics },
      this.#settings,
    );
    this.#state = state;
    const { proposal } = decision;
    return {
      decision,
      inputs: {
        targetCpuPercent: this.#spec.target.type === 'Utilization' ? this.#spec.target.averageUtilization : null,
        cpuPercent: proposal?.utilization ?? null,
        ratio: proposal?.ratio ?? null,
        proposed: proposal?.replicas ?? null,
        heldBack: decision.heldBack,
        pods: observed.map(({ name, ready, terminating }) => ({
          pod: name,
          ready: ready.status,
          terminating,
          cpuMilli: metrics.get(name)?.value ?? null,
        })),
      },
    };
  }
}

/** Mean use over the window that ends with the last reading; null for a pod that is younger than that. */
function meanUse(pod: MediaPod, windowMs: number): PodMetric | null {
  const last = pod.readings.at(-1);
  if (last === undefined) return null;
  // Readings come each second, a little late under load.
  const first = pod.readings.findLast(({ timeMs }) => timeMs <= last.timeMs - windowMs + 500);
  if (first === undefined || first === last) return null;
  const seconds = (last.timeMs - first.timeMs) / 1000;
  const value = Math.ceil(((last.cpuSeconds - first.cpuSeconds) / seconds) * 1000);
  return { value, timeMs: last.timeMs, windowMs: last.timeMs - first.timeMs };
}

function withoutNulls(behavior: AutoscalerScenario['behavior']): WrittenBehavior {
  const clean = (rules: object) => Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== null));
  return { scaleUp: clean(behavior.scaleUp), scaleDown: clean(behavior.scaleDown) };
}
