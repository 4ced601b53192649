import type { AutoscalerBehavior } from './behavior.ts';
import { type BlindReason, type MetricProposal, type MetricTarget, proposeReplicas } from './metric-proposal.ts';
import { type ControllerSettings, DEFAULT_SETTINGS, type ObservedPod, type PodMetric } from './pod-groups.ts';
import { keepScaleEvents, type ScaleEvent, scaleDownLimit, scaleUpLimit } from './scaling-rate.ts';
import { type Recommendation, stabilize } from './stabilization.ts';

export interface AutoscalerSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly target: MetricTarget;
  readonly behavior: AutoscalerBehavior;
}

/** What the autoscaler remembers between decisions. */
export interface AutoscalerState {
  readonly recommendations: readonly Recommendation[];
  readonly events: readonly ScaleEvent[];
}

export const INITIAL_STATE: AutoscalerState = { recommendations: [], events: [] };

export interface AutoscalerInputs {
  readonly nowMs: number;
  readonly currentReplicas: number;
  readonly pods: readonly ObservedPod[];
  readonly metrics: ReadonlyMap<string, PodMetric>;
}

/** Names of conditions' reasons in a HorizontalPodAutoscaler's status. */
export type LimitedBy = 'ScaleUpLimit' | 'TooManyReplicas' | 'ScaleDownLimit' | 'TooFewReplicas';
export type HeldBack = 'ScaleUpStabilized' | 'ScaleDownStabilized';

export interface AutoscalerDecision {
  readonly current: number;
  /** Equal to `current` where nothing changes. */
  readonly desired: number;
  readonly reason: string;
  /** What kept the target from following the metric: a stabilisation window, a policy, or a bound. */
  readonly heldBack: HeldBack | null;
  readonly limitedBy: LimitedBy | null;
  /** Why it could not decide; null where it could. */
  readonly blind: BlindReason | 'disabled' | null;
  readonly proposal: MetricProposal | null;
}

/**
 * One sync of a HorizontalPodAutoscaler on one metric, as a pure function: the published algorithm
 * (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/) with `behavior` set. Whoever calls it
 * puts the decision into effect, and calls again with the state that it returns.
 */
export function decide(
  spec: AutoscalerSpec,
  state: AutoscalerState,
  inputs: AutoscalerInputs,
  settings: ControllerSettings = DEFAULT_SETTINGS,
): { readonly decision: AutoscalerDecision; readonly state: AutoscalerState } {
  const { nowMs, currentReplicas: current } = inputs;
  const { minReplicas, maxReplicas, behavior } = spec;
  const unchanged = { current, desired: current, heldBack: null, limitedBy: null, blind: null, proposal: null };
  let recommendations = state.recommendations;
  if (recommendations.length === 0) recommendations = [{ timeMs: nowMs, replicas: current }];

  const rescaled = (decision: AutoscalerDecision, kept: readonly Recommendation[]) => {
    const change = decision.desired - current;
    const events = keepScaleEvents(state.events, [behavior.scaleUp, behavior.scaleDown], nowMs);
    return {
      decision,
      state: { recommendations: kept, events: change === 0 ? events : [...events, { timeMs: nowMs, change }] },
    };
  };

  if (current === 0 && minReplicas !== 0) {
    const reason = 'autoscaling is disabled since the replica count of the target is zero';
    return rescaled({ ...unchanged, reason, blind: 'disabled' }, recommendations);
  }
  if (current > maxReplicas) {
    const reason = 'current number of replicas above maxReplicas';
    return rescaled({ ...unchanged, desired: maxReplicas, reason }, recommendations);
  }
  if (current < minReplicas) {
    const reason = 'current number of replicas below minReplicas';
    return rescaled({ ...unchanged, desired: minReplicas, reason }, recommendations);
  }

  const { blind, proposal } = proposeReplicas(
    current,
    spec.target,
    behavior,
    inputs.pods,
    inputs.metrics,
    settings,
    nowMs,
  );
  if (proposal === null) return rescaled({ ...unchanged, reason: BLIND_TEXT[blind], blind }, recommendations);

  const wanted = proposal.replicas;
  const stabilized = stabilize(current, wanted, behavior, recommendations, nowMs);
  const { desired, limitedBy } = limitChange(spec, current, stabilized.replicas, state.events, nowMs);
  const held: HeldBack = wanted >= current ? 'ScaleUpStabilized' : 'ScaleDownStabilized';
  const heldBack = stabilized.replicas === wanted ? null : held;
  const reason = reasonOf(current, wanted, desired);
  return rescaled({ current, desired, reason, heldBack, limitedBy, blind: null, proposal }, stabilized.recommendations);
}

function limitChange(
  spec: AutoscalerSpec,
  current: number,
  wanted: number,
  events: readonly ScaleEvent[],
  nowMs: number,
): { readonly desired: number; readonly limitedBy: LimitedBy | null } {
  if (wanted > current) {
    const rate = scaleUpLimit(current, spec.behavior.scaleUp, events, nowMs);
    const most = Math.min(spec.maxReplicas, rate);
    if (wanted > most)
      return { desired: most, limitedBy: rate < spec.maxReplicas ? 'ScaleUpLimit' : 'TooManyReplicas' };
  } else if (wanted < current) {
    const rate = scaleDownLimit(current, spec.behavior.scaleDown, events, nowMs);
    const least = Math.max(spec.minReplicas, rate);
    if (wanted < least) {
      return { desired: least, limitedBy: rate > spec.minReplicas ? 'ScaleDownLimit' : 'TooFewReplicas' };
    }
  }
  return { desired: wanted, limitedBy: null };
}

function reasonOf(current: number, wanted: number, desired: number): string {
  if (desired > current) return 'metric above target';
  if (desired < current) return 'metric below target';
  if (wanted > current) return 'metric above target, growth held back';
  if (wanted < current) return 'metric below target, shrinking held back';
  return 'recommended size matches current size';
}

const BLIND_TEXT: Readonly<Record<BlindReason, string>> = {
  'no-pods': 'no pods of the target',
  'no-metrics': 'no metrics returned from the resource metrics API',
  'no-metrics-of-ready-pods': 'did not receive metrics for targeted pods (pods might be unready)',
  'no-requests': 'pods request nothing of the resource',
};
