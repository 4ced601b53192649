import type { HollowPhase } from '../comparison/recorded-observations.ts';
import type { RunDescription } from './run-description.ts';

/** Problems with which a capture point ends, or breaks off. */
const CAPTURE_ENDED: ReadonlySet<string> = new Set(['capture-died', 'capture-full', 'disk-full']);

/** Repetitions of phases of which a part is missing, by what the run says of itself. */
export function hollowPhases({
  phases,
  problems,
  driver,
}: Pick<RunDescription, 'phases' | 'problems' | 'driver'>): HollowPhase[] {
  return phases.flatMap(({ name, repetition, completed, fromMs, toMs }): HollowPhase[] => {
    if (completed === false) return [{ name, repetition, reason: 'it was cut short' }];
    const stalled = problems.find(
      ({ code, timeMs }) => code === 'machine-stalled' && timeMs !== null && timeMs >= fromMs && timeMs < toMs,
    );
    if (stalled !== undefined) return [{ name, repetition, reason: stalled.text }];
    const hole = problems.find(({ code, timeMs }) => {
      if (!CAPTURE_ENDED.has(code) || timeMs === null || timeMs >= toMs) return false;
      // In a cluster, a capture that broke off is taken up again.
      return timeMs >= fromMs || !(code === 'capture-died' && driver === 'kubernetes');
    });
    return hole === undefined ? [] : [{ name, repetition, reason: hole.text }];
  });
}
