import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Public captures with known truth stand beside the project, not in it; `RTCSCOPE_SHARED_CAPTURES` names another place. */
const folder =
  process.env['RTCSCOPE_SHARED_CAPTURES'] ?? fileURLToPath(new URL('../../shared/captures/', import.meta.url));

/** The reason why tests on shared captures are skipped, for their names; empty where the captures are there. */
export const missingCaptures = existsSync(folder) ? '' : ` (SKIPPED: no shared captures at ${folder})`;

/** @returns the path of a shared capture, null where it is absent. */
export function sharedCapture(path: string): string | null {
  const full = resolve(folder, path);
  return existsSync(full) ? full : null;
}
