/*
 * Which pods count (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details):
 * those being deleted or failed not at all; those not ready yet, and those whose use is not known, only where they
 * dampen a change.
 */

/** A pod as the autoscaler sees it. */
export interface ObservedPod {
  readonly name: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** It is being deleted. */
  readonly terminating: boolean;
  /** Null before the node took the pod on. */
  readonly startTimeMs: number | null;
  /** Its `Ready` condition, and since when it is so; null before there is one. */
  readonly ready: { readonly status: boolean; readonly sinceMs: number } | null;
  /** What it requests of the resource, in the unit of use: thousandths of a core. */
  readonly request: number;
}

/** A pod's mean use over a window that ended at a time. */
export interface PodMetric {
  /** Thousandths of a core, rounded up, as the controller reads quantities. */
  readonly value: number;
  readonly timeMs: number;
  readonly windowMs: number;
}

/** Settings of the controller manager, for all autoscalers of a cluster. */
export interface ControllerSettings {
  /** `--horizontal-pod-autoscaler-sync-period`. */
  readonly syncPeriodSeconds: number;
  /** `--horizontal-pod-autoscaler-cpu-initialization-period`: so long after its start a pod's use may not be typical. */
  readonly cpuInitializationPeriodSeconds: number;
  /** `--horizontal-pod-autoscaler-initial-readiness-delay`: later than this a pod that is not ready has been before. */
  readonly initialReadinessDelaySeconds: number;
}

export const DEFAULT_SETTINGS: ControllerSettings = {
  syncPeriodSeconds: 15,
  cpuInitializationPeriodSeconds: 300,
  initialReadinessDelaySeconds: 30,
};

export interface PodGroups {
  readonly ready: readonly ObservedPod[];
  readonly unready: readonly ObservedPod[];
  /** Running, and without a metric. */
  readonly missing: readonly ObservedPod[];
  /** Being deleted, or failed. */
  readonly ignored: readonly ObservedPod[];
}

/** Sorts pods into the groups that the formula treats differently. @param nowMs time of the decision. */
export function groupPods(
  pods: readonly ObservedPod[],
  metrics: ReadonlyMap<string, PodMetric>,
  settings: ControllerSettings,
  nowMs: number,
): PodGroups {
  const groups = {
    ready: [] as ObservedPod[],
    unready: [] as ObservedPod[],
    missing: [] as ObservedPod[],
    ignored: [] as ObservedPod[],
  };
  for (const pod of pods) {
    const metric = metrics.get(pod.name);
    if (pod.terminating || pod.phase === 'Failed') groups.ignored.push(pod);
    else if (pod.phase === 'Pending') groups.unready.push(pod);
    else if (metric === undefined) groups.missing.push(pod);
    else if (isUnready(pod, metric, settings, nowMs)) groups.unready.push(pod);
    else groups.ready.push(pod);
  }
  return groups;
}

function isUnready(pod: ObservedPod, metric: PodMetric, settings: ControllerSettings, nowMs: number): boolean {
  const { ready, startTimeMs } = pod;
  if (ready === null || startTimeMs === null) return true;
  if (startTimeMs + settings.cpuInitializationPeriodSeconds * 1000 > nowMs) {
    // While it may be starting up, a sample counts only if a whole window of it was taken since the pod became ready.
    return !ready.status || metric.timeMs < ready.sinceMs + metric.windowMs;
  }
  // Afterwards only a pod that has never been ready is set aside.
  return !ready.status && startTimeMs + settings.initialReadinessDelaySeconds * 1000 > ready.sinceMs;
}
