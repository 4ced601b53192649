import { FilterSyntaxError, visibleExcerpt } from './filter-error.ts';

export interface Token {
  /** `word` is a field, a number, an address, an operator in letters; `string` stood in quotes; `symbol` is any sign. */
  readonly type: 'word' | 'string' | 'symbol' | 'end';
  readonly text: string;
  readonly position: number;
}

const WORD = /[A-Za-z0-9_.:/%+-]+/y;
const SYMBOL = /&&|\|\||==|!=|>=|<=|[<>!(){},=]/y;
const BLANK = /\s+/y;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (expression: RegExp): string | null => {
    expression.lastIndex = at;
    return expression.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    const blank = take(BLANK);
    if (blank !== null) {
      at += blank.length;
      continue;
    }
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const close = text.indexOf(quote, at + 1);
      if (close < 0) throw new FilterSyntaxError(`the quote ${quote} is never closed`, at);
      tokens.push({ type: 'string', text: text.slice(at + 1, close), position: at });
      at = close + 1;
      continue;
    }
    const word = take(WORD);
    const found = word ?? take(SYMBOL);
    if (found === null)
      throw new FilterSyntaxError(
        `"${visibleExcerpt(String.fromCodePoint(text.codePointAt(at) as number))}" has no meaning here`,
        at,
      );
    tokens.push({ type: word === null ? 'symbol' : 'word', text: found, position: at });
    at += found.length;
  }
  tokens.push({ type: 'end', text: '', position: text.length });
  return tokens;
}
