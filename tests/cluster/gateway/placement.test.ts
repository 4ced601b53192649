import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  CROWDED,
  expectedShare,
  FULL,
  freshShare,
  load,
  NO_FRESH_LOAD,
  PARTICIPANT_SHARE,
  placeParticipant,
  placeRoom,
  withFreshLoad,
} from '../../../cluster/gateway/placement.ts';

const candidate = (id: string, capacity: number, eligible = true): Candidate => ({
  id,
  capacity,
  eligible,
  freshLoad: NO_FRESH_LOAD,
});
const ranks = (order: readonly string[]) => (id: string) => order.length - order.indexOf(id);

describe('a new room', () => {
  it('goes to the less loaded of the two that its name ranks first', () => {
    const all = [candidate('a', 0.5), candidate('b', 0.2), candidate('c', 0)];
    expect(placeRoom(all, ranks(['a', 'b', 'c']), 0)?.id).toBe('b');
    expect(placeRoom(all, ranks(['a', 'c', 'b']), 0)?.id).toBe('c');
  });

  it('goes nowhere where all are out', () => {
    expect(placeRoom([candidate('a', 0, false), candidate('b', FULL)], () => 0, 0)).toBeNull();
    expect(placeRoom([], () => 0, 0)).toBeNull();
  });

  it('counts what was assigned and is not measured yet, ever less as time goes', () => {
    const fresh = withFreshLoad(NO_FRESH_LOAD, 0.3, 1000);
    const busy = { ...candidate('a', 0.1), freshLoad: fresh };
    const both = [busy, candidate('b', 0.2)];
    expect(placeRoom(both, ranks(['a', 'b']), 1000)?.id).toBe('b');
    expect(placeRoom(both, ranks(['a', 'b']), 60_000)?.id).toBe('a');
    expect(freshShare(fresh, 1000)).toBeCloseTo(0.3);
    expect(freshShare(fresh, 5000)).toBeCloseTo(0.15);
    expect(withFreshLoad(fresh, 0.1, 5000).share).toBeCloseTo(0.25);
  });

  it('is not always sent to the emptiest: many gateways would all choose the same', () => {
    const all = Array.from({ length: 10 }, (_, index) => candidate(`s${index}`, index === 0 ? 0 : 0.1));
    const chosen = new Set<string>();
    for (let room = 0; room < 200; room++) {
      const rank = (id: string) => Math.sin((room + 1) * (Number(id.slice(1)) + 1) * 1.7);
      chosen.add(placeRoom(all, rank, 0)?.id ?? '');
    }
    expect(chosen.size).toBeGreaterThan(5);
  });
});

describe('many who come in the same moment', () => {
  /** Places rooms one after the other, as a gateway does before any SFU has told of them. */
  const place = (ids: readonly string[], rooms: number, participants: number) => {
    const all = ids.map((id) => ({ ...candidate(id, 0.1) }));
    const carriersOf: Map<string, number>[] = [];
    for (let room = 0; room < rooms; room++) {
      const carriers = new Map<string, number>();
      carriersOf.push(carriers);
      const rank = (id: string) => Math.sin((room + 1) * (ids.indexOf(id) + 1) * 1.7);
      for (let number = 0; number < participants; number++) {
        const chosen = number === 0 ? placeRoom(all, rank, 0) : placeParticipant(all, carriers, true, rank, 0);
        const index = all.findIndex(({ id }) => id === chosen?.id);
        if (index < 0) return null;
        const already = carriers.get(all[index].id) ?? 0;
        carriers.set(all[index].id, already + 1);
        all[index] = { ...all[index], freshLoad: withFreshLoad(all[index].freshLoad, expectedShare(already), 0) };
      }
    }
    return { all, carriersOf };
  };

  it('are taken by an SFU that has measured nothing of them yet', () => {
    expect(place(['a'], 100, 4)).not.toBeNull();
  });

  it('fill two alike, each room on one', () => {
    const placed = place(['a', 'b'], 75, 4)!;
    for (const carriers of placed.carriersOf) expect(carriers.size).toBe(1);
    const [one, other] = placed.all.map(({ freshLoad }) => freshLoad.share);
    expect(Math.abs(one - other)).toBeLessThan(0.1);
  });

  it('of one room spread before the first one is overrun', () => {
    const placed = place(['a', 'b'], 1, 150)!;
    expect([...placed.carriersOf[0].values()].every((count) => count > 50)).toBe(true);
  });
});

const candidates = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    eligible: fc.boolean(),
    capacity: fc.double({ min: 0, max: 1.5, noNaN: true }),
    freshLoad: fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), atMs: fc.nat(10_000) }),
  }),
  { selector: ({ id }) => id, maxLength: 12 },
);
const rankOf = (seed: number) => (id: string) => {
  let hash = seed >>> 0;
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
};

describe('whatever there is', () => {
  it('nothing new goes to an SFU that is out or full', () => {
    fc.assert(
      fc.property(candidates, fc.nat(), fc.nat(20_000), (all, seed, nowMs) => {
        const chosen = placeRoom(all, rankOf(seed), nowMs);
        const open = all.filter((one) => one.eligible && one.capacity < FULL);
        if (chosen === null) {
          expect(open).toEqual([]);
          return;
        }
        expect(open).toContain(chosen);
        // The most loaded of three or more is never taken.
        if (open.length >= 2) {
          const loads = open.map((one) => load(one, nowMs)).toSorted((a, b) => a - b);
          expect(load(chosen, nowMs)).toBeLessThanOrEqual(loads[loads.length - 2] ?? 0);
        }
      }),
    );
  });

  it('the order in which SFUs are listed changes nothing', () => {
    fc.assert(
      fc.property(candidates, fc.nat(), (all, seed) => {
        expect(placeRoom(all.toReversed(), rankOf(seed), 0)).toEqual(placeRoom(all, rankOf(seed), 0));
      }),
    );
  });

  it('a room stays together until all that carry it are crowded, and spreads only to something better', () => {
    fc.assert(
      fc.property(candidates, fc.nat(), fc.nat(20_000), fc.boolean(), (all, seed, nowMs, maySpread) => {
        const carriers = new Map(all.slice(0, 2).map(({ id }) => [id, 3]));
        const chosen = placeParticipant(all, carriers, maySpread, rankOf(seed), nowMs);
        const own = all.filter(({ id, eligible }) => eligible && carriers.has(id));
        if (chosen === null) {
          expect(own).toEqual([]);
          return;
        }
        expect(chosen.eligible).toBe(true);
        if (own.length > 0 && !carriers.has(chosen.id)) {
          expect(maySpread).toBe(true);
          for (const one of own) {
            expect(one.capacity + 3 * PARTICIPANT_SHARE).toBeGreaterThanOrEqual(CROWDED);
            expect(load(chosen, nowMs)).toBeLessThan(load(one, nowMs));
          }
        }
      }),
    );
  });
});
