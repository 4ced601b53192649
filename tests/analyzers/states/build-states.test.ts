import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildStates, type ReplicaHistory, readReplicaHistory } from '../../../analyzers/index.ts';

const T = Date.parse('2026-11-24T10:00:00Z');
const iso = (seconds: number) => new Date(T + seconds * 1000).toISOString();
const history = (text: string): ReplicaHistory => {
  const found = readReplicaHistory(text);
  if ('error' in found) throw new Error(found.error);
  return found;
};
const states = (text: string, settleSeconds = 15) =>
  buildStates(history(text), { settleSeconds }).map(({ state, fromMs }) => [(fromMs - T) / 1000, state]);
const event = (seconds: number, fields: object) => JSON.stringify({ time: iso(seconds), ...fields });
const replicas = (seconds: number, desired: number, ready: number) =>
  event(seconds, { event: 'replicas', target: 'sfu', desired, current: desired, ready });

const CHANGED = [
  [Number.NEGATIVE_INFINITY, 'unknown'],
  [0, 'steady(1)'],
  [60, 'scaling-out(1->3)'],
  [80, 'settling(3)'],
  [95, 'steady(3)'],
];

describe('scaling states', () => {
  it('run from the decision until the pods are ready, and settle', () => {
    const lines = [replicas(0, 1, 1), replicas(30, 1, 1), event(60, { event: 'decision', target: 'sfu', desired: 3 })];
    lines.push(replicas(60.5, 3, 1), replicas(70, 3, 2), replicas(80, 3, 3), replicas(81, 3, 3), '{"time":"2026-');
    expect(states(lines.join('\n'))).toEqual(CHANGED);
  });

  it('scale in until the last pod is gone', () => {
    const pod = (seconds: number, phase: string) => event(seconds, { event: 'pod', pod: 'sfu-a', node: 'n', phase });
    const lines = [replicas(0, 2, 2), replicas(10, 1, 2), pod(10, 'terminating'), replicas(11, 1, 1), pod(40, 'gone')];
    expect(states(lines.join('\n')).slice(1)).toEqual([
      [0, 'steady(2)'],
      [10, 'scaling-in(2->1)'],
      [40, 'settling(1)'],
      [55, 'steady(1)'],
    ]);
  });

  it('tell a pod lost from a decision, and a decision upon a decision', () => {
    expect(states([replicas(0, 2, 2), replicas(10, 2, 1), replicas(20, 2, 2)].join('\n')).slice(1)).toEqual([
      [0, 'steady(2)'],
      [10, 'recovering(1->2)'],
      [20, 'settling(2)'],
      [35, 'steady(2)'],
    ]);
    const twice = [replicas(0, 1, 1), replicas(10, 2, 1), replicas(20, 4, 2), replicas(30, 4, 4)].join('\n');
    expect(states(twice, 0).slice(2)).toEqual([
      [10, 'scaling-out(1->2)'],
      [20, 'scaling-out(2->4)'],
      [30, 'steady(4)'],
    ]);
  });

  const rows = [
    [0, 1, 1],
    [60, 3, 1],
    [80, 3, 3],
  ];
  it.each([
    ['ISO, header', `time,desired,ready\n${rows.map(([s, d, r]) => `${iso(s)},${d},${r}`).join('\n')}`],
    ['Unix seconds, no header', rows.map(([s, d, r]) => `${T / 1000 + s},${d},${r}`).join('\n')],
    [
      'ms, semicolons',
      `Timestamp;Replicas;Available\r\n${rows.map(([s, d, r]) => `${T + s * 1000};${d};${r}`).join('\r\n')}`,
    ],
    [
      'without T and Z',
      `time\treplicas\tready\n${rows.map(([s, d, r]) => `${iso(s).replace('T', ' ').slice(0, 19)}\t${d}\t${r}`).join('\n')}`,
    ],
    [
      'Prometheus',
      JSON.stringify({
        status: 'success',
        data: {
          resultType: 'matrix',
          result: [
            ['kube_deployment_status_replicas', 1],
            ['kube_deployment_status_replicas_ready', 2],
          ].map(([name, column]) => ({
            metric: { __name__: name, deployment: 'sfu' },
            values: rows.map((row) => [T / 1000 + row[0], String(row[column as number])]),
          })),
        },
      }),
    ],
  ])('read %s', (_name, text) => {
    expect(states(text)).toEqual(CHANGED);
  });

  it('assume how long a change lasts where only a number is known', () => {
    expect(states(`${iso(0)},1\n${iso(60)},3\n${iso(300)},1`, 10).slice(1)).toEqual([
      [0, 'steady(1)'],
      [60, 'scaling-out(1->3)'],
      [70, 'settling(3)'],
      [80, 'steady(3)'],
      [300, 'scaling-in(3->1)'],
      [310, 'settling(1)'],
      [320, 'steady(1)'],
    ]);
  });

  it('read pods, events and autoscalers of kubectl', () => {
    const pod = (name: string, created: number, ready: number, deletion?: number) => ({
      kind: 'Pod',
      metadata: {
        name,
        uid: name,
        creationTimestamp: iso(created),
        labels: { 'pod-template-hash': 'abc' },
        ownerReferences: [{ name: 'sfu-abc' }],
        ...(deletion === undefined ? {} : { deletionTimestamp: iso(deletion + 30), deletionGracePeriodSeconds: 30 }),
      },
      status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: iso(ready) }] },
    });
    const pods = { kind: 'List', items: [pod('a', 0, 0), pod('b', 60, 80), pod('c', 60, 75, 200)] };
    expect(states(JSON.stringify(pods)).slice(1)).toEqual([
      [0, 'steady(1)'],
      [60, 'scaling-out(1->3)'],
      [80, 'settling(3)'],
      [95, 'steady(3)'],
      [200, 'scaling-in(3->2)'],
      [230, 'settling(2)'],
      [245, 'steady(2)'],
    ]);
    const rescale = (seconds: number, size: number) => ({
      kind: 'Event',
      involvedObject: { kind: 'HorizontalPodAutoscaler', name: 'sfu' },
      reason: 'SuccessfulRescale',
      message: `New size: ${size}; reason: cpu resource utilization above target`,
      lastTimestamp: iso(seconds),
    });
    const watched = [rescale(0, 1), rescale(60, 3)].map((one) => JSON.stringify(one, null, 2)).join('\n');
    expect(states(watched, 5).slice(1, 3)).toEqual([
      [0, 'steady(1)'],
      [60, 'scaling-out(1->3)'],
    ]);
    const hpa = (seconds: number, desired: number) => ({
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h', creationTimestamp: iso(0) },
      spec: { minReplicas: 1, scaleTargetRef: { name: 'sfu' } },
      status: { desiredReplicas: desired, currentReplicas: 1, lastScaleTime: iso(seconds) },
    });
    const watch = `${JSON.stringify(hpa(60, 3))}${JSON.stringify(hpa(60, 3))}${JSON.stringify(hpa(200, 2))}{"kind":`;
    expect(history(watch)).toMatchObject({ target: 'sfu', refused: 1 });
    expect(states(watch).map(([, state]) => state)).toContain('scaling-out(1->3)');
  });

  it.each([
    '',
    'nothing',
    '{"kind":"Node"}',
    '9e999,2',
    '[',
    'time,replicas\nyesterday,2',
    '{"data":{"result":[{"values":5}]}}',
  ])('refuse %j in words', (text) => {
    expect(readReplicaHistory(text)).toHaveProperty('error');
  });

  it('cover all of time without holes or overlap, in phases too', () => {
    const sample = fc.record({
      timeMs: fc.integer({ min: 0, max: 1e6 }),
      desired: fc.option(fc.nat(4)),
      ready: fc.option(fc.nat(4)),
    });
    const phase = fc.tuple(fc.nat(1e6), fc.nat(1e6), fc.constantFrom('a', 'b'));
    fc.assert(
      fc.property(fc.array(sample), fc.array(phase), fc.nat(60), (samples, phases, settleSeconds) => {
        const full = samples
          .map((one) => ({ ...one, current: null, terminating: null }))
          .sort((a, b) => a.timeMs - b.timeMs);
        const found = buildStates(
          { source: '', target: null, targets: [], samples: full, activity: [], notes: [], refused: 0 },
          { settleSeconds, phases: phases.map(([fromMs, toMs, name]) => ({ name, repetition: 1, fromMs, toMs })) },
        );
        expect(found[0].fromMs).toBe(Number.NEGATIVE_INFINITY);
        expect(found.at(-1)?.toMs).toBe(Number.POSITIVE_INFINITY);
        for (const [place, { fromMs, toMs }] of found.entries()) {
          expect(fromMs).toBeLessThan(toMs);
          if (place > 0) expect(fromMs).toBe(found[place - 1].toMs);
        }
      }),
    );
  });

  it('never throw on hostile text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readReplicaHistory(text)));
  });
});
