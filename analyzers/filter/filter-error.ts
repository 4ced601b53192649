/** What is wrong with a filter or threshold, in one line with a hint, and where (counted from 0). */
export interface FilterError {
  readonly error: string;
  readonly position: number;
}

/** Thrown inside the parsers only, to leave them from any depth. */
export class FilterSyntaxError extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/** For text that goes to a terminal in an error: one line of visible characters, not too long. */
export function visibleExcerpt(text: string): string {
  const visible = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return visible.length > 60 ? `${visible.slice(0, 60)}...` : visible;
}
