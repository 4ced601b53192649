import type { ScalingPolicy, ScalingRules } from './behavior.ts';

/** A change that was made: how many replicas were added (positive) or taken away (negative). */
export interface ScaleEvent {
  readonly timeMs: number;
  readonly change: number;
}

/**
 * How many replicas growth may reach now, by the policies alone
 * (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#scaling-policies).
 */
export function scaleUpLimit(
  currentReplicas: number,
  rules: ScalingRules,
  events: readonly ScaleEvent[],
  nowMs: number,
): number {
  if (rules.selectPolicy === 'Disabled') return currentReplicas;
  const limits = rules.policies.map((policy) => {
    const start = replicasAtStart(currentReplicas, policy, events, nowMs);
    // Rounded up: a small percentage of few pods would never grow.
    return policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100));
  });
  const limit = rules.selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits);
  return Math.max(limit, currentReplicas);
}

/** How few replicas shrinking may reach now, by the policies alone. */
export function scaleDownLimit(
  currentReplicas: number,
  rules: ScalingRules,
  events: readonly ScaleEvent[],
  nowMs: number,
): number {
  if (rules.selectPolicy === 'Disabled') return currentReplicas;
  const limits = rules.policies.map((policy) => {
    const start = replicasAtStart(currentReplicas, policy, events, nowMs);
    return policy.type === 'Pods' ? start - policy.value : Math.trunc(start * (1 - policy.value / 100));
  });
  // The smaller change leaves more replicas.
  const limit = rules.selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
  return Math.min(limit, currentReplicas);
}

/** A policy limits the change since its period began, so what was changed within it is taken back first. */
function replicasAtStart(
  currentReplicas: number,
  policy: ScalingPolicy,
  events: readonly ScaleEvent[],
  nowMs: number,
): number {
  const fromMs = nowMs - policy.periodSeconds * 1000;
  let start = currentReplicas;
  for (const event of events) if (event.timeMs > fromMs) start -= event.change;
  return start;
}

/** Leaves out events that no policy looks back to any more. */
export function keepScaleEvents(
  events: readonly ScaleEvent[],
  rules: readonly ScalingRules[],
  nowMs: number,
): readonly ScaleEvent[] {
  const periods = rules.flatMap(({ policies }) => policies.map(({ periodSeconds }) => periodSeconds));
  const fromMs = nowMs - Math.max(0, ...periods) * 1000;
  return events.filter(({ timeMs }) => timeMs > fromMs);
}
