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
/** A room is more than the one who opens it: so many are counted with the first. */
const ROOM_OF = 4;
const HALF_LIFE_MS = 4000;
/** An SFU that measures more gets nothing new. What it was given lately is a guess: it ranks SFUs, and shuts none. */
export const FULL = 0.95;
/** Above this a room that has somewhere else to go grows there. */
export const CROWDED = 0.8;

export function freshShare({ share, atMs }: FreshLoad, nowMs: number): number {
  return share * 0.5 ** (Math.max(0, nowMs - atMs) / HALF_LIFE_MS);
}

export function withFreshLoad(before: FreshLoad, share: number, nowMs: number): FreshLoad {
  return { share: freshShare(before, nowMs) + share, atMs: nowMs };
}

/** What one more participant is expected to add to an SFU that has so many of the room. */
export const expectedShare = (already: number): number =>
  already === 0 ? ROOM_OF * PARTICIPANT_SHARE : already < ROOM_OF ? 0 : PARTICIPANT_SHARE;

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
  const open = candidates.filter((candidate) => candidate.eligible && candidate.capacity < FULL);
  const [first, second] = open.toSorted((a, b) => rank(b.id) - rank(a.id) || (a.id < b.id ? -1 : 1));
  if (first === undefined) return null;
  return second !== undefined && load(second, nowMs) < load(first, nowMs) ? second : first;
}

/**
 * The SFU for one more participant of a room: the least loaded of those that carry it already, unless all are crowded and
 * another one is less so. What other rooms were given lately crowds nobody out: a room is torn apart for what is measured, or for its own size.
 *
 * @param carriers how many of the room each SFU has that carries it, by id. @param maySpread whether it may get one more.
 */
export function placeParticipant(
  candidates: readonly Candidate[],
  carriers: ReadonlyMap<string, number>,
  maySpread: boolean,
  rank: (id: string) => number,
  nowMs: number,
): Candidate | null {
  const own = candidates
    .filter(({ id, eligible }) => eligible && carriers.has(id))
    .toSorted((a, b) => load(a, nowMs) - load(b, nowMs))[0];
  if (own !== undefined && (!maySpread || !isCrowded(own, carriers.get(own.id) ?? 0, nowMs))) return own;
  if (own === undefined || maySpread) {
    const others = candidates.filter(({ id }) => !carriers.has(id));
    const other = placeRoom(others, rank, nowMs);
    if (other !== null && (own === undefined || load(other, nowMs) < load(own, nowMs))) return other;
  }
  return own ?? null;
}

const isCrowded = ({ capacity, freshLoad }: Candidate, ofRoom: number, nowMs: number): boolean =>
  capacity + Math.min(freshShare(freshLoad, nowMs), ofRoom * PARTICIPANT_SHARE) >= CROWDED;
