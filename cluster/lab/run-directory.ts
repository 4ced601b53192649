import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CaptureEntry, ClusterNode, RunProblem } from '../drivers/cluster-driver.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Knee } from './find-knee.ts';

/** What `run.json` says of a phase's HTTP load. */
export interface HttpLoadEntry {
  readonly generator: 'jmeter' | 'autocannon';
  /** Null where it is not known. */
  readonly version: string | null;
  /** The plan, which JMeter can open, relative to the run directory. */
  readonly plan: string;
}

export interface PhaseEntry {
  readonly name: string;
  readonly repetition: number;
  readonly start: string;
  end: string | null;
  readonly autoscaling: boolean;
  completed: boolean;
  /** Null where the phase has no HTTP load, or before its end. */
  http: HttpLoadEntry | null;
}

/** `run.json`; docs/run-format.md says what each field means. */
export interface RunDescription {
  readonly schema: 'rtcscope.run/1';
  readonly name: string;
  readonly driver: Scenario['driver'];
  readonly startTime: string;
  endTime: string | null;
  complete: boolean;
  readonly scenario: Scenario;
  readonly host: {
    readonly name: string;
    readonly os: string;
    readonly cpus: number;
    readonly memoryBytes: number;
  };
  readonly versions: Record<string, string | null>;
  nodes: readonly ClusterNode[];
  readonly phases: PhaseEntry[];
  captures: readonly CaptureEntry[];
  knee: readonly Knee[];
  readonly problems: RunProblem[];
}

/** Given free for the last `run.json` where the disk is full. */
const RESERVE_BYTES = 512 * 1024;
const MOST_PROBLEMS = 1000;

/** Writes the files of a run. A full disk ends the writing of what grows, and is a problem of the run, not its end. */
export class RunDirectory {
  readonly path: string;
  readonly #files = new Map<string, number>();
  readonly #reserve: string;
  readonly #problem: (problem: RunProblem) => void;
  #full = false;

  constructor(path: string, problem: (problem: RunProblem) => void) {
    this.path = path;
    this.#problem = problem;
    for (const folder of ['captures', 'sdp', 'logs']) mkdirSync(join(path, folder), { recursive: true });
    this.#reserve = join(path, '.reserve');
    writeFileSync(this.#reserve, Buffer.alloc(RESERVE_BYTES, 0x20));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Appends lines as they are, or values as lines of JSON. */
  append(name: string, ...lines: readonly (string | object)[]): void {
    if (this.#full || lines.length === 0) return;
    const text = lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join('');
    try {
      let file = this.#files.get(name);
      if (file === undefined) this.#files.set(name, (file = openSync(this.file(name), 'a')));
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } catch (error) {
      this.fault(error);
    }
  }

  /** Takes a fault of writing. @throws what is none of the disk. */
  fault(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') throw error;
    if (this.#full) return;
    this.#full = true;
    const text = 'the disk is full: metrics, scaling, load and HTTP results from here on are missing';
    this.#problem({ time: new Date().toISOString(), code: 'disk-full', text });
  }

  /** Replaces `run.json` in one step, so that a reader never sees half of it. */
  describe(description: RunDescription, last = false): void {
    if (last) rmSync(this.#reserve, { force: true });
    const kept = { ...description, problems: description.problems.slice(0, MOST_PROBLEMS) };
    const next = this.file('run.json.next');
    try {
      writeFileSync(next, `${JSON.stringify(kept, null, 2)}\n`);
      renameSync(next, this.file('run.json'));
    } catch (error) {
      rmSync(next, { force: true });
      this.fault(error);
    }
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }
}
