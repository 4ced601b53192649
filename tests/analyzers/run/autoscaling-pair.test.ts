import { describe, expect, it } from 'vitest';
import { autoscalingPair } from '../../../analyzers/run/autoscaling-pair.ts';

const LOAD = { rooms: 8, participants: 3 };
const phase = (name: string, autoscaling: boolean | null, fromMs: number, repetition = 1) => ({
  ...{ name, autoscaling, fromMs, toMs: fromMs + 10, repetition, completed: true },
});
const PHASES = [
  phase('idle', false, 0),
  phase('load-without-hpa', false, 20),
  phase('load-with-hpa', true, 40),
  phase('idle', false, 60, 2),
];
const scenario = {
  phases: [
    { name: 'idle', load: null, http: null },
    { name: 'load-without-hpa', load: LOAD, http: { users: 4 } },
    { name: 'load-with-hpa', load: LOAD, http: { users: 4 } },
  ],
};
const all = () => true;

describe('the phases that tell what autoscaling did', () => {
  it('have the same load, and the autoscaler on in one', () => {
    expect(autoscalingPair({ phases: PHASES, scenario }, all)).toEqual({
      without: 'load-without-hpa',
      with: 'load-with-hpa',
    });
  });

  it('are none where the load differs, nothing is known of it, or nothing was captured', () => {
    const other = { phases: scenario.phases.map((one) => ({ ...one, http: one.name })) };
    expect(autoscalingPair({ phases: PHASES, scenario: other }, all)).toBeNull();
    expect(autoscalingPair({ phases: PHASES, scenario: null }, all)).toBeNull();
    expect(autoscalingPair({ phases: PHASES, scenario: { phases: 'none' } }, all)).toBeNull();
    expect(autoscalingPair({ phases: PHASES, scenario }, (name) => name !== 'load-without-hpa')).toBeNull();
    expect(autoscalingPair({ phases: [], scenario }, all)).toBeNull();
  });
});
