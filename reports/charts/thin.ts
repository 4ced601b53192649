/** Part of a column: the windows kept, and their values. */
export interface ThinnedColumn {
  readonly windows: readonly number[];
  readonly values: readonly (number | null)[];
}

/**
 * At most about `points` entries of a column, such that its picture keeps every peak and every dip: of each of equal
 * parts the smallest and the largest value stay, in their order, and a part without any value stays as one gap.
 */
export function thin(column: readonly (number | null)[], points: number): ThinnedColumn {
  if (column.length <= points) return { windows: column.map((_, window) => window), values: [...column] };
  const windows: number[] = [];
  const values: (number | null)[] = [];
  const parts = Math.max(1, Math.floor(points / 2));
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * column.length) / parts);
    const to = Math.floor(((part + 1) * column.length) / parts);
    let lowest = -1;
    let highest = -1;
    for (let window = from; window < to; window++) {
      const value = column[window];
      if (value === null) continue;
      if (lowest < 0 || value < (column[lowest] as number)) lowest = window;
      if (highest < 0 || value > (column[highest] as number)) highest = window;
    }
    const kept = lowest < 0 ? [from] : [...new Set([lowest, highest])].sort((a, b) => a - b);
    for (const window of kept) {
      windows.push(window);
      values.push(column[window]);
    }
  }
  return { windows, values };
}
