/** Objects after each other beyond these are not read: a watch of a day has fewer. */
const MOST_DOCUMENTS = 200_000;

/**
 * The JSON values of a text that holds one, or several after each other, as `kubectl -w -o json` prints them.
 *
 * @returns null where the text is no such thing; a last value that is cut off is left out and counted.
 */
export function jsonDocuments(text: string): { documents: unknown[]; cut: number } | null {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return null;
  try {
    return { documents: [JSON.parse(trimmed)], cut: 0 };
  } catch {
    // Several, or damaged.
  }
  const documents: unknown[] = [];
  let depth = 0;
  let begin = -1;
  let inString = false;
  for (let at = 0; at < trimmed.length && documents.length < MOST_DOCUMENTS; at++) {
    const character = trimmed.charCodeAt(at);
    if (inString) {
      if (character === 0x5c) at++;
      else if (character === 0x22) inString = false;
      continue;
    }
    if (character === 0x22) inString = true;
    else if (character === 0x7b || character === 0x5b) {
      if (depth++ === 0) begin = at;
    } else if (character === 0x7d || character === 0x5d) {
      if (--depth < 0) return null;
      if (depth > 0) continue;
      try {
        documents.push(JSON.parse(trimmed.slice(begin, at + 1)));
      } catch {
        return documents.length === 0 ? null : { documents, cut: 1 };
      }
    }
  }
  return documents.length === 0 ? null : { documents, cut: depth > 0 ? 1 : 0 };
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of a member of ...; undefined where one on the way is missing. */
export function member(value: unknown, ...names: readonly string[]): unknown {
  let at = value;
  for (const name of names) {
    if (!isObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

export function textMember(value: unknown, ...names: readonly string[]): string | null {
  const found = member(value, ...names);
  return typeof found === 'string' ? found : null;
}
