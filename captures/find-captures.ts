import { readdirSync, type Stats, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openCapture } from './open-capture.ts';
import { CaptureInputError, inputErrorOf, shownName } from './sources/capture-input-error.ts';
import { isPattern, matchingPaths } from './sources/glob.ts';
import { isStorageName } from './storage/storage-name.ts';

/**
 * The captures that names stand for, each once:
 *
 * - a file is itself, and `-` standard input;
 * - a folder is the files in it (not in folders below, as in Wireshark) that are captures by their content, by name;
 * - a pattern (`*`, `?`, `[a-z]`, `**`, `{a,b}`) is the files that match it, by name, as a shell would have it. Where a
 *   file has the pattern for its name, it is that file.
 * - a name that begins with `s3://` is all that of objects in a bucket.
 *
 * @throws CaptureInputError where a name stands for nothing.
 */
export async function findCaptures(names: readonly string[]): Promise<string[]> {
  const found = new Map<string, string>();
  for (const name of names) {
    for (const path of await capturesOf(name)) {
      const key = path === '-' || isStorageName(path) ? path : resolve(path);
      if (!found.has(key)) found.set(key, path);
    }
  }
  return [...found.values()];
}

async function capturesOf(name: string): Promise<string[]> {
  if (name === '-') return [name];
  if (isStorageName(name)) {
    const { findInStorage } = await import('./storage/open-storage.ts');
    return findInStorage(name, isCapture);
  }
  const stats = statsOf(name);
  if (stats === null) {
    if (isPattern(name)) return filesMatching(name);
    throw inputErrorOf(Object.assign(new Error('no such file'), { code: 'ENOENT' }), name);
  }
  return stats.isDirectory() ? capturesIn(name) : [name];
}

/** @returns null where there is nothing of this name. */
function statsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    const inputError = inputErrorOf(error, path);
    if (inputError instanceof CaptureInputError && inputError.code === 'not-found') return null;
    throw inputError;
  }
}

function filesMatching(pattern: string): string[] {
  const paths = matchingPaths(pattern).filter((path) => statsOf(path)?.isDirectory() === false);
  if (paths.length > 0) return paths;
  const hint = 'Quote the pattern, or check the folder you are in.';
  throw new CaptureInputError('no-match', `${shownName(pattern)}: no file matches`, hint);
}

async function capturesIn(folder: string): Promise<string[]> {
  const captures: string[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    if (statsOf(path)?.isFile() && (await isCapture(path))) captures.push(path);
  }
  if (captures.length > 0) return captures;
  throw new CaptureInputError(
    'no-captures-in-folder',
    `${shownName(folder)}: no captures in this folder`,
    'Folders below it are not searched: name them, or use a pattern such as FOLDER/**/*.pcapng.',
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw inputErrorOf(error, folder);
  }
}

async function isCapture(path: string): Promise<boolean> {
  try {
    const capture = await openCapture(path, { windowBytes: 4096 });
    await capture.close();
    return true;
  } catch (error) {
    if (error instanceof CaptureInputError && (error.code === 'not-a-capture' || error.code === 'is-empty'))
      return false;
    throw error;
  }
}
