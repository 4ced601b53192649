/** What the capture and the far end saw of one stretch of a stream. */
export interface LossComparison {
  /** Packets of the stretch that never passed the capture point, and how many should have. */
  readonly observedLost: number;
  readonly observedExpected: number;
  /** The same as the receiver reported it: the difference of two of its reports, so that it may be negative. */
  readonly reportedLost: number;
  readonly reportedExpected: number;
}

export type LossSide = 'before' | 'after' | 'both' | 'none';

/** Reports about fewer packets say too little. */
const FEWEST_EXPECTED = 50;
/** The two stretches need not begin and end with the same packet, but have to be of about one length. */
const LENGTH_TOLERANCE = 0.1;

/**
 * Tells on which side of the capture point packets were lost. What did not pass here was lost before; what passed here
 * and did not arrive was lost after. So with `slack` packets that may lie beyond an end of one of the stretches,
 *
 *   before: the capture misses packets, and the receiver misses about as many or more
 *   after:  the receiver misses more than the capture does
 *
 * The receiver reports what is missing at that moment, late packets too, and subtracts duplicates (RFC 3550, A.3); that
 * and the ends make the slack, which grows with the loss. Where the capture misses nothing, nothing has to be told
 * apart, and a single reported loss counts.
 *
 * @returns null where the receiver has what the capture misses (then the capture itself lost packets, or they went by
 *   another path), and where the stretches are too short or too different.
 */
export function lossSide(comparison: LossComparison): LossSide | null {
  const { observedLost, observedExpected, reportedLost, reportedExpected } = comparison;
  const shorter = Math.min(observedExpected, reportedExpected);
  const longer = Math.max(observedExpected, reportedExpected);
  if (!(shorter >= FEWEST_EXPECTED) || shorter < longer * (1 - LENGTH_TOLERANCE)) return null;
  const observed = Math.max(0, observedLost);
  const reported = Math.max(0, reportedLost);
  if (observed === 0) return reported === 0 ? 'none' : 'after';
  const slack = Math.max(1, (longer - shorter) * (observed / observedExpected), 0.05 * Math.max(observed, reported));
  const after = reported - observed;
  if (after < -slack) return null;
  return after > slack ? 'both' : 'before';
}
