import { type ChildProcess, type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
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
  start(args: readonly string[], options?: { cwd?: string }): ChildProcess;
}

/** Builds the program before the tests of the file, to a folder that goes with them. */
export function builtProgram(): Program {
  const folder = join(root, 'out', `program-${process.pid}`);
  const path = join(folder, 'main.js');
  beforeAll(() => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    // The same command with another place to write to, and without the part that empties the usual one.
    const command = (scripts.build as string)
      .replace(/^node -e .*? && (?=esbuild)/, '')
      .replaceAll('=dist', `=${folder}`);
    const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH']}` };
    const { status, stderr } = spawnSync(command, { shell: true, cwd: root, env, encoding: 'utf8' });
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
