import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type RunDescription, readDescription } from './run-directory.ts';

export interface ListedRun {
  readonly path: string;
  readonly description: RunDescription;
}

/** Runs in a folder, oldest first. */
export function listRuns(folder: string): ListedRun[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ path: join(folder, name), description: readDescription(join(folder, name)) }))
    .filter((run): run is ListedRun => run.description !== null)
    .toSorted((a, b) => (a.description.startTime < b.description.startTime ? -1 : 1));
}
