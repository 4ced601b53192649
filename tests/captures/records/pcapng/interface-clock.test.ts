import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InterfaceClock, timeDigitsOf } from '../../../../captures/records/pcapng/interface-clock.ts';

describe('InterfaceClock', () => {
  it('agrees with exact integer arithmetic at every resolution', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        fc.array(fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)), { minLength: 1, maxLength: 5 }),
        (resolution, offset, times) => {
          const clock = new InterfaceClock(resolution, offset);
          const units = (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f);
          for (const [upper, lower] of times) {
            clock.set(upper, lower);
            const ticks = (BigInt(upper) << 32n) | BigInt(lower);
            const seconds = ticks / units + BigInt(offset);
            // Far beyond every calendar a double may round: such a time is refused anyway.
            if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) expect(clock.seconds).toBeGreaterThan(2 ** 52);
            else expect(clock.seconds).toBe(Number(seconds));
            expect(clock.nanoseconds).toBe(Number(((ticks % units) * 1_000_000_000n) / units));
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('is exact across the carry from the lower half to the upper', () => {
    const clock = new InterfaceClock(9, 0);
    clock.set(0, 0xffffffff);
    expect([clock.seconds, clock.nanoseconds]).toEqual([4, 294_967_295]);
    clock.set(1, 0);
    expect([clock.seconds, clock.nanoseconds]).toEqual([4, 294_967_296]);
    clock.set(0, 0xffffffff);
    expect([clock.seconds, clock.nanoseconds]).toEqual([4, 294_967_295]);
  });

  it.each([
    [0, 0],
    [3, 3],
    [6, 6],
    [9, 9],
    [12, 9],
    [0x80, 0],
    [0x80 + 10, 4],
    [0x80 + 20, 7],
    [0x80 + 64, 9],
  ])('tells the decimal places of resolution %i', (resolution, digits) => {
    expect(timeDigitsOf(resolution)).toBe(digits);
  });
});
