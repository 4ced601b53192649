import type { KneeScenario } from '../scenario/scenario.ts';

/** What one second of a phase was like. */
export interface KneeSecond {
  readonly timeMs: number;
  readonly participants: number;
  readonly readyPods: number;
  readonly lossPercent: number | null;
  readonly jitterP95Ms: number | null;
}

/** Where media pods saturated in a phase. */
export interface Knee {
  readonly phase: string;
  readonly repetition: number;
  readonly autoscaling: boolean;
  /** Participants at each ready pod when a threshold was crossed for good; null where none was. */
  readonly participantsPerPod: number | null;
  readonly crossed: 'loss' | 'jitter' | null;
  readonly time: string | null;
  /** Most participants, and most at each pod, that were carried with every threshold held. */
  readonly carried: number;
  readonly carriedPerPod: number;
}

/** A crossing lasts so many seconds: one bad second, as when a pod begins, is no knee. */
const SECONDS = 3;

/** Finds the first stretch in which a threshold stays crossed. */
export function findKnee(
  phase: { readonly name: string; readonly repetition: number; readonly autoscaling: boolean },
  seconds: readonly KneeSecond[],
  thresholds: KneeScenario,
): Knee {
  const crossing = (second: KneeSecond): Knee['crossed'] => {
    if (second.lossPercent !== null && second.lossPercent > thresholds.lossPercent) return 'loss';
    if (second.jitterP95Ms !== null && second.jitterP95Ms > thresholds.jitterP95Ms) return 'jitter';
    return null;
  };
  const perPod = ({ participants, readyPods }: KneeSecond): number => participants / Math.max(1, readyPods);
  let run = 0;
  let at: KneeSecond | null = null;
  let carried = 0;
  let carriedPerPod = 0;
  for (const [index, second] of seconds.entries()) {
    const crossed = crossing(second) !== null;
    run = crossed ? run + 1 : 0;
    if (run === SECONDS) {
      at = seconds[index - SECONDS + 1];
      break;
    }
    if (!crossed && second.lossPercent !== null) {
      carried = Math.max(carried, second.participants);
      carriedPerPod = Math.max(carriedPerPod, perPod(second));
    }
  }
  return {
    ...{ phase: phase.name, repetition: phase.repetition, autoscaling: phase.autoscaling },
    participantsPerPod: at === null ? null : perPod(at),
    crossed: at === null ? null : crossing(at),
    time: at === null ? null : new Date(at.timeMs).toISOString(),
    ...{ carried, carriedPerPod },
  };
}
