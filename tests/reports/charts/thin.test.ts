import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thin } from '../../../reports/charts/thin.ts';

const columns = fc.array(fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null }), { maxLength: 400 });

describe('thin', () => {
  it('leaves a short column as it is', () => {
    expect(thin([1, null, 3], 3)).toEqual({ windows: [0, 1, 2], values: [1, null, 3] });
  });

  it('keeps the smallest and the largest of each part, in their order', () => {
    expect(thin([5, 1, 9, 5, 5, 2, 3, 4], 4)).toEqual({ windows: [1, 2, 4, 5], values: [1, 9, 5, 2] });
  });

  it('keeps a part without values as one gap', () => {
    expect(thin([5, 5, 5, null, null, null, null, null, null, 7, 7, 7], 8)).toEqual({
      windows: [0, 3, 6, 9],
      values: [5, null, null, 7],
    });
  });

  it('keeps the extremes, the order and the promise about size, whatever comes in', () => {
    fc.assert(
      fc.property(columns, fc.integer({ min: 2, max: 60 }), (column, points) => {
        const { windows, values } = thin(column, points);
        expect(values.length).toBeLessThanOrEqual(Math.max(points, 2));
        expect(windows).toEqual([...new Set(windows)].sort((a, b) => a - b));
        expect(values).toEqual(windows.map((window) => column[window]));
        const known = column.filter((value) => value !== null);
        const kept = values.filter((value) => value !== null);
        if (known.length > 0) {
          expect(Math.max(...kept)).toBe(Math.max(...known));
          expect(Math.min(...kept)).toBe(Math.min(...known));
        }
      }),
    );
  });
});
