import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** How the running program is started once more, such as `['node', 'main.js']`. */
export type ProgramCommand = readonly string[];

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
    const log = options.logFile === undefined ? null : openSync(options.logFile, 'a');
    this.#child = spawn(command[0], command.slice(1), {
      stdio: ['ignore', log ?? 'ignore', log ?? 'ignore'],
      env: { ...process.env, ...options.environment },
      // Ctrl-C at the terminal goes to us alone: what we started ends in the order that we choose.
      detached: true,
    });
    if (log !== null) closeSync(log);
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
