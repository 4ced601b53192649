import type { AutoscalerBehavior } from './behavior.ts';

/** What the metrics asked for at a time, before any limit. */
export interface Recommendation {
  readonly timeMs: number;
  readonly replicas: number;
}

export interface Stabilized {
  readonly replicas: number;
  /** The recommendations to keep for the next time, this one among them. */
  readonly recommendations: readonly Recommendation[];
}

/**
 * Holds a change back until it has been asked for throughout its window: growth goes no further than the lowest, shrinking
 * no further than the highest recommendation of the window
 * (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#stabilization-window).
 */
export function stabilize(
  currentReplicas: number,
  wanted: number,
  behavior: AutoscalerBehavior,
  recommendations: readonly Recommendation[],
  nowMs: number,
): Stabilized {
  const upFromMs = nowMs - behavior.scaleUp.stabilizationWindowSeconds * 1000;
  const downFromMs = nowMs - behavior.scaleDown.stabilizationWindowSeconds * 1000;
  let lowest = wanted;
  let highest = wanted;
  for (const { timeMs, replicas } of recommendations) {
    if (timeMs > upFromMs) lowest = Math.min(lowest, replicas);
    if (timeMs > downFromMs) highest = Math.max(highest, replicas);
  }
  const keptFromMs = Math.min(upFromMs, downFromMs);
  return {
    replicas: Math.min(Math.max(currentReplicas, lowest), highest),
    recommendations: [
      ...recommendations.filter(({ timeMs }) => timeMs >= keptFromMs),
      { timeMs: nowMs, replicas: wanted },
    ],
  };
}
