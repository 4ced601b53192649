import type { SequenceEdges } from '../rtp/sequence.ts';
import { MAX_DROPOUT } from '../rtp/sequence.ts';

/** How the numbers of two parts of a stream meet. */
export interface JoinedNumbers {
  /** Numbers between the two that neither has: lost. */
  readonly gap: number;
  /** Numbers that are within the range of both. */
  readonly overlap: number;
  /** Of the overlap: lost in the first part alone, and so late in the second. */
  readonly filled: number;
  /** Of the overlap: lost in both. */
  readonly lostInBoth: number;
  /** Of the overlap: received in both. */
  readonly twice: number;
  /** The numbering began anew between them. */
  readonly restarted: boolean;
  /** Of the two together: what the next part is laid beside. */
  readonly edges: SequenceEdges;
}

/**
 * Lays the numbers of two parts of a stream beside each other, as the one analysis of both would have had them.
 *
 * @param room how many packets the time between the two had room for, below 0 where they were at the same time: tells an outage, or an
 *   overlap, from a new numbering.
 */
export function joinNumbers(first: SequenceEdges, second: SequenceEdges, room: number): JoinedNumbers {
  const apart = { gap: 0, overlap: 0, filled: 0, lostInBoth: 0, twice: 0 };
  // What was before the last restart of the second part is not known any longer: nothing is said of what lies between.
  if (second.lowest === null) return { ...apart, restarted: false, edges: second };
  const step = signed16(second.lowest - first.highest);
  const overlap = Math.max(0, 1 - step);
  const outage = step < MAX_DROPOUT || step < room;
  if (step > 0 ? !outage : overlap > Math.min(first.span, second.span, Math.max(MAX_DROPOUT, -room))) {
    return { ...apart, restarted: true, edges: { ...second, lowest: null } };
  }
  const gap = Math.max(0, step - 1);
  // Both by the distance from the first number of the overlap.
  const missedFirst = missingWithin(first, overlap, first.span - overlap);
  const missedSecond = missingWithin(second, overlap, 0);
  const inBoth = [...missedFirst].filter((number) => missedSecond.has(number));
  const begin = first.span + gap - overlap;
  const edges: SequenceEdges = {
    lowest: first.lowest,
    highest: second.highest,
    span: begin + second.span,
    missing: [
      ...first.missing.filter(([, last]) => last < begin - gap),
      ...inBoth.map((number) => [begin + number, begin + number] as const),
      ...(gap > 0 ? [[first.span, first.span + gap - 1] as const] : []),
      ...second.missing.filter(([from]) => from >= overlap).map(([from, to]) => [begin + from, begin + to] as const),
    ],
  };
  return {
    ...{ gap, overlap, restarted: false, edges },
    ...{ filled: missedFirst.size - inBoth.length, lostInBoth: inBoth.length },
    twice: overlap - missedFirst.size - missedSecond.size + inBoth.length,
  };
}

/** @param from distance of the overlap's first number from the lowest of the part. */
function missingWithin({ missing }: SequenceEdges, overlap: number, from: number): Set<number> {
  const found = new Set<number>();
  for (const [first, last] of missing) {
    for (let at = Math.max(first, from); at <= Math.min(last, from + overlap - 1); at++) found.add(at - from);
  }
  return found;
}

function signed16(difference: number): number {
  return ((difference & 0xffff) << 16) >> 16;
}
