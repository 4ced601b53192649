import { describe, expect, it } from 'vitest';
import { findKnee, type KneeSecond } from '../../../cluster/index.ts';

const PHASE = { name: 'ramp', repetition: 1, autoscaling: false };
const THRESHOLDS = { lossPercent: 1, jitterP95Ms: 30 };

/** Participants, ready pods, loss and jitter of one second after the other. */
const seconds = (...rows: [number, number, number | null, number | null][]): KneeSecond[] =>
  rows.map(([participants, readyPods, lossPercent, jitterP95Ms], index) => ({
    ...{ timeMs: 1000 * index, participants, readyPods, lossPercent, jitterP95Ms },
  }));

describe('the knee', () => {
  it('is where loss stays above its threshold', () => {
    const knee = findKnee(
      PHASE,
      seconds([4, 1, 0, 5], [8, 1, 0.5, 5], [12, 1, 2, 5], [16, 1, 5, 5], [20, 1, 9, 5]),
      THRESHOLDS,
    );
    expect(knee).toMatchObject({ participantsPerPod: 12, crossed: 'loss', carried: 8, carriedPerPod: 8 });
    expect(knee.time).toBe('1970-01-01T00:00:02.000Z');
  });

  it('or jitter, and counts by ready pods', () => {
    const knee = findKnee(PHASE, seconds([10, 2, 0, 5], [12, 2, 0, 31], [14, 2, 0, 40], [16, 2, 0, 50]), THRESHOLDS);
    expect(knee).toMatchObject({ participantsPerPod: 6, crossed: 'jitter', carried: 10, carriedPerPod: 5 });
  });

  it('is not one bad second, nor one without media', () => {
    const knee = findKnee(
      PHASE,
      seconds([2, 1, null, null], [4, 1, 50, 5], [8, 1, 0, 5], [9, 1, 3, 5], [10, 1, 3, 5]),
      THRESHOLDS,
    );
    expect(knee).toMatchObject({ participantsPerPod: null, crossed: null, time: null, carried: 8 });
  });
});
