import { readdirSync } from 'node:fs';

/*
 * Patterns of file names: `*`, `?`, `[a-z]`, `[!a-z]` within a name, `**` for any depth of folders, `{a,b}` for either.
 * A shell that expands them first never lets them come here; quoted ones, and those of Windows, do. Node 20 has no glob.
 */

/** Branches of braces and folders below one pattern that are looked at, at most. */
const MOST_ALTERNATIVES = 1024;
const DEEPEST_FOLDER = 32;

export function isPattern(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** @returns the paths that match, sorted by name; folders and files alike, hidden ones only where the pattern names them. */
export function matchingPaths(pattern: string): string[] {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const absolute = alternative.startsWith('/');
    const segments = alternative.split('/').filter((segment) => segment !== '');
    descend(absolute ? '/' : '', segments, 0, found, 0);
  }
  return [...found].sort();
}

/**
 * As {@link matchingPaths}, for names that are no files: whether a whole name matches. A name that begins with a dot is not hidden there.
 */
export function patternMatcher(pattern: string): (name: string) => boolean {
  const alternatives = expandBraces(pattern).map((alternative) => {
    const segments = alternative.split('/');
    return segments.map((segment) => (segment === '**' ? null : segmentExpression(segment)));
  });
  return (name) => {
    const parts = name.split('/');
    return alternatives.some((expressions) => matches(expressions, parts));
  };
}

/** @param expressions one a folder, null for any number of folders. */
function matches(expressions: readonly (RegExp | null)[], parts: readonly string[]): boolean {
  // Row by row of the table that says which beginnings match: no pattern takes longer than its size times the name's.
  let reached = new Set([0]);
  for (const expression of expressions) {
    const next = new Set<number>();
    for (const at of reached) {
      if (expression === null) for (let to = at; to <= parts.length; to++) next.add(to);
      else if (at < parts.length && expression.test(parts[at])) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(parts.length);
}

function descend(folder: string, segments: readonly string[], index: number, found: Set<string>, depth: number): void {
  const segment = segments[index];
  if (segment === undefined) {
    if (folder !== '') found.add(folder);
    return;
  }
  if (segment === '**') {
    descend(folder, segments, index + 1, found, depth);
    if (depth >= DEEPEST_FOLDER) return;
    for (const entry of entriesOf(folder)) {
      // Links are not followed: they could lead round in a circle.
      if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
      descend(join(folder, entry.name), segments, index, found, depth + 1);
    }
    return;
  }
  if (!isPattern(segment)) {
    const last = index === segments.length - 1;
    const known = segment === '.' || segment === '..' || entriesOf(folder).some((entry) => entry.name === segment);
    if (known) descend(join(folder, segment), segments, last ? segments.length : index + 1, found, depth);
    return;
  }
  const expression = segmentExpression(segment);
  for (const entry of entriesOf(folder)) {
    if (entry.name.startsWith('.') && !segment.startsWith('.')) continue;
    if (expression.test(entry.name)) descend(join(folder, entry.name), segments, index + 1, found, depth);
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true });
  } catch {
    // Not a folder, or not ours to read: nothing in it matches.
    return [];
  }
}

function join(folder: string, name: string): string {
  return folder === '' || folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function segmentExpression(segment: string): RegExp {
  let source = '';
  for (let at = 0; at < segment.length; at++) {
    const character = segment[at];
    const close = character === '[' ? segment.indexOf(']', at + 2) : -1;
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (close > 0) {
      const members = segment.slice(at + 1, close).replace(/[\\\]^]/g, '\\$&');
      source += `[${members.replace(/^(!|\\\^)/, '^')}]`;
      at = close;
    } else source += character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    // A class such as [z-a]: nothing is in it.
    return /(?!)/;
  }
}

function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  while (open.length > 0 && open.length + done.length < MOST_ALTERNATIVES) {
    const text = open.pop() as string;
    // The innermost braces first, so that nested ones come out right.
    const match = /\{([^{}]*,[^{}]*)\}/.exec(text);
    if (match === null) done.push(text);
    else {
      for (const part of match[1].split(',')) {
        open.push(text.slice(0, match.index) + part + text.slice(match.index + match[0].length));
      }
    }
  }
  return done;
}
