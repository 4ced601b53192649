import { describe, expect, it } from 'vitest';
import { offsetOf } from '../../../cluster/cluster-capture/clock-offset.ts';
import { type Autoscaler, AutoscalerHistory } from '../../../cluster/drivers/kubernetes/autoscaler-history.ts';
import { parseQuantity } from '../../../cluster/drivers/kubernetes/quantity.ts';
import { WarningEvents } from '../../../cluster/drivers/kubernetes/warning-events.ts';

describe('quantities', () => {
  it.each<[unknown, number | null]>([
    ['250m', 0.25],
    ['12345678n', 0.012345678],
    ['2', 2],
    ['0', 0],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['64Mi', 64 * 2 ** 20],
    ['1e3', 1000],
    ['5k', 5000],
    ['12u', 12e-6],
    ['', null],
    ['m', null],
    ['-1', null],
    ['1mi', null],
    ['1 Mi', null],
    [5, null],
    [undefined, null],
  ])('%j', (text, value) => {
    if (value === null) expect(parseQuantity(text)).toBeNull();
    else expect(parseQuantity(text)).toBeCloseTo(value, 9);
  });
});

describe('warnings of a namespace', () => {
  it('are problems, once for each object, but for mounts that only come a moment later', () => {
    const told: string[] = [];
    const events = new WarningEvents(
      (code, text) => told.push(`${code}: ${text}`),
      () => true,
    );
    const event = (name: string, message: string) => ({
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, reason: 'FailedMount', message },
      involvedObject: { kind: 'Pod', name },
    });
    events.changed(event('a', 'MountVolume.SetUp failed: failed to sync configmap cache: timed out waiting'));
    events.changed(event('a', 'secret "rtcscope" not found'));
    events.changed(event('a', 'secret "rtcscope" not found'));
    expect(told).toEqual(['pod-failed: Pod a: secret "rtcscope" not found']);
  });
});

describe('what an autoscaler decided', () => {
  it('is told with the metric that it went by, where that is not CPU', () => {
    const told: object[] = [];
    const history = new AutoscalerHistory('sfu', (event) => told.push(event));
    const metric = { name: 'rtcscope_sfu_capacity_used' };
    const version = (desiredReplicas: number, averageValue: string): Autoscaler => ({
      ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'sfu' } },
      spec: {
        ...{ minReplicas: 1, maxReplicas: 2 },
        metrics: [{ type: 'Pods', pods: { metric, target: { averageValue: '600m' } } }],
      },
      status: {
        ...{ currentReplicas: 1, desiredReplicas },
        conditions: [{ type: 'ScalingActive', status: 'True' }],
        currentMetrics: [{ type: 'Pods', pods: { metric, current: { averageValue } } }],
      },
    });
    history.changed(version(1, '164m'));
    history.changed(version(1, '164m'));
    history.changed(version(2, '678m'));
    const inputs = { metric: metric.name, targetPerPod: '600m', targetCpuPercent: null, cpuPercent: null };
    expect(told).toMatchObject([
      { event: 'decision', current: 1, desired: 1, inputs: { ...inputs, metricPerPod: '164m' } },
      { event: 'decision', current: 1, desired: 2, inputs: { ...inputs, metricPerPod: '678m' } },
    ]);
  });
});

describe('the offset of a clock', () => {
  it('is that of the quickest exchange, give or take half of its time', () => {
    // Theirs is 5 s behind; the way there takes longer than the way back.
    const exchange = (askedUs: number, thereUs: number, backUs: number) => ({
      askedUs,
      theirsUs: askedUs + thereUs - 5_000_000,
      answeredUs: askedUs + thereUs + backUs,
    });
    const found = offsetOf([exchange(1e9, 900, 100), exchange(2e9, 300, 100), exchange(3e9, 5000, 5000)])!;
    expect(found).toEqual({ offsetSeconds: 4.9999, errorSeconds: 0.0002 });
    expect(Math.abs(found.offsetSeconds - 5)).toBeLessThanOrEqual(found.errorSeconds);
    expect(offsetOf([])).toBeNull();
  });
});
