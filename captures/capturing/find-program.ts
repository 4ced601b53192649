import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packet tools lie that a user's PATH may leave out. */
const MORE_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/local/bin'];

/** @returns the path of a program that this user may run, null where there is none. */
export function findProgram(name: string): string | null {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS]) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here, or not for us.
    }
  }
  return null;
}
