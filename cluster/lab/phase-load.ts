import { existsSync, rmSync } from 'node:fs';
import type { ClusterDriver, LoadProcess, LoadRun } from '../drivers/cluster-driver.ts';
import { type ProgramCommand, RoleProcess } from '../drivers/local/role-process.ts';
import type { LoadScenario } from '../scenario/scenario.ts';
import { LineTail } from './line-tail.ts';
import { type LoadSample, parseLoadSample } from './load-line.ts';

/** How long participants may take to leave. */
const LEAVE_MS = 15_000;

/** Arguments of `rtcscope load` for the load of a phase. */
export function loadArguments(load: LoadScenario, seconds: number, seed: number): readonly string[] {
  const args = ['--rooms', load.rooms, '--participants', load.participants];
  args.push('--seconds', Math.round(seconds), '--seed', seed, '--ramp', load.rampSeconds);
  args.push('--video-kbps', load.video ? load.videoKbps : 0);
  if (load.lossPercent > 0) args.push('--loss', load.lossPercent / 100);
  if (load.delayMs > 0) args.push('--delay-ms', load.delayMs);
  if (load.jitterMs > 0) args.push('--jitter-ms', load.jitterMs);
  if (load.fill === 'room-by-room') args.push('--room-by-room');
  return args.map(String);
}

/** Starts the load where the driver has it run: where the conference is, else as a process of `rtcscope load` here. */
export async function startLoad(
  driver: ClusterDriver,
  program: ProgramCommand,
  run: LoadRun,
  signal: AbortSignal,
): Promise<LoadProcess> {
  if (driver.startLoad !== undefined) return await driver.startLoad(run, signal);
  const { record, sdp, keyLog, log } = run.files;
  const written = ['--record', record, '--sdp', sdp, '--key-log', keyLog];
  const command = [...program, 'load', '--url', driver.gatewayUrl, ...run.args, ...written];
  const process = new RoleProcess('load', command, { logFile: log, environment: driver.loadEnvironment ?? {} });
  return { ended: process.ended, stop: (graceMs) => process.stop(graceMs, 'SIGINT') };
}

/** Participants of a phase, whose record is followed as it grows. */
export class PhaseLoad {
  readonly process: LoadProcess;
  readonly #tail: LineTail;
  readonly #files: LoadRun['files'];
  readonly #keyTail: LineTail;
  readonly #keys: (lines: Uint8Array) => void;
  readonly #take: (line: string, parsed: LoadSample | null) => void;

  /** @param take told each line of the record, as text and as what is used of it. */
  constructor(
    process: LoadProcess,
    files: LoadRun['files'],
    take: (line: string, parsed: LoadSample | null) => void,
    keys: (lines: Uint8Array) => void,
  ) {
    this.process = process;
    this.#files = files;
    this.#tail = new LineTail(files.record);
    this.#take = take;
    this.#keyTail = new LineTail(files.keyLog);
    this.#keys = keys;
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
    await this.process.stop(LEAVE_MS);
    if (existsSync(this.#files.record)) this.follow(true);
    // They are in the captures, where there are any; beside them nobody needs them.
    rmSync(this.#files.keyLog, { force: true });
  }
}
