import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseBindRange } from '../../../cluster/index.ts';
import { planOf } from '../../../cluster/load/plan/plan.ts';

const options = fc.record({
  rooms: fc.integer({ min: 1, max: 6 }),
  participantsPerRoom: fc.integer({ min: 1, max: 8 }),
  seconds: fc.integer({ min: 1, max: 120 }),
  rampSeconds: fc.integer({ min: 0, max: 60 }),
  churn: fc.double({ min: 0, max: 1, noNaN: true }),
});
const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

it('is the same for the same seed, and another for another', () => {
  fc.assert(
    fc.property(options, seed, (given, one) => {
      expect(planOf(given, one)).toEqual(planOf(given, one));
    }),
  );
  const given = { rooms: 2, participantsPerRoom: 4, seconds: 60, rampSeconds: 10, churn: 0.5 };
  expect(planOf(given, 1)).not.toEqual(planOf(given, 2));
});

it('lets everybody join once and leave once, in time, and do nothing outside of that', () => {
  fc.assert(
    fc.property(options, seed, (given, one) => {
      const plan = planOf(given, one);
      const joined = new Map<number, number>();
      const left = new Map<number, number>();
      const rooms = new Map<number, number>();
      let last = 0;
      for (const event of plan) {
        expect(event.atMs).toBeGreaterThanOrEqual(last);
        expect(event.atMs).toBeLessThanOrEqual(given.seconds * 1000);
        last = event.atMs;
        if (event.kind === 'join') {
          expect(joined.has(event.client)).toBe(false);
          joined.set(event.client, event.atMs);
          rooms.set(event.room, (rooms.get(event.room) ?? 0) + 1);
        } else {
          expect(joined.has(event.client)).toBe(true);
          expect(left.has(event.client)).toBe(false);
          if (event.kind === 'leave') left.set(event.client, event.atMs);
        }
      }
      expect([...left.keys()].sort()).toEqual([...joined.keys()].sort());
      for (let room = 0; room < given.rooms; room++) {
        expect(rooms.get(room)).toBeGreaterThanOrEqual(given.participantsPerRoom);
      }
      if (given.churn === 0) expect(joined.size).toBe(given.rooms * given.participantsPerRoom);
    }),
  );
});

it('lets at most one of a room begin to talk at a time, who is not muted', () => {
  fc.assert(
    fc.property(options, seed, (given, one) => {
      const muted = new Set<number>();
      const talking = new Map<number, number>();
      const roomOf = new Map<number, number>();
      for (const event of planOf(given, one)) {
        if (event.kind === 'join') roomOf.set(event.client, event.room);
        const room = roomOf.get(event.client)!;
        if (event.kind === 'leave' && talking.get(room) === event.client) talking.delete(room);
        if (event.kind === 'mute' && event.on) muted.add(event.client);
        if (event.kind === 'mute' && !event.on) muted.delete(event.client);
        if (event.kind !== 'talk') continue;
        if (event.on) {
          expect(talking.has(room)).toBe(false);
          expect(muted.has(event.client)).toBe(false);
          talking.set(room, event.client);
        } else talking.delete(room);
      }
    }),
  );
});

it('gives each client an address of a range, without its first and last', () => {
  const addresses = parseBindRange('127.0.2.77/29')!;
  expect([0, 1, 5, 6].map(addresses)).toEqual(['127.0.2.73', '127.0.2.74', '127.0.2.78', '127.0.2.73']);
  expect(parseBindRange('127.0.0.9')!(3)).toBe('127.0.0.9');
  for (const wrong of ['', 'host', '127.0.0.1/33', '1.2.3.4/8/8', '::1/64', '1.2.3/24'])
    expect(parseBindRange(wrong)).toBe(null);
});
