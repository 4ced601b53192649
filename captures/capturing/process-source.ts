import { type ChildProcess, spawn } from 'node:child_process';
import { StreamSource } from '../sources/stream-source.ts';
import { endWithUs } from './end-with-us.ts';
import type { LiveCaptureError, LiveCounts, LiveSource } from './live-source.ts';
import { countsIn, refusalIn } from './tool-words.ts';

export interface ProcessSourceOptions {
  /** Program and arguments; its standard output is a pcap or pcapng. */
  readonly command: readonly string[];
  /** Shown in messages: an interface, a pod. */
  readonly name: string;
  /** See {@link LiveSource}. */
  readonly tool: string;
  readonly clock: string;
  readonly device: string | null;
  /** How it is told to end; SIGINT where not given. */
  readonly stopSignal?: NodeJS.Signals;
  /** Whether it tells its counts on SIGUSR1, as tcpdump does; another program would die of that. */
  readonly countsOnSignal?: boolean;
  /** What its words on standard error mean where it ends by itself; those of dumpcap and tcpdump where not given. */
  readonly explain?: (words: string) => LiveCaptureError;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Standard error is kept to this length from its end. */
const MOST_WORDS = 16_384;
/** From being told to end until it is ended by force. */
const END_WITHIN_MS = 5000;

/**
 * A program that captures and writes to its standard output: dumpcap or tcpdump here, or one behind `kubectl exec` or `ssh`.
 * Ctrl-C at the terminal does not reach it: whoever reads it tells it to end, and takes the rest.
 */
export class ProcessSource implements LiveSource {
  readonly name: string;
  readonly tool: string;
  readonly clock: string;
  readonly device: string | null;
  /** Resolves once the process is gone, its output read or not. */
  readonly ended: Promise<void>;
  readonly #options: ProcessSourceOptions;
  readonly #child: ChildProcess;
  readonly #output: StreamSource;
  #words = '';
  #isRunning = true;
  #wasTold = false;
  #status: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ProcessSourceOptions) {
    this.#options = options;
    this.name = options.name;
    this.tool = options.tool;
    this.clock = options.clock;
    this.device = options.device;
    const [program, ...args] = options.command;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, LC_ALL: 'C', ...options.environment },
    });
    this.#child = child;
    endWithUs(child);
    this.#output = new StreamSource(options.name, child.stdout!);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MOST_WORDS);
    });
    this.ended = new Promise((resolve) => {
      const killed = () => child.kill('SIGKILL');
      process.once('exit', killed);
      const finish = (status: number | null) => {
        process.off('exit', killed);
        if (this.#timer !== null) clearTimeout(this.#timer);
        this.#isRunning = false;
        this.#status = status;
        resolve();
      };
      child.once('error', (error) => {
        this.#words += `\n${error.message}`;
        finish(null);
      });
      child.once('close', finish);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async read(into: Uint8Array): Promise<number> {
    const count = await this.#output.read(into);
    // Its last words, which hold the counts, may come after its last bytes.
    if (count === 0) await this.ended;
    return count;
  }

  stop(): void {
    if (this.#wasTold || !this.#isRunning) return;
    this.#wasTold = true;
    this.#child.kill(this.#options.stopSignal ?? 'SIGINT');
    this.#timer = setTimeout(() => this.#child.kill('SIGKILL'), END_WITHIN_MS);
  }

  counts(): LiveCounts {
    return countsIn(this.#words);
  }

  askCounts(): void {
    if (this.#options.countsOnSignal === true && this.#isRunning && !this.#wasTold) this.#child.kill('SIGUSR1');
  }

  fault(): LiveCaptureError | null {
    if (this.#isRunning || this.#wasTold || this.#status === 0) return null;
    const explain = this.#options.explain ?? ((words) => refusalIn(this.tool, this.name, words));
    return explain(this.#words);
  }

  /** Ends the process, whatever it still had to say. */
  async close(): Promise<void> {
    this.stop();
    await this.#output.close();
    await this.ended;
  }
}
