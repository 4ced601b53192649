import { CompiledFilter } from './compiled-filter.ts';
import type { Field, Operator } from './field.ts';
import { FIELDS, PROTOCOLS } from './fields.ts';
import { type FilterError, FilterSyntaxError, visibleExcerpt } from './filter-error.ts';
import { allOf, anyOf, type Condition, negated } from './subject.ts';
import { didYouMean } from './suggestions.ts';
import { type Token, tokenize } from './tokens.ts';

/*
 * or   := and { ("||" | "or") and }          and := not { ("&&" | "and") not }       not := { "!" | "not" } unit
 * unit := "(" or ")"  |  protocol  |  field operator value  |  field ["not"] "in" "{" value [".." value] , ... "}"
 */
const LONGEST_TEXT = 10_000;
const DEEPEST = 100;

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['==', '=='],
  ['eq', '=='],
  ['!=', '!='],
  ['ne', '!='],
  ['<', '<'],
  ['lt', '<'],
  ['<=', '<='],
  ['le', '<='],
  ['>', '>'],
  ['gt', '>'],
  ['>=', '>='],
  ['ge', '>='],
]);

/** Compiles a filter in the manner of Wireshark's display filters. Nothing of the text is ever run as code. */
export function parseFilter(text: string): CompiledFilter | FilterError {
  try {
    if (text.length > LONGEST_TEXT) throw new FilterSyntaxError('the filter is too long', LONGEST_TEXT);
    if (text.trim() === '') throw new FilterSyntaxError('the filter is empty', 0);
    return new CompiledFilter(text, new Parser(tokenize(text)).parse());
  } catch (error) {
    if (error instanceof FilterSyntaxError) return { error: error.message, position: error.position };
    throw error;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Condition {
    const condition = this.#or();
    const { type, text, position } = this.#next;
    if (type !== 'end')
      throw new FilterSyntaxError(
        `"${visibleExcerpt(text)}" is not expected here: join conditions by && or ||`,
        position,
      );
    return condition;
  }

  get #next(): Token {
    return this.#tokens[this.#at];
  }

  #accept(...texts: readonly string[]): boolean {
    const { type, text } = this.#next;
    if (type === 'string' || type === 'end' || !texts.includes(text.toLowerCase())) return false;
    this.#at++;
    return true;
  }

  #or(): Condition {
    const conditions = [this.#and()];
    while (this.#accept('||', 'or')) conditions.push(this.#and());
    return anyOf(conditions);
  }

  #and(): Condition {
    const conditions = [this.#not()];
    while (this.#accept('&&', 'and')) conditions.push(this.#not());
    return allOf(conditions);
  }

  #not(): Condition {
    const { position } = this.#next;
    if (++this.#depth > DEEPEST) throw new FilterSyntaxError('the filter is nested too deeply', position);
    const condition = this.#accept('!', 'not') ? negated(this.#not()) : this.#unit();
    this.#depth--;
    return condition;
  }

  #unit(): Condition {
    const start = this.#next.position;
    if (this.#accept('(')) {
      const condition = this.#or();
      if (!this.#accept(')')) throw new FilterSyntaxError('the ( is never closed', start);
      return condition;
    }
    const { type, text, position } = this.#next;
    if (type !== 'word') {
      const what = text === '' ? 'the filter ends' : `"${visibleExcerpt(text)}" stands`;
      throw new FilterSyntaxError(`${what} where a field such as ip.addr is expected`, position);
    }
    this.#at++;
    const field = FIELDS.get(text.toLowerCase());
    if (field !== undefined) return this.#comparison(text, field);
    const protocol = PROTOCOLS.get(text.toLowerCase());
    if (protocol !== undefined) return protocol;
    const names = [...FIELDS.keys(), ...PROTOCOLS.keys()];
    throw new FilterSyntaxError(`unknown field "${visibleExcerpt(text)}"${didYouMean(text, names)}`, position);
  }

  #comparison(name: string, field: Field): Condition {
    if (this.#accept('in')) return this.#set(field);
    if (this.#accept('not')) {
      if (!this.#accept('in')) throw new FilterSyntaxError('"not" after a field must be "not in"', this.#next.position);
      return negated(this.#set(field));
    }
    const { text, position } = this.#next;
    const operator = OPERATORS.get(text.toLowerCase());
    if (operator === undefined) {
      const hint = text === '=' ? ': write ==' : text === '' ? '' : `, not "${visibleExcerpt(text)}"`;
      throw new FilterSyntaxError(`${name} must be followed by ==, !=, <, <=, >, >= or in${hint}`, position);
    }
    this.#at++;
    return field.compare(operator, this.#value());
  }

  #set(field: Field): Condition {
    const { position } = this.#next;
    if (!this.#accept('{')) throw new FilterSyntaxError('a set in braces is expected: in {5004, 5006..5010}', position);
    const members: Condition[] = [];
    while (!this.#accept('}')) {
      if (members.length > 0) this.#accept(',');
      if (this.#next.type === 'end') throw new FilterSyntaxError('the { is never closed', position);
      members.push(this.#member(field));
    }
    if (members.length === 0) throw new FilterSyntaxError('the set is empty', position);
    return anyOf(members);
  }

  #member(field: Field): Condition {
    const value = this.#value();
    const dots = value.type === 'word' ? value.text.indexOf('..') : -1;
    if (dots < 0) return field.compare('==', value);
    const high = value.text.slice(dots + 2);
    const from: Token = { ...value, text: value.text.slice(0, dots) };
    // Blanks around the dots: `5006 .. 5010` is not read, `5006..5010` and `5006.. 5010` are.
    const to: Token = high === '' ? this.#value() : { ...value, text: high, position: value.position + dots + 2 };
    return field.within(from, to);
  }

  #value(): Token {
    const token = this.#next;
    if (token.type !== 'word' && token.type !== 'string') {
      throw new FilterSyntaxError(
        token.text === '' ? 'a value is missing' : `"${visibleExcerpt(token.text)}" is no value`,
        token.position,
      );
    }
    this.#at++;
    return token;
  }
}
