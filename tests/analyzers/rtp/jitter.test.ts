import { describe, expect, it } from 'vitest';
import { addJitter, breakJitter, clearJitter, isSetAnew, jitterMs } from '../../../analyzers/rtp/jitter.ts';
import { ROW_FIELDS } from '../../../analyzers/rtp/rows.ts';
import { measured, steady } from './rtp-feed.ts';

const NS_PER_TICK_8000 = 125_000;

/** @returns J after each packet, in ms; -1 where there is none. */
function jitterOf(packets: readonly (readonly [atMs: number, timestamp: number, nsPerTick?: number])[]) {
  const fields = new Float64Array(ROW_FIELDS * 2);
  const at = ROW_FIELDS;
  const values = packets.map(([atMs, timestamp, nsPerTick = NS_PER_TICK_8000]) => {
    const ns = addJitter(fields, at, atMs * 1e6, timestamp, nsPerTick);
    return ns < 0 ? -1 : ns / 1e6;
  });
  return { values, summary: jitterMs(fields, at, null), fields, at };
}

describe('interarrival jitter (RFC 3550, A.8)', () => {
  it('is what a hand works out', () => {
    // |D| is 0, 2, 2 and 5 ms: J = 0; 2/16; 0.125 + 1.875/16; 0.2421875 + 4.7578125/16.
    const { values, summary } = jitterOf([
      [0, 0],
      [20, 160],
      [42, 320],
      [60, 480],
      [85, 640],
    ]);
    expect(values).toEqual([-1, 0, 0.125, 0.2421875, 0.53955078125]);
    expect(summary!.mean).toBeCloseTo((0.125 + 0.2421875 + 0.53955078125) / 4, 12);
    expect(summary!.max).toBe(0.53955078125);
  });

  it('counts late packets in the order of arrival', () => {
    // The third packet comes before the second: D is 0 - 40, then 1 + 20, then 19 - 40 ms.
    const { values } = jitterOf([
      [0, 0],
      [40, 320],
      [41, 160],
      [60, 480],
    ]);
    expect(values).toEqual([-1, 0, 21 / 16, 21 / 16 + (21 - 21 / 16) / 16]);
  });

  it('goes on over the wrap of the timestamp, signed or not', () => {
    const { values } = jitterOf([
      [0, 0xffffff60],
      [20, 0x00000000],
      [40, 160],
      [60, 320 + 2 ** 32],
    ]);
    expect(values).toEqual([-1, 0, 0, 0]);
    const backAgain = jitterOf([
      [0, 0x00000000],
      [1, 0xffffff60 | 0],
    ]);
    expect(backAgain.values[1]).toBeCloseTo(21 / 16, 12);
  });

  it('keeps the fraction of a tick: 11025 Hz', () => {
    // 441 ticks are 40 ms; by whole ticks a millisecond (11) they would be 40.09 ms.
    const { values } = jitterOf([
      [0, 0, 1e9 / 11025],
      [40, 441, 1e9 / 11025],
      [80.16, 882, 1e9 / 11025],
    ]);
    expect(values[1]).toBeCloseTo(0, 9);
    expect(values[2]).toBeCloseTo(0.01, 9);
  });

  it('knows no D between two clocks (RFC 7160), and keeps J', () => {
    const { values } = jitterOf([
      [0, 0],
      [36, 160],
      [50, 320, 62_500],
      [70, 640, 62_500],
      [90, 800],
      [110, 960],
    ]);
    expect(values).toEqual([-1, 1, -1, 15 / 16, -1, (15 / 16) ** 2]);
  });

  it('knows no D over timestamps set anew, and goes on from there', () => {
    const { values } = jitterOf([
      [0, 8_000_000],
      [36, 8_000_160],
      [56, 500], // Back by a quarter of an hour.
      [76, 660],
      [96, 660 + 8000 * 11], // Ahead by 11 s.
      [116, 820 + 8000 * 11],
    ]);
    expect(values).toEqual([-1, 1, -1, 15 / 16, -1, (15 / 16) ** 2]);
  });

  it('takes a pause for a pause: time and timestamps both pass', () => {
    const { values } = jitterOf([
      [0, 0],
      [60_000, 480_000],
    ]);
    expect(values).toEqual([-1, 0]);
    expect(isSetAnew(60e9, 60e9)).toBe(false);
    expect([isSetAnew(-2.9e9, 0), isSetAnew(-3.1e9, 0), isSetAnew(9.9e9, 0), isSetAnew(10.1e9, 0)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('breaks off, and forgets, when told to', () => {
    const { fields, at } = jitterOf([
      [0, 0],
      [36, 160],
    ]);
    breakJitter(fields, at);
    expect(addJitter(fields, at, 56e6, 320, NS_PER_TICK_8000)).toBe(-1);
    clearJitter(fields, at);
    expect(jitterMs(fields, at, null)).toBeNull();
    expect(fields.every((field) => field === 0)).toBe(true);
  });
});

describe('jitter of a stream', () => {
  it('leaves duplicates out: they were not sent', () => {
    const packets = steady(10);
    const again = { ...packets[4], atNs: packets[4].atNs + 7e6 };
    const stream = measured([...packets.slice(0, 5), again, ...packets.slice(5)]);
    expect(stream).toMatchObject({ packets: 10, duplicates: 1, jitterMs: { mean: 0, max: 0, p95: 0 } });
  });

  it('is null where no clock rate is known, and of a single packet', () => {
    expect(measured(steady(2).map((packet) => ({ ...packet, payloadType: 100 }))).jitterMs).toBeNull();
    expect(measured(steady(1)).jitterMs).toBeNull();
  });

  it('has its 95th percentile among its values, by nearest rank', () => {
    // One packet 16 ms late: J is 1 then, falls by 1/16 a packet after (with another 16 ms just behind it).
    const packets = steady(101).map((packet, index) =>
      index === 50 ? { ...packet, atNs: packet.atNs + 16e6 } : packet,
    );
    const { jitterMs: found } = measured(packets);
    const values = [...new Array(49).fill(0), 1, 1 + 15 / 16];
    while (values.length < 100) values.push((values[values.length - 1] * 15) / 16);
    values.sort((a, b) => a - b);
    expect(found!.max).toBeCloseTo(1 + 15 / 16, 9);
    expect(found!.mean).toBeCloseTo(values.reduce((sum, value) => sum + value) / 100, 9);
    expect(found!.p95).toBeCloseTo(values[94], 6);
  });
});
