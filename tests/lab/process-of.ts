import { readdirSync, readFileSync } from 'node:fs';

/** The process that was started with a word in its command line, by `/proc`. @throws where there is not exactly one. */
export function processOf(word: string): number {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        return false;
      }
    });
  if (found.length !== 1) throw new Error(`${found.length} processes with ${word}`);
  return Number(found[0]);
}
