import { FilterSyntaxError, visibleExcerpt } from './filter-error.ts';
import type { Condition } from './subject.ts';
import type { Token } from './tokens.ts';

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** What a field can be asked: to stand in a relation to a value, or within a range. */
export interface Field {
  compare(operator: Operator, value: Token): Condition;
  within(from: Token, to: Token): Condition;
}

/** @param order below, at or above 0 as the value lies below, at or above the one that it is compared with. */
export function relates(order: number, operator: Operator): boolean {
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Reads a whole number, decimal or hexadecimal. */
export function numberOf({ text, position }: Token, highest: number): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value))
    throw new FilterSyntaxError(`"${visibleExcerpt(text)}" is no whole number (write 96 or 0x60)`, position);
  if (value > highest) throw new FilterSyntaxError(`${text} is too large: at most ${highest}`, position);
  return value;
}
