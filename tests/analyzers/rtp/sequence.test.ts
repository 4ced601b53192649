import { describe, expect, it } from 'vitest';
import { ROW_FIELDS, Rows } from '../../../analyzers/rtp/rows.ts';
import { Arrival, MAX_DROPOUT, MAX_MISORDER, placeNext, Sequence } from '../../../analyzers/rtp/sequence.ts';
import { measured, steady } from './rtp-feed.ts';

const NAMES = new Map(Object.entries(Arrival).map(([name, value]) => [value as number, name]));

/** One stream, in the second row: packets of 20 ms by number, and what each was. */
class Numbers {
  readonly #rows = new Rows();
  readonly sequence = new Sequence(this.#rows);
  #previousNs = 0;
  #started = false;

  constructor() {
    this.#rows.open(0);
    this.#rows.open(1);
  }

  /** @param atNs on time where not given. */
  place(number: number, timestamp = number * 160, atNs = this.#previousNs + 20e6): string {
    const at = ROW_FIELDS;
    const fields = this.#rows.fields;
    if (!this.#started) {
      this.#started = true;
      this.sequence.start(1, at, number & 0xffff, timestamp | 0);
      this.#previousNs = atNs;
      return 'first';
    }
    const previousNs = this.#previousNs;
    let arrival = 'next';
    if (!placeNext(fields, at, number & 0xffff, timestamp | 0)) {
      const other = this.sequence.other(1, at, number & 0xffff, timestamp | 0, atNs, previousNs, 20e6, 0);
      arrival = NAMES.get(other) as string;
    }
    // What is held back has not arrived yet.
    if (arrival !== 'strange' && arrival !== 'duplicate') this.#previousNs = atNs;
    return arrival;
  }

  placeAll(...numbers: number[]): string[] {
    return numbers.map((number) => this.place(number));
  }

  get summary() {
    return this.sequence.summary(1, ROW_FIELDS);
  }
}

describe('sequence numbers', () => {
  it('run on over the wrap, several times', () => {
    const numbers = new Numbers();
    for (let number = 65_000; number < 65_000 + 200_000; number++) numbers.place(number);
    expect(numbers.summary).toMatchObject({ received: 200_000, expected: 200_000, lost: 0, late: 0, restarts: 0 });
  });

  it('are lost once, across the wrap too', () => {
    const numbers = new Numbers();
    expect(numbers.placeAll(65_533, 65_534, 65_538, 65_539)).toEqual(['first', 'next', 'ahead', 'next']);
    expect(numbers.summary).toMatchObject({ received: 4, expected: 7, lost: 3 });
  });

  it('come late, and then are not lost; again, and then are duplicates', () => {
    const numbers = new Numbers();
    expect(numbers.placeAll(10, 11, 14, 12, 12, 11, 15, 14)).toEqual([
      ...['first', 'next', 'ahead', 'late', 'duplicate', 'duplicate', 'next', 'duplicate'],
    ]);
    // 12 came two behind 14.
    expect(numbers.summary).toMatchObject({
      ...{ received: 5, expected: 6, lost: 1, late: 1, duplicates: 3, reorderingExtent: { mean: 2, max: 2 } },
    });
  });

  it('come late across the wrap', () => {
    const numbers = new Numbers();
    expect(numbers.placeAll(65_534, 65_537, 65_535, 65_536)).toEqual(['first', 'ahead', 'late', 'late']);
    expect(numbers.summary).toMatchObject({ received: 4, expected: 4, lost: 0, late: 2 });
  });

  it('come from before the first one seen, up to MAX_MISORDER', () => {
    const numbers = new Numbers();
    expect(numbers.placeAll(2000, 1998, 1999, 1998)).toEqual(['first', 'early', 'late', 'duplicate']);
    expect(numbers.place(1998 - MAX_MISORDER)).toBe('early');
    expect(numbers.place(1998 - 2 * MAX_MISORDER - 1)).toBe('strange');
    expect(numbers.summary).toMatchObject({
      received: 4,
      expected: 103,
      lost: 99,
      late: 3,
      duplicates: 1,
      restarts: 0,
    });
  });

  it('come from before the first one seen, across the wrap', () => {
    const numbers = new Numbers();
    expect(numbers.placeAll(65_536, 65_535, 65_537)).toEqual(['first', 'early', 'next']);
    expect(numbers.summary).toMatchObject({ received: 3, expected: 3, lost: 0, late: 1 });
  });

  it('jump ahead below MAX_DROPOUT by loss, at it only with a second packet to say so', () => {
    const loss = new Numbers();
    expect(loss.placeAll(0, MAX_DROPOUT - 1)).toEqual(['first', 'ahead']);
    expect(loss.summary).toMatchObject({ received: 2, lost: MAX_DROPOUT - 2 });

    const jump = new Numbers();
    expect(jump.placeAll(0, MAX_DROPOUT)).toEqual(['first', 'strange']);
    expect(jump.summary).toMatchObject({ received: 1, expected: 1, lost: 0 });
    expect(jump.place(1)).toBe('next');
    expect(jump.summary).toMatchObject({ received: 2, expected: 2, lost: 0 });
  });

  it('begin anew with two in sequence (A.1), the first of them counted as well', () => {
    const numbers = new Numbers();
    expect(numbers.placeAll(100, 101, 103, 20_000, 20_001, 20_002)).toEqual([
      ...['first', 'next', 'ahead', 'strange', 'restarted', 'next'],
    ]);
    expect(numbers.summary).toMatchObject({ received: 6, expected: 4 + 3, lost: 1, restarts: 1, duplicates: 0 });
  });

  it('begin anew below, by their timestamps, though the numbers came before', () => {
    const numbers = new Numbers();
    for (let number = 0; number < 50; number++) numbers.place(number);
    expect(numbers.place(10, 60 * 160)).toBe('strange');
    expect(numbers.place(11, 61 * 160)).toBe('restarted');
    expect(numbers.place(12, 62 * 160)).toBe('next');
    expect(numbers.summary).toMatchObject({ received: 53, expected: 53, lost: 0, restarts: 1, duplicates: 0 });
  });

  it('begin anew with 0 after 65535 lost nothing', () => {
    const numbers = new Numbers();
    numbers.placeAll(40_000, 40_001);
    expect(numbers.placeAll(0, 1).map(String)).toEqual(['strange', 'restarted']);
    expect(numbers.summary).toMatchObject({ expected: 4, lost: 0, restarts: 1 });
  });

  it('go on after an outage that had room for what is missing', () => {
    const numbers = new Numbers();
    numbers.placeAll(0, 1);
    // 5000 packets of 20 ms are 100 s.
    expect(numbers.place(5001, 5001 * 160, 100e9)).toBe('strange');
    expect(numbers.place(5002, 5002 * 160, 100.02e9)).toBe('ahead');
    expect(numbers.summary).toMatchObject({ received: 4, expected: 5003, lost: 4999, restarts: 0 });
  });

  it('begin anew where the silence had no room for what would be missing', () => {
    const numbers = new Numbers();
    numbers.placeAll(0, 1);
    expect(numbers.placeAll(15_001, 15_002)).toEqual(['strange', 'restarted']);
    expect(numbers.summary).toMatchObject({ received: 4, expected: 4, lost: 0, restarts: 1 });
  });

  it('lie half the space away: neither ahead nor behind, and no crash', () => {
    const numbers = new Numbers();
    expect(numbers.placeAll(100, 100 + 0x8000)).toEqual(['first', 'strange']);
    expect(numbers.placeAll(101, 102)).toEqual(['next', 'next']);
    expect(numbers.summary).toMatchObject({ received: 3, expected: 3, lost: 0 });
  });

  it('are summed up the same however often they are asked for', () => {
    const numbers = new Numbers();
    numbers.placeAll(1, 2, 5, 8, 6, 30);
    const once = numbers.summary;
    expect(numbers.summary).toEqual(once);
    numbers.placeAll(7, 31);
    expect(numbers.summary).toMatchObject({ received: 8, lost: 31 - 8, late: 2 });
  });
});

describe('the numbering of a stream', () => {
  const afterOutage = (seconds: number, lost: number) => [
    ...steady(500),
    ...steady(100, 1500 + lost, 500 * 20e6 + seconds * 1e9),
  ];

  it('counts a long outage as loss', () => {
    const stream = measured(afterOutage(200, 10_000));
    expect(stream).toMatchObject({ packets: 600, lost: 10_000, expected: 10_600, restarts: 0 });
    expect(stream.series.lost.reduce((sum, lost) => sum + lost)).toBe(10_000);
    expect(stream.series.packets.reduce((sum, packets) => sum + packets)).toBe(600);
  });

  it('counts a jump in numbers and timestamps, at once, as a restart', () => {
    const stream = measured([...steady(500), ...steady(100, 41_500, 500 * 20e6)]);
    expect(stream).toMatchObject({ packets: 600, lost: 0, expected: 600, restarts: 1, jitterMs: { max: 0 } });
  });
});
