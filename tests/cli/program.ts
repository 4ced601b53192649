import { type ChildProcess, type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const samples = join(root, 'captures/samples');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a user meets it: a process of what `npm run build` makes of the code as it is now. */
export interface Program {
  readonly path: string;
  run(args: readonly string[], options?: SpawnSyncOptions): Outcome;
  start(args: readonly string[], options?: { cwd?: string; env?: NodeJS.ProcessEnv }): ChildProcess;
}

/** Builds the program before the tests of the file, to a folder that goes with them. */
export function builtProgram(): Program {
  const folder = join(root, 'out', `program-${process.pid}`);
  const path = join(folder, 'main.js');
  beforeAll(() => {
    const { status, stderr } = spawnSync(process.execPath, ['build.mjs', folder], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`build: ${stderr}`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path,
    run(args, options = {}) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
        ...{ encoding: 'utf8', cwd: root, maxBuffer: 1 << 28 },
        ...options,
      });
      return { status, stdout: String(stdout), stderr: String(stderr) };
    },
    start: (args, options = {}) => spawn(process.execPath, [path, ...args], { cwd: root, ...options, stdio: 'pipe' }),
  };
}
