import { existsSync } from 'node:fs';
import { type ProgramCommand, RoleProcess } from '../drivers/local/role-process.ts';
import type { LoadScenario } from '../scenario/scenario.ts';
import { LineTail } from './line-tail.ts';
import { type LoadSample, parseLoadSample } from './load-line.ts';

/** How long participants may take to leave. */
const LEAVE_MS = 15_000;

/** Participants of a phase: a process of `rtcscope load`, whose record is followed as it grows. */
export class PhaseLoad {
  readonly process: RoleProcess;
  readonly #tail: LineTail;
  readonly #record: string;
  readonly #take: (line: string, parsed: LoadSample | null) => void;

  /** @param take told each line of the record, as text and as what is used of it. */
  constructor(
    program: ProgramCommand,
    url: string,
    load: LoadScenario,
    run: { readonly seconds: number; readonly seed: number; readonly record: string; readonly logFile: string },
    take: (line: string, parsed: LoadSample | null) => void,
  ) {
    const args = ['load', '--url', url, '--rooms', load.rooms, '--participants', load.participants];
    args.push('--seconds', Math.round(run.seconds), '--seed', run.seed, '--ramp', load.rampSeconds);
    args.push('--video-kbps', load.video ? load.videoKbps : 0);
    if (load.lossPercent > 0) args.push('--loss', load.lossPercent / 100);
    if (load.delayMs > 0) args.push('--delay-ms', load.delayMs);
    if (load.jitterMs > 0) args.push('--jitter-ms', load.jitterMs);
    if (load.fill === 'room-by-room') args.push('--room-by-room');
    args.push('--record', run.record);
    this.#record = run.record;
    this.#tail = new LineTail(run.record);
    this.#take = take;
    this.process = new RoleProcess('load', [...program, ...args.map(String)], { logFile: run.logFile });
  }

  /** Hands on what was recorded since the last call. */
  follow(end = false): void {
    for (const line of this.#tail.take(end)) this.#take(line, parseLoadSample(line));
  }

  /** Has participants leave, and hands on the rest of the record. */
  async stop(): Promise<void> {
    await this.process.stop(LEAVE_MS, 'SIGINT');
    if (existsSync(this.#record)) this.follow(true);
  }
}
