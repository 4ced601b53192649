import type { AutoscalerBehavior } from './behavior.ts';
import { type ControllerSettings, groupPods, type ObservedPod, type PodMetric } from './pod-groups.ts';

/**
 * What a metric shall come to: a share of what pods request, in percent (`averageUtilization`), or a mean by pod
 * (`averageValue`) in the metric's unit.
 */
export type MetricTarget =
  | { readonly type: 'Utilization'; readonly averageUtilization: number }
  | { readonly type: 'AverageValue'; readonly averageValue: number };

/** Why there is no proposal: the autoscaler is blind, and changes nothing. */
export type BlindReason = 'no-pods' | 'no-metrics' | 'no-metrics-of-ready-pods' | 'no-requests';

export interface MetricProposal {
  readonly replicas: number;
  /** Mean use over target, of ready pods with a metric. */
  readonly ratio: number;
  /** The same with unready and missing pods counted in, where that was done. */
  readonly dampenedRatio: number | null;
  /** Percent of the requests, rounded down; null for a target by value. */
  readonly utilization: number | null;
  /** Mean use by pod, rounded down, in the metric's unit. */
  readonly averageValue: number;
  /** How many pods were in each group. */
  readonly ready: number;
  readonly unready: number;
  readonly missing: number;
}

export type ProposalResult =
  | { readonly blind: null; readonly proposal: MetricProposal }
  | { readonly blind: BlindReason; readonly proposal: null };

const blind = (reason: BlindReason): ProposalResult => ({ blind: reason, proposal: null });

/**
 * How many replicas one metric asks for: `ceil(current * use / target)` over ready pods, unless the ratio is within the
 * tolerance (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details). Pods
 * whose use is not known make a change smaller: as if idle when growing, as if at their request when shrinking. Should
 * that turn the direction, nothing changes.
 *
 * @param metrics use by pod name; empty where the metrics API had nothing.
 */
export function proposeReplicas(
  currentReplicas: number,
  target: MetricTarget,
  behavior: AutoscalerBehavior,
  pods: readonly ObservedPod[],
  metrics: ReadonlyMap<string, PodMetric>,
  settings: ControllerSettings,
  nowMs: number,
): ProposalResult {
  if (metrics.size === 0) return blind('no-metrics');
  if (pods.length === 0) return blind('no-pods');
  const groups = groupPods(pods, metrics, settings, nowMs);
  if (groups.ready.length === 0) return blind('no-metrics-of-ready-pods');

  const uses = groups.ready.map((pod) => ({ value: metrics.get(pod.name)!.value, request: pod.request }));
  const measured = meanUse(uses, target);
  if (measured === null) return blind('no-requests');
  const { ratio, utilization, averageValue } = measured;
  const result = (replicas: number, dampenedRatio: number | null): ProposalResult => ({
    blind: null,
    proposal: {
      replicas,
      ratio,
      dampenedRatio,
      utilization,
      averageValue,
      ready: groups.ready.length,
      unready: groups.unready.length,
      missing: groups.missing.length,
    },
  });

  const growsWithUnready = groups.unready.length > 0 && ratio > 1;
  if (!growsWithUnready && groups.missing.length === 0) {
    if (isWithinTolerance(ratio, behavior)) return result(currentReplicas, null);
    return result(Math.ceil(ratio * groups.ready.length), null);
  }

  if (ratio < 1) {
    for (const pod of groups.missing) uses.push({ value: assumedUse(pod, target), request: pod.request });
  } else if (ratio > 1) {
    for (const pod of groups.missing) uses.push({ value: 0, request: pod.request });
  }
  if (growsWithUnready) for (const pod of groups.unready) uses.push({ value: 0, request: pod.request });
  const dampened = meanUse(uses, target)!.ratio;
  const turns = (ratio < 1 && dampened > 1) || (ratio > 1 && dampened < 1);
  if (turns || isWithinTolerance(dampened, behavior)) return result(currentReplicas, dampened);
  const replicas = Math.ceil(dampened * uses.length);
  const turnsByCount = (dampened < 1 && replicas > currentReplicas) || (dampened > 1 && replicas < currentReplicas);
  return result(turnsByCount ? currentReplicas : replicas, dampened);
}

interface MeanUse {
  readonly ratio: number;
  readonly utilization: number | null;
  readonly averageValue: number;
}

/** The controller computes with whole numbers, and so do we: 66.9 % is 66 %. */
function meanUse(uses: readonly { value: number; request: number }[], target: MetricTarget): MeanUse | null {
  let value = 0;
  let request = 0;
  for (const use of uses) {
    value += use.value;
    request += use.request;
  }
  const averageValue = Math.trunc(value / uses.length);
  if (target.type === 'AverageValue') {
    return { ratio: averageValue / target.averageValue, utilization: null, averageValue };
  }
  if (request === 0) return null;
  const utilization = Math.trunc((value * 100) / request);
  return { ratio: utilization / target.averageUtilization, utilization, averageValue };
}

/** What a pod without a metric is taken to use when the target would shrink: all it requested, or the target if that is more. */
function assumedUse(pod: ObservedPod, target: MetricTarget): number {
  if (target.type === 'AverageValue') return target.averageValue;
  return Math.trunc((pod.request * Math.max(100, target.averageUtilization)) / 100);
}

function isWithinTolerance(ratio: number, behavior: AutoscalerBehavior): boolean {
  return 1 - behavior.scaleDown.tolerance <= ratio && ratio <= 1 + behavior.scaleUp.tolerance;
}
