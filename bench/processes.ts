import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A whole process to time: what a person would type, standard output thrown away. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** File for standard input, or a command whose output is piped into it; nothing otherwise. */
  readonly input?: string | Command;
}

/** True where the program can be started at all. */
export function isInstalled(program: string, probe = '--version'): boolean {
  return spawnSync(program, [probe], { stdio: 'ignore' }).error === undefined;
}

function words(command: Command): string[] {
  return [command.program, ...command.args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
}

/** As one line for the shell: only there is a pipe a pipe, where Node would put a socket between two processes. */
function shellLine(command: Command): string {
  const line = words(command).join(' ');
  if (command.input === undefined) return `${line} </dev/null`;
  if (typeof command.input === 'string') return `${line} <'${command.input}'`;
  return `${shellLine(command.input)} | ${line}`;
}

/**
 * Runs to the end.
 * @returns wall-clock seconds.
 * @throws where the command cannot be started or fails, with what it wrote to standard error.
 */
export function timeProcess(command: Command, environment: NodeJS.ProcessEnv = {}): Promise<number> {
  const piped = typeof command.input === 'object';
  const [program, args] = piped
    ? ['sh', ['-c', `${shellLine(command)} >/dev/null`]]
    : ['sh', ['-c', `exec ${shellLine(command)} >/dev/null`]];
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let complaint = '';
    child.stderr.on('data', (text) => {
      complaint = (complaint + text).slice(-2000);
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve((performance.now() - begin) / 1000);
      else reject(new Error(`${words(command).join(' ')} ended with ${status}: ${complaint.trim()}`));
    });
  });
}

/** Runs a command of Node.js to the end. @returns the most memory it ever had resident, in MiB, as the kernel counted it. */
export async function peakMemoryMiB(command: Command): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'peak');
  const probe = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(process.env.BENCH_PEAK_FILE, String(process.resourceUsage().maxRSS)));`;
  try {
    await timeProcess(
      { ...command, args: ['--import', `data:text/javascript,${encodeURIComponent(probe)}`, ...command.args] },
      { BENCH_PEAK_FILE: file },
    );
    return Number(readFileSync(file, 'utf8')) / 1024;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a command of Node.js to the end. @returns what it took: CPU time of all its threads, and most memory resident. */
export async function processUse(command: Command): Promise<{ cpuSeconds: number; peakMiB: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'use');
  const probe = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(process.env.BENCH_USE_FILE, JSON.stringify(process.resourceUsage())));`;
  try {
    await timeProcess(
      { ...command, args: ['--import', `data:text/javascript,${encodeURIComponent(probe)}`, ...command.args] },
      { BENCH_USE_FILE: file },
    );
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(file, 'utf8'));
    return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMiB: maxRSS / 1024 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Times several commands in alternation, so that what else the machine does meets them all alike.
 * @returns the median seconds of each.
 */
export async function timeAlternating(
  commands: Readonly<Record<string, Command | null>>,
  rounds: number,
  note: (text: string) => void,
): Promise<Record<string, number | null>> {
  const seconds = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const [name, command] of Object.entries(commands)) {
      if (command === null) continue;
      note(`round ${round} of ${rounds}: ${name}`);
      const taken = seconds.get(name) ?? [];
      taken.push(await timeProcess(command));
      seconds.set(name, taken);
    }
  }
  return Object.fromEntries(Object.keys(commands).map((name) => [name, median(seconds.get(name) ?? [])]));
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
