import type { Analysis } from '../../analyzers/index.ts';
import { analysisShape, membersInOrder, type Shape, shapeOfItems, shapeOfMember } from './member-order.ts';

/** A chunk is handed out once it is this long: few writes, and never the whole text in memory. */
const CHUNK_CHARACTERS = 1 << 16;

/** The analysis as `docs/analysis.schema.json` describes it, ending with a newline. */
export function renderJson(analysis: Analysis): string {
  return [...jsonChunks(analysis)].join('');
}

/**
 * The same in pieces, for analyses whose text is larger than one wants to hold. Objects are indented, arrays of numbers
 * and strings stand on one line: a person can read it, and a series does not take a line a second.
 */
export function* jsonChunks(analysis: Analysis): Generator<string, void, undefined> {
  let chunk = '';
  for (const token of tokens(analysis, analysisShape, '\n')) {
    chunk += token;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  yield `${chunk}\n`;
}

function* tokens(value: unknown, shape: Shape | undefined, newline: string): Generator<string, void, undefined> {
  if (typeof value !== 'object' || value === null) {
    // What is not finite is not known, and JSON has no word for it but null.
    yield JSON.stringify(value) ?? 'null';
  } else if (Array.isArray(value)) {
    yield* arrayTokens(value, shapeOfItems(shape), newline);
  } else {
    const names = membersInOrder(value, shape).filter((name) => value[name as keyof typeof value] !== undefined);
    if (names.length === 0) return yield '{}';
    const inner = `${newline}  `;
    let before = '{';
    for (const name of names) {
      yield `${before}${inner}${JSON.stringify(name)}: `;
      yield* tokens(value[name as keyof typeof value], shapeOfMember(shape, name), inner);
      before = ',';
    }
    yield `${newline}}`;
  }
}

function* arrayTokens(
  values: readonly unknown[],
  shape: Shape | undefined,
  newline: string,
): Generator<string, void, undefined> {
  if (values.every((value) => typeof value !== 'object' || value === null)) return yield JSON.stringify(values);
  const inner = `${newline}  `;
  let before = '[';
  for (const value of values) {
    yield before + inner;
    yield* tokens(value, shape, inner);
    before = ',';
  }
  yield `${newline}]`;
}
