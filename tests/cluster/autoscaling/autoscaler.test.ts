import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AutoscalerSpec,
  type AutoscalerState,
  decide,
  fillBehavior,
  INITIAL_STATE,
  type ObservedPod,
  type PodMetric,
  type WrittenBehavior,
} from '../../../cluster/index.ts';

/*
 * Tables by the rules of https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/. Pods request 100
 * thousandths of a core, so that a use of 90 is 90 %.
 */
const REQUEST = 100;
const LATE_MS = 3_600_000;

type Use = number | 'missing' | 'unready' | 'pending' | 'failed' | 'terminating';

function observe(uses: readonly Use[]): { pods: ObservedPod[]; metrics: Map<string, PodMetric> } {
  const metrics = new Map<string, PodMetric>();
  const pods = uses.map((use, index): ObservedPod => {
    const name = `pod-${index}`;
    if (use !== 'missing' && use !== 'pending') {
      metrics.set(name, { value: typeof use === 'number' ? use : 70, timeMs: LATE_MS, windowMs: 15_000 });
    }
    return {
      name,
      phase: use === 'pending' ? 'Pending' : use === 'failed' ? 'Failed' : 'Running',
      terminating: use === 'terminating',
      startTimeMs: use === 'unready' ? LATE_MS - 10_000 : 0,
      ready: { status: use !== 'unready', sinceMs: use === 'unready' ? LATE_MS - 10_000 : 2000 },
      request: REQUEST,
    };
  });
  return { pods, metrics };
}

const spec = (target: number, behavior: WrittenBehavior = {}, minReplicas = 1, maxReplicas = 100): AutoscalerSpec => ({
  minReplicas,
  maxReplicas,
  target: { type: 'Utilization', averageUtilization: target },
  behavior: fillBehavior({ ...behavior, scaleDown: { stabilizationWindowSeconds: 0, ...behavior.scaleDown } }),
});

function decideOn(
  uses: readonly Use[],
  autoscaler: AutoscalerSpec,
  state: AutoscalerState = INITIAL_STATE,
  nowMs = LATE_MS,
) {
  return decide(autoscaler, state, { nowMs, currentReplicas: uses.length, ...observe(uses) });
}

describe('the ratio of mean use to target', () => {
  it.each<[string, Use[], number, number]>([
    ['doubles at twice the target', [100, 100], 50, 4],
    ['halves at half the target', [25, 25, 25, 25], 50, 2],
    ['is rounded up', [67], 50, 2],
    ['within the tolerance of 0.1 changes nothing', [55], 50, 1],
    ['just above the tolerance changes', [56], 50, 2],
    ['just below it as well', [44, 44, 44, 44, 44, 44, 44, 44, 44, 44], 50, 9],
    ['is a mean over pods', [100, 0], 50, 2],
    ['never asks for fewer than one', [0], 50, 1],
  ])('%s', (_, uses, target, desired) => {
    expect(decideOn(uses, spec(target)).decision.desired).toBe(desired);
  });

  it('takes a target by value', () => {
    const byValue: AutoscalerSpec = { ...spec(1), target: { type: 'AverageValue', averageValue: 40 } };
    expect(decideOn([80, 80], byValue).decision.desired).toBe(4);
  });

  it('may be given another tolerance by direction', () => {
    expect(decideOn([60], spec(50, { scaleUp: { tolerance: 0.3 } })).decision.desired).toBe(1);
    expect(decideOn([30, 30], spec(50, { scaleUp: { tolerance: 0.5 } })).decision.desired).toBe(2);
    expect(decideOn([30, 30, 30], spec(50, { scaleUp: { tolerance: 0.5 } })).decision.desired).toBe(2);
  });
});

describe('pods whose use is not known', () => {
  it.each<[string, Use[], number, number]>([
    ['unready ones count as idle when growing', [200, 'unready'], 50, 4],
    ['and not at all when shrinking', [10, 10, 'unready'], 50, 1],
    ['pending ones are unready', [90, 'pending'], 50, 2],
    ['missing ones count as idle when growing', [200, 'missing'], 50, 4],
    ['and as at their request when shrinking', [10, 10, 'missing'], 50, 3],
    ['or at the target where that is more', [100, 100, 'missing'], 200, 2],
    ['growth that they turn round does not happen', [80, 'missing', 'missing'], 50, 3],
    ['nor does shrinking', [40, 'missing', 'missing'], 50, 3],
    ['failed and terminating ones are left out', [100, 'failed', 'terminating'], 50, 2],
  ])('%s', (_, uses, target, desired) => {
    expect(decideOn(uses, spec(target)).decision.desired).toBe(desired);
  });

  it.each<[string, Use[], string]>([
    ['no metric at all', ['missing', 'missing'], 'no-metrics'],
    ['metrics of unready pods only', ['unready'], 'no-metrics-of-ready-pods'],
  ])('without a metric nothing changes, and it says so: %s', (_, uses, blind) => {
    const { decision } = decideOn(uses, spec(50));
    expect([decision.desired, decision.blind]).toEqual([uses.length, blind]);
  });

  it.each<[string, Partial<ObservedPod>, Partial<PodMetric>, boolean]>([
    [
      'ready, a whole window ago',
      { startTimeMs: LATE_MS - 60_000, ready: { status: true, sinceMs: LATE_MS - 15_000 } },
      {},
      true,
    ],
    [
      'ready, but the window began before',
      { startTimeMs: LATE_MS - 60_000, ready: { status: true, sinceMs: LATE_MS - 14_999 } },
      {},
      false,
    ],
    [
      'unready within five minutes of its start',
      { startTimeMs: LATE_MS - 299_999, ready: { status: false, sinceMs: LATE_MS - 20_000 } },
      {},
      false,
    ],
    [
      'unready later, having been ready',
      { startTimeMs: LATE_MS - 300_000, ready: { status: false, sinceMs: LATE_MS - 20_000 } },
      {},
      true,
    ],
    [
      'unready later, and never ready',
      { startTimeMs: LATE_MS - 300_000, ready: { status: false, sinceMs: LATE_MS - 275_000 } },
      {},
      false,
    ],
    [
      'ready for long',
      { startTimeMs: LATE_MS - 300_000, ready: { status: true, sinceMs: LATE_MS - 299_000 } },
      {},
      true,
    ],
    ['without a condition', { ready: null }, {}, false],
    ['not taken on by a node', { startTimeMs: null }, {}, false],
  ])('initialisation: %s', (_, pod, metric, counts) => {
    const { pods, metrics } = observe([90]);
    Object.assign(pods[0], pod);
    metrics.set('pod-0', { ...metrics.get('pod-0')!, ...metric });
    const { decision } = decide(spec(50), INITIAL_STATE, { nowMs: LATE_MS, currentReplicas: 1, pods, metrics });
    expect(decision.blind).toBe(counts ? null : 'no-metrics-of-ready-pods');
  });
});

describe('bounds', () => {
  it.each<[string, Use[], number, number, number, string | null]>([
    ['the maximum', [100, 100], 1, 3, 3, 'TooManyReplicas'],
    ['the minimum', [1, 1, 1], 2, 9, 2, 'TooFewReplicas'],
    ['more than the maximum now', [50, 50, 50], 1, 2, 2, null],
    ['fewer than the minimum now', [50], 3, 4, 3, null],
  ])('%s', (_, uses, min, max, desired, limitedBy) => {
    const { decision } = decideOn(uses, spec(50, {}, min, max));
    expect([decision.desired, decision.limitedBy]).toEqual([desired, limitedBy]);
  });

  it('a target of no replicas is switched off', () => {
    const inputs = { nowMs: LATE_MS, currentReplicas: 0, ...observe([]) };
    expect(decide(spec(50), INITIAL_STATE, inputs).decision).toMatchObject({ desired: 0, blind: 'disabled' });
  });
});

/** Runs syncs 15 s apart: what pods use at each, to the replicas after each. */
function run(autoscaler: AutoscalerSpec, start: number, uses: readonly number[], stepMs = 15_000): number[] {
  let state = INITIAL_STATE;
  let replicas = start;
  return uses.map((use, index) => {
    const outcome = decideOn(new Array(replicas).fill(use), autoscaler, state, LATE_MS + index * stepMs);
    state = outcome.state;
    replicas = outcome.decision.desired;
    return replicas;
  });
}

describe('policies', () => {
  it('by default four pods or twice as many in 15 s, whichever is more', () => {
    expect(run(spec(10), 1, [100, 100, 100])).toEqual([5, 10, 20]);
  });

  it('count what was changed within their period', () => {
    const slow = spec(10, { scaleUp: { policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] } });
    expect(run(slow, 1, [100, 100, 100, 100, 100, 100])).toEqual([3, 3, 3, 3, 5, 5]);
  });

  it.each<['Max' | 'Min' | 'Disabled', number, number]>([
    ['Max', 15, 5],
    ['Min', 12, 8],
    ['Disabled', 10, 10],
  ])('selectPolicy %s', (selectPolicy, up, down) => {
    const policies = [
      { type: 'Percent', value: 50, periodSeconds: 15 },
      { type: 'Pods', value: 2, periodSeconds: 15 },
    ] as const;
    const both = spec(50, { scaleUp: { selectPolicy, policies }, scaleDown: { selectPolicy, policies } });
    expect(run(both, 10, [200])).toEqual([up]);
    expect(run(both, 10, [1])).toEqual([down]);
  });

  it('growth by percent is rounded up, what is left after shrinking down', () => {
    const policies = [{ type: 'Percent', value: 10, periodSeconds: 15 }] as const;
    expect(run(spec(50, { scaleUp: { policies } }), 1, [500])).toEqual([2]);
    expect(run(spec(50, { scaleDown: { policies } }), 15, [1])).toEqual([13]);
  });
});

describe('stabilisation windows', () => {
  it('shrinking waits until no higher recommendation is left in the window', () => {
    const patient = spec(50, { scaleDown: { stabilizationWindowSeconds: 60 } });
    // 60 s after the last recommendation of 4 it is no longer after the beginning of the window.
    expect(run(patient, 4, [50, 10, 10, 10, 10, 10])).toEqual([4, 4, 4, 4, 1, 1]);
    expect(
      decideOn([10, 10], patient, { recommendations: [{ timeMs: LATE_MS - 1, replicas: 2 }], events: [] }).decision,
    ).toMatchObject({
      desired: 2,
      heldBack: 'ScaleDownStabilized',
    });
  });

  it('five minutes by default', () => {
    const { behavior: _, ...rest } = spec(50);
    const usual = { ...rest, behavior: fillBehavior() };
    const replicas = run(usual, 4, [50, ...new Array(21).fill(10)]);
    expect(replicas.indexOf(1)).toBe(20);
  });

  it('growth takes the lowest of its window', () => {
    const calm = spec(50, { scaleUp: { stabilizationWindowSeconds: 30 } });
    expect(run(calm, 1, [50, 100, 100, 100, 100])).toEqual([1, 1, 2, 2, 4]);
  });
});

it('whatever it sees, it stays within the bounds, and is the same for the same inputs', () => {
  const use = fc.oneof(
    fc.integer({ min: 0, max: 500 }),
    fc.constantFrom<Use>('missing', 'unready', 'pending', 'failed'),
  );
  fc.assert(
    fc.property(fc.array(use, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (uses, min) => {
      const bounded = spec(50, {}, min, min + 5);
      const first = decideOn(uses, bounded);
      expect(decideOn(uses, bounded)).toEqual(first);
      const { desired, blind } = first.decision;
      if (blind === null) expect(desired >= min && desired <= min + 5).toBe(true);
      else expect(desired).toBe(uses.length);
    }),
  );
});
