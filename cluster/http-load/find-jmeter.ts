import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A JMeter that was named, and is not there. */
export class JmeterError extends Error {
  override readonly name = 'JmeterError';
  readonly hint = 'Give the path of the program jmeter, or off.';
}

/**
 * Which JMeter runs the HTTP load: the one that is named, the one of `RTCSCOPE_JMETER`, or the first in `PATH`. `off` names none.
 *
 * @returns null where it is not installed, or not wanted.
 * @throws JmeterError where what was named is no program.
 */
export function findJmeter(named?: string, environment = process.env): string | null {
  const chosen = named ?? environment['RTCSCOPE_JMETER'] ?? '';
  if (chosen === 'off') return null;
  if (chosen !== '') {
    if (isProgram(chosen)) return chosen;
    throw new JmeterError(
      `${named === undefined ? 'RTCSCOPE_JMETER' : '--jmeter'}: ${JSON.stringify(chosen).slice(1, -1)} is no program`,
    );
  }
  const folders = (environment['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'jmeter')).find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
