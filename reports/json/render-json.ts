import type { Analysis } from '../../analyzers/index.ts';
import { analysisShape, membersInOrder, type Shape, shapeOfItems } from './member-order.ts';

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
  for (const piece of pieces(analysis, analysisShape, '\n')) {
    chunk += piece;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  yield `${chunk}\n`;
}

/**
 * The text of a value, bit by bit: what stands in a list, such as a stream, is one piece.
 *
 * @param newline the line's end, and what the value's own line is indented by.
 */
function* pieces(value: unknown, shape: Shape | undefined, newline: string): Generator<string, void, undefined> {
  const inner = `${newline}  `;
  let before: string;
  if (typeof value !== 'object' || value === null) {
    yield textOf(value, shape, newline);
  } else if (!Array.isArray(value)) {
    before = '{';
    for (const member of membersInOrder(value, shape)) {
      yield `${before}${inner}${member.quoted}: `;
      yield* pieces(value[member.name as keyof typeof value], member.shape, inner);
      before = ',';
    }
    yield before === '{' ? '{}' : `${newline}}`;
  } else if (!holdsObjects(value)) {
    yield JSON.stringify(value);
  } else {
    before = '[';
    for (const item of value) {
      yield `${before}${inner}${textOf(item, shapeOfItems(shape), inner)}`;
      before = ',';
    }
    yield `${newline}]`;
  }
}

function textOf(value: unknown, shape: Shape | undefined, newline: string): string {
  // What is not finite is not known, and JSON has no word for it but null.
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const inner = `${newline}  `;
  if (!Array.isArray(value)) {
    let text = '{';
    for (const { name, quoted, shape: ofMember } of membersInOrder(value, shape)) {
      const member = textOf(value[name as keyof typeof value], ofMember, inner);
      text += text.length === 1 ? `${inner}${quoted}: ${member}` : `,${inner}${quoted}: ${member}`;
    }
    return text.length === 1 ? '{}' : `${text}${newline}}`;
  }
  if (!holdsObjects(value)) return JSON.stringify(value);
  const items = shapeOfItems(shape);
  let text = '[';
  for (const item of value) text += `${text.length === 1 ? '' : ','}${inner}${textOf(item, items, inner)}`;
  return `${text}${newline}]`;
}

/** Lists are of one kind, but for what is not known in them. */
function holdsObjects(values: readonly unknown[]): boolean {
  let at = 0;
  while (at < values.length && values[at] === null) at++;
  return typeof values[at] === 'object';
}
