/*
 * How fast a target may grow and shrink: `spec.behavior` of autoscaling/v2, with the defaults of its documentation
 * (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior).
 */

export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  /** How far back changes count, up to 1800 s. */
  readonly periodSeconds: number;
}

export interface ScalingRules {
  /** How long recommendations are kept, for the calmest of them to win. */
  readonly stabilizationWindowSeconds: number;
  /** `Max` takes the policy that allows the larger change, `Min` the smaller, `Disabled` allows none. */
  readonly selectPolicy: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
  /** Ratios so near to 1 change nothing: 0.1 is 10 %. */
  readonly tolerance: number;
}

export interface AutoscalerBehavior {
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** `--horizontal-pod-autoscaler-tolerance` of the controller manager. */
export const DEFAULT_TOLERANCE = 0.1;

export const DEFAULT_SCALE_UP: ScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
  tolerance: DEFAULT_TOLERANCE,
};

export const DEFAULT_SCALE_DOWN: ScalingRules = {
  stabilizationWindowSeconds: 300,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  tolerance: DEFAULT_TOLERANCE,
};

/** A behaviour as it may be written, each part of it optional. */
export interface WrittenBehavior {
  readonly scaleUp?: Partial<ScalingRules> | undefined;
  readonly scaleDown?: Partial<ScalingRules> | undefined;
}

/** Fills in what is left out, as the API server does. */
export function fillBehavior(written: WrittenBehavior = {}): AutoscalerBehavior {
  return {
    scaleUp: { ...DEFAULT_SCALE_UP, ...definedOnly(written.scaleUp) },
    scaleDown: { ...DEFAULT_SCALE_DOWN, ...definedOnly(written.scaleDown) },
  };
}

function definedOnly(rules: Partial<ScalingRules> = {}): Partial<ScalingRules> {
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined && value !== null));
}
