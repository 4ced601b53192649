import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamTable } from '../../../analyzers/rtp/stream-table.ts';

describe('the table of streams', () => {
  it('knows a stream by flow and SSRC, whatever the sign of the number', () => {
    const table = new StreamTable();
    expect(table.find(0, 5)).toBe(-1);
    expect([table.add(0, 5), table.add(1, 5), table.add(0, 0xfffffffe)]).toEqual([0, 1, 2]);
    expect([
      table.find(0, 5),
      table.find(1, 5),
      table.find(0, -2),
      table.find(0, 0xfffffffe),
      table.find(2, 5),
    ]).toEqual([...[0, 1, 2, 2, -1]]);
    expect([table.flow(2), table.ssrc(2)]).toEqual([0, 0xfffffffe]);
  });

  it('gives the row of a released stream to the next one', () => {
    const table = new StreamTable();
    table.add(0, 1);
    table.add(0, 2);
    table.release(0);
    expect([table.isLive(0), table.isLive(1), table.find(0, 1), table.find(0, 2)]).toEqual([false, true, -1, 1]);
    expect(table.add(3, 9)).toBe(0);
    expect([table.find(3, 9), table.find(0, 2), table.find(0, 1), table.rows]).toEqual([0, 1, -1, 2]);
  });

  it('finds what is there and nothing else, after any order of adding and releasing', () => {
    const step = fc.record({ flow: fc.nat(5), ssrc: fc.nat(200), release: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 800 }), (steps) => {
        const table = new StreamTable();
        const model = new Map<string, number>();
        for (const { flow, ssrc, release } of steps) {
          const key = `${flow} ${ssrc}`;
          const row = model.get(key);
          expect(table.find(flow, ssrc)).toBe(row ?? -1);
          if (row === undefined) model.set(key, table.add(flow, ssrc));
          else if (release) {
            table.release(row);
            model.delete(key);
          }
        }
        expect(new Set(model.values()).size).toBe(model.size);
        for (let flow = 0; flow <= 6; flow++) {
          for (let ssrc = 0; ssrc <= 200; ssrc++) {
            expect(table.find(flow, ssrc)).toBe(model.get(`${flow} ${ssrc}`) ?? -1);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
