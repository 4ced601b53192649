import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyTable } from '../../../analyzers/index.ts';

describe('a table of keys', () => {
  it('numbers keys as a map would, up to its limit', () => {
    const part = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer());
    fc.assert(
      fc.property(
        fc.array(fc.tuple(part, part, part), { maxLength: 300 }),
        fc.integer({ min: 1, max: 200 }),
        (keys, limit) => {
          const table = new KeyTable(limit);
          const model = new Map<string, number>();
          for (const key of keys) {
            const name = key.join();
            if (!model.has(name) && model.size < limit) model.set(name, model.size);
            expect(table.intern(...key)).toBe(model.get(name) ?? -1);
            expect(table.find(...key)).toBe(model.get(name) ?? -1);
          }
          expect(table.size).toBe(model.size);
        },
      ),
    );
  });

  it('takes an SSRC as signed or unsigned alike', () => {
    const table = new KeyTable(10);
    expect(table.intern(1, 0xffffffff, 0)).toBe(table.intern(1, -1, 0));
  });
});
