import { shownText } from '../../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../../kubernetes-client/kubernetes-object.ts';
import { type Condition, conditionOf } from '../../kubernetes-client/pod.ts';
import type { ScalingEvent } from '../cluster-driver.ts';

/** What we read of a HorizontalPodAutoscaler (autoscaling/v2). */
export interface Autoscaler extends KubernetesObject {
  readonly spec?: {
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly metrics?: readonly Metric[];
  };
  readonly status?: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly lastScaleTime?: string;
    readonly currentMetrics?: readonly (Metric | null)[] | null;
    readonly conditions?: readonly Condition[];
  };
}

interface Metric {
  readonly type?: string;
  readonly containerResource?: {
    readonly target?: { readonly averageUtilization?: number };
    readonly current?: { readonly averageUtilization?: number; readonly averageValue?: string };
  };
  /** A metric of the pods' own, by an adapter. */
  readonly pods?: {
    readonly metric?: { readonly name?: string };
    readonly target?: { readonly averageValue?: string };
    readonly current?: { readonly averageValue?: string };
  };
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'time'> : never;

/**
 * What an autoscaler decided, from the versions of its object that a watch tells: a line for each that differs in what
 * `kubectl get hpa -w` shows (measured CPU, replicas) or in what it wants.
 */
export class AutoscalerHistory {
  readonly #target: string;
  readonly #tell: (event: WithoutTime<ScalingEvent>) => void;
  #active = true;
  #last = '';

  constructor(target: string, tell: (event: WithoutTime<ScalingEvent>) => void) {
    this.#target = target;
    this.#tell = tell;
  }

  /** Whether it has what to decide by, as far as known. */
  get active(): boolean {
    return this.#active;
  }

  changed({ spec, status }: Autoscaler): void {
    if (status?.conditions === undefined) return;
    const { currentReplicas = 0, desiredReplicas = 0, lastScaleTime = null, conditions } = status;
    const scalingActive = conditionOf(conditions, 'ScalingActive');
    const active = scalingActive === undefined ? this.#active : scalingActive.status === 'True';
    if (active !== this.#active) {
      this.#active = active;
      this.#tell({ event: 'autoscaler', active, reason: textOf(scalingActive) });
    }
    const cpu = status.currentMetrics?.find((metric) => metric?.containerResource?.current !== undefined);
    const { averageUtilization = null, averageValue = null } = cpu?.containerResource?.current ?? {};
    const own = spec?.metrics?.find((metric) => metric.pods !== undefined)?.pods;
    const measured = status.currentMetrics?.find((metric) => metric?.pods !== undefined)?.pods?.current?.averageValue;
    const key = JSON.stringify([
      ...[currentReplicas, desiredReplicas, lastScaleTime, averageUtilization, averageValue, measured],
    ]);
    if (key === this.#last) return;
    this.#last = key;
    const able = conditionOf(conditions, 'AbleToScale');
    const limited = conditionOf(conditions, 'ScalingLimited');
    this.#tell({
      ...{ event: 'decision', target: this.#target, current: currentReplicas, desired: desiredReplicas },
      reason: textOf(active ? able : scalingActive),
      limitedBy: limited?.status === 'True' ? shownText(limited.reason ?? 'limits') : null,
      inputs: {
        targetCpuPercent: spec?.metrics?.[0]?.containerResource?.target?.averageUtilization ?? null,
        cpuPercent: averageUtilization,
        cpuPerPod: averageValue,
        ...(own === undefined
          ? {}
          : {
              metric: shownText(own.metric?.name ?? ''),
              metricPerPod: measured ?? null,
              targetPerPod: own.target?.averageValue ?? null,
            }),
        minReplicas: spec?.minReplicas ?? null,
        maxReplicas: spec?.maxReplicas ?? null,
        lastScaleTime,
      },
    });
  }

  /** It was taken away: whatever comes next begins anew. */
  removed(): void {
    if (!this.#active) this.#tell({ event: 'autoscaler', active: true, reason: 'the autoscaler was taken away' });
    this.#active = true;
    this.#last = '';
  }
}

function textOf(condition: Condition | undefined): string {
  if (condition === undefined) return 'no reason told';
  return shownText(
    [condition.reason, condition.message].filter((text) => text !== undefined && text !== '').join(': '),
  );
}
