import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { endWithUs } from '../../../captures/index.ts';

/** How the running program is started once more, such as `['node', 'main.js']`. */
export type ProgramCommand = readonly string[];

/** A role that talks without end does not fill the disk. */
const MOST_LOG_BYTES = 64 * 1024 * 1024;

/** A process that we started, and end. Its output goes to a file. */
export class RoleProcess {
  readonly name: string;
  /** Resolves with what it ended by, also where it could not be started. */
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>;
  readonly #child: ChildProcess;
  #running = true;

  constructor(
    name: string,
    command: readonly string[],
    options: { readonly logFile?: string; readonly environment?: Readonly<Record<string, string>> } = {},
  ) {
    this.name = name;
    this.#child = spawn(command[0], command.slice(1), {
      // Through us: a process that writes to a full disk itself dies of it.
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.environment },
      // Ctrl-C at the terminal goes to us alone: what we started ends in the order that we choose.
      detached: true,
    });
    endWithUs(this.#child);
    keepLog(options.logFile ?? null, [this.#child.stdout!, this.#child.stderr!]);
    this.ended = new Promise((resolve) => {
      this.#child.once('error', () => resolve({ status: null, signal: null }));
      this.#child.once('exit', (status, signal) => resolve({ status, signal }));
    });
    void this.ended.then(() => {
      this.#running = false;
    });
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#running;
  }

  signal(name: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(name);
  }

  /** Asks it to end, waits so long, and ends it. */
  async stop(graceMs: number, first: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.#running) return;
    this.#child.kill(first);
    // A process that was stopped handles no signal until it goes on.
    this.#child.kill('SIGCONT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }
}

/** Appends what streams bring to a file, until the disk is full. @param path null: it is read, and forgotten. */
function keepLog(path: string | null, streams: readonly Readable[]): void {
  let log: number | null = null;
  let bytes = 0;
  let open = streams.length;
  const close = () => {
    if (log !== null) closeSync(log);
    log = null;
  };
  const failed = (error: unknown) => {
    close();
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  };
  try {
    if (path !== null) log = openSync(path, 'a');
  } catch (error) {
    failed(error);
  }
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      if (log === null || (bytes += chunk.length) > MOST_LOG_BYTES) return;
      try {
        writeSync(log, chunk);
      } catch (error) {
        failed(error);
      }
    });
    stream.once('close', () => {
      if (--open === 0) close();
    });
  }
}
