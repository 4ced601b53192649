import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/**
 * Loads a script of the build with the code that V8 made of it when it was built (`code-cache.mjs`), which takes a third of
 * the time of compiling it. V8 refuses code of another version of its own, or of other flags, and compiles as ever.
 *
 * @param path a function expression over what CommonJS gives a module. It cannot `import()`, which V8 forgets with its cache.
 * @param cache the code, null to do without. @returns what the script exports, and the script.
 */
export function loadCompiled(path: string, cache: string | null): { exports: unknown; script: Script } {
  const script = new Script(readFileSync(path, 'latin1'), {
    filename: path,
    cachedData: cache === null ? undefined : bytesOf(cache),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return { exports: module.exports, script };
}

function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
