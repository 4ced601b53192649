import type { PartialAnalysis } from './partial-analysis.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?Z$/;

/**
 * Writes all times with as many decimal places as the finest of them has, as one analysis of all captures does: times of different
 * lengths cannot be compared as text.
 */
export function withEqualDigits(partials: readonly PartialAnalysis[]): readonly PartialAnalysis[] {
  const digits = partials.map(digitsOf);
  const most = Math.max(...digits);
  return partials.map((partial, place) =>
    digits[place] === most
      ? partial
      : { ...partial, analysis: lengthened(partial.analysis, most) as typeof partial.analysis },
  );
}

function digitsOf({ analysis }: PartialAnalysis): number {
  return Math.max(0, ...analysis.captures.map(({ startTime }) => TIME.exec(startTime ?? '')?.[1]?.length ?? 0));
}

function lengthened(value: unknown, digits: number): unknown {
  if (typeof value === 'string') {
    const time = TIME.exec(value);
    if (time === null) return value;
    return `${value.slice(0, 19)}.${(time[1] ?? '').padEnd(digits, '0')}Z`;
  }
  // Columns of numbers are long, and hold none.
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map((one) => lengthened(one, digits));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, lengthened(one, digits)]));
}
