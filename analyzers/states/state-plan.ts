import type { Timestamp } from '../../captures/index.ts';
import type { StateStretch } from './scaling-state.ts';

/** States that an analysis is split by at most. */
export const MOST_STATES = 1000;

/** How an analysis is to be split; known before the first packet. */
export interface StatePlan {
  /** From `buildStates`: they cover all of time. At most {@link MOST_STATES}. */
  readonly stretches: readonly StateStretch[];
  /** Added to the captures' times to get the clock of the states. */
  readonly clockOffsetSeconds?: number;
}

/** The moments between the stretches, by the captures' clock. */
export function boundariesOf({ stretches, clockOffsetSeconds = 0 }: StatePlan): Timestamp[] {
  return stretches.slice(1).map(({ fromMs }) => timestampOf(fromMs - clockOffsetSeconds * 1000));
}

function timestampOf(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  // Microseconds are as fine as a double holds them.
  const nanoseconds = Math.round((ms - seconds * 1000) * 1000) * 1000;
  return nanoseconds >= 1e9 ? { seconds: seconds + 1, nanoseconds: 0 } : { seconds, nanoseconds };
}
