/** What placement knows of an SFU. */
export interface Candidate {
  readonly id: string;
  /** Ready to take what is new: reachable, not draining, not overloaded. */
  readonly eligible: boolean;
  /** Used share of its capacity, as it last said. */
  readonly capacity: number;
  /** Rooms and participants it was given lately, which its own figure does not show yet. */
  readonly freshLoad: FreshLoad;
}

/** Load that was assigned and decays as it becomes part of what the SFU itself measures. */
export interface FreshLoad {
  readonly share: number;
  readonly atMs: number;
}

export const NO_FRESH_LOAD: FreshLoad = { share: 0, atMs: 0 };
/** Share of an SFU that a new participant is expected to need until it is measured. */
export const PARTICIPANT_SHARE = 0.01;
/** A room is more than the one who opens it. */
export const ROOM_SHARE = 0.03;
const HALF_LIFE_MS = 4000;
/** Above this an SFU gets nothing new. */
export const FULL = 0.95;
/** Above this a room that has somewhere else to go grows there. */
export const CROWDED = 0.8;

export function freshShare({ share, atMs }: FreshLoad, nowMs: number): number {
  return share * 0.5 ** (Math.max(0, nowMs - atMs) / HALF_LIFE_MS);
}

export function withFreshLoad(before: FreshLoad, share: number, nowMs: number): FreshLoad {
  return { share: freshShare(before, nowMs) + share, atMs: nowMs };
}

export const load = (candidate: Candidate, nowMs: number): number =>
  candidate.capacity + freshShare(candidate.freshLoad, nowMs);

/**
 * The SFU for a new room: the less loaded of two (power of two choices; M. Mitzenmacher, 2001).
 *
 * @param rank how the room orders SFUs (rendezvous hashing), so that gateways that know the same choose the same.
 * @returns null where none can take it.
 */
export function placeRoom(
  candidates: readonly Candidate[],
  rank: (id: string) => number,
  nowMs: number,
): Candidate | null {
  const open = candidates.filter((candidate) => candidate.eligible && load(candidate, nowMs) < FULL);
  const [first, second] = open.toSorted((a, b) => rank(b.id) - rank(a.id) || (a.id < b.id ? -1 : 1));
  if (first === undefined) return null;
  return second !== undefined && load(second, nowMs) < load(first, nowMs) ? second : first;
}

/**
 * The SFU for one more participant of a room: the least loaded of those that carry it already, unless all are crowded and
 * another one is not.
 *
 * @param carriers ids of the SFUs that carry the room. @param maySpread whether it may get one more.
 */
export function placeParticipant(
  candidates: readonly Candidate[],
  carriers: ReadonlySet<string>,
  maySpread: boolean,
  rank: (id: string) => number,
  nowMs: number,
): Candidate | null {
  const own = candidates
    .filter(({ id, eligible }) => eligible && carriers.has(id))
    .toSorted((a, b) => load(a, nowMs) - load(b, nowMs))[0];
  if (own !== undefined && (!maySpread || load(own, nowMs) < CROWDED)) return own;
  if (own === undefined || maySpread) {
    const others = candidates.filter(({ id }) => !carriers.has(id));
    const other = placeRoom(others, rank, nowMs);
    if (other !== null && (own === undefined || load(other, nowMs) < load(own, nowMs))) return other;
  }
  return own ?? null;
}
