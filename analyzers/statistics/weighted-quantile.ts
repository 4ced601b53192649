/** 50th and 95th percentile and the largest of weighted values. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * @param values paired with `weights`; null values and those without weight are left out.
 * @returns null where nothing is left.
 */
export function spreadOf(values: readonly (number | null)[], weights: readonly number[]): Spread | null {
  const known: { value: number; weight: number }[] = [];
  let total = 0;
  for (const [place, value] of values.entries()) {
    const weight = weights[place];
    if (value === null || !Number.isFinite(value) || !(weight > 0)) continue;
    known.push({ value, weight });
    total += weight;
  }
  if (known.length === 0) return null;
  known.sort((a, b) => a.value - b.value);
  const at = (share: number) => {
    let sum = 0;
    for (const { value, weight } of known) {
      sum += weight;
      // A hair less than the share, since sums of weights are not exact.
      if (sum >= share * total * (1 - 1e-12)) return value;
    }
    return known[known.length - 1].value;
  };
  return { p50: at(0.5), p95: at(0.95), max: known[known.length - 1].value };
}

/** Mean of weighted values; null where nothing has both. */
export function weightedMean(values: readonly (number | null)[], weights: readonly number[]): number | null {
  let sum = 0;
  let total = 0;
  for (const [place, value] of values.entries()) {
    if (value === null || !(weights[place] > 0)) continue;
    sum += value * weights[place];
    total += weights[place];
  }
  return total > 0 ? sum / total : null;
}
