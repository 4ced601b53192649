import { existsSync, rmSync } from 'node:fs';
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
  readonly #keyLog: string;
  readonly #keyTail: LineTail;
  readonly #keys: (lines: Uint8Array) => void;
  readonly #take: (line: string, parsed: LoadSample | null) => void;

  /** @param take told each line of the record, as text and as what is used of it. */
  constructor(
    program: ProgramCommand,
    url: string,
    load: LoadScenario,
    run: {
      readonly seconds: number;
      readonly seed: number;
      readonly record: string;
      readonly logFile: string;
      readonly sdp: string;
      readonly keyLog: string;
      readonly environment?: Readonly<Record<string, string>> | undefined;
    },
    take: (line: string, parsed: LoadSample | null) => void,
    keys: (lines: Uint8Array) => void,
  ) {
    const args = ['load', '--url', url, '--rooms', load.rooms, '--participants', load.participants];
    args.push('--seconds', Math.round(run.seconds), '--seed', run.seed, '--ramp', load.rampSeconds);
    args.push('--video-kbps', load.video ? load.videoKbps : 0);
    if (load.lossPercent > 0) args.push('--loss', load.lossPercent / 100);
    if (load.delayMs > 0) args.push('--delay-ms', load.delayMs);
    if (load.jitterMs > 0) args.push('--jitter-ms', load.jitterMs);
    if (load.fill === 'room-by-room') args.push('--room-by-room');
    args.push('--record', run.record, '--sdp', run.sdp, '--key-log', run.keyLog);
    this.#record = run.record;
    this.#tail = new LineTail(run.record);
    this.#take = take;
    this.#keyLog = run.keyLog;
    this.#keyTail = new LineTail(run.keyLog);
    this.#keys = keys;
    this.process = new RoleProcess('load', [...program, ...args.map(String)], {
      logFile: run.logFile,
      environment: run.environment ?? {},
    });
  }

  /** Hands on what was recorded since the last call. */
  follow(end = false): void {
    this.followKeys();
    for (const line of this.#tail.take(end)) this.#take(line, parseLoadSample(line));
  }

  /** Hands on the keys of those who joined since the last call. */
  followKeys(): void {
    const lines = this.#keyTail.take();
    if (lines.length > 0) this.#keys(Buffer.from(`${lines.join('\n')}\n`));
  }

  /** Has participants leave, and hands on the rest of the record. */
  async stop(): Promise<void> {
    await this.process.stop(LEAVE_MS, 'SIGINT');
    if (existsSync(this.#record)) this.follow(true);
    // They are in the captures, where there are any; beside them nobody needs them.
    rmSync(this.#keyLog, { force: true });
  }
}
