import { appendFileSync, writeFileSync } from 'node:fs';
import {
  type LoadMessage,
  type LoadResult,
  type LoadState,
  loadStream,
  parseBindRange,
  runLoad,
  signallingUrl,
} from '../cluster/index.ts';
import { ExitStatus, UsageError } from './exit-status.ts';

export interface LoadArguments {
  readonly url: string;
  readonly rooms: number;
  readonly participants: number;
  readonly seconds: number;
  readonly ramp: number;
  readonly roomByRoom: boolean;
  readonly seed: number;
  readonly churn: number;
  readonly videoKbps: number;
  readonly video: boolean;
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly bind?: string;
  readonly tcp: boolean;
  readonly roomPrefix: string;
  readonly tokenSecret?: string;
  readonly joinWithin: number;
  readonly json?: string;
  readonly record?: string;
  readonly sdp?: string;
  readonly keyLog?: string;
  /** Of a pod: what `lab run --load cluster` reads in its log. */
  readonly stream: boolean;
  readonly quiet: boolean;
}

const ENVIRONMENT_SECRET = 'RTCSCOPE_TOKEN_SECRET';
const SHORTEST_SECRET_BYTES = 32;
const ROOM_PREFIX = /^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/;

function within(name: string, value: number, least: number, most: number, whole = false): void {
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UsageError(
    `--${name}: not ${kind} from ${least} to ${most}`,
    `Give one such as --${name} ${Math.max(least, Math.min(most, 2))}.`,
  );
}

function check(args: LoadArguments): void {
  within('rooms', args.rooms, 1, 10_000, true);
  within('participants', args.participants, 1, 1000, true);
  within('rooms times participants', args.rooms * args.participants, 1, 10_000, true);
  within('seconds', args.seconds, 1, 7 * 86_400);
  within('ramp', args.ramp, 0, args.seconds);
  within('seed', args.seed, 0, 2 ** 32 - 1, true);
  within('video-kbps', args.videoKbps, 0, 20_000);
  within('delay-ms', args.delayMs, 0, 5000);
  within('jitter-ms', args.jitterMs, 0, 5000);
  within('join-within', args.joinWithin, 1, 600);
  for (const name of ['churn', 'loss', 'duplicate', 'reorder'] as const) within(name, args[name], 0, 1);
  try {
    signallingUrl(args.url);
  } catch {
    throw new UsageError('--url: not the address of a web page', 'Give one such as --url http://127.0.0.1:8080.');
  }
  if (!ROOM_PREFIX.test(args.roomPrefix)) {
    throw new UsageError(
      '--room-prefix: not the beginning of a room',
      'Use letters, digits, dots, dashes and underscores.',
    );
  }
}

function bindOf(text: string | undefined): ((client: number) => string) | null {
  if (text === undefined) return null;
  const range = parseBindRange(text);
  if (range !== null) return range;
  throw new UsageError('--bind: neither an address nor a range', 'Give one such as --bind 127.0.2.0/24.');
}

function secretOf(given: string | undefined): string | null {
  const secret = given ?? (process.env[ENVIRONMENT_SECRET] || null);
  if (secret === null || Buffer.byteLength(secret) >= SHORTEST_SECRET_BYTES) return secret;
  throw new UsageError(
    `--token-secret: shorter than ${SHORTEST_SECRET_BYTES} bytes`,
    'Give the secret of the gateway.',
  );
}

/** Runs `rtcscope load` until its end, SIGINT or SIGTERM. @throws UsageError for arguments that could not end well. */
export async function runLoadCommand(args: LoadArguments): Promise<ExitStatus> {
  check(args);
  const bind = bindOf(args.bind);
  const tokenSecret = secretOf(args.tokenSecret);
  const { record, json } = args;
  const lines = record === undefined ? null : openRecord('--record', record);
  const keys = args.keyLog === undefined ? null : openRecord('--key-log', args.keyLog, 0o600);
  const tell = args.stream ? loadStream((text) => process.stdout.write(text)) : null;
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const shows = !args.quiet && process.stderr.isTTY === true;
  let before: LoadState | null = null;
  try {
    const result = await runLoad(
      {
        url: args.url,
        rooms: args.rooms,
        participants: args.participants,
        seconds: args.seconds,
        rampSeconds: args.ramp,
        roomByRoom: args.roomByRoom,
        seed: args.seed,
        churn: args.churn,
        videoKbps: args.video && args.videoKbps > 0 ? args.videoKbps : null,
        impairment: {
          loss: args.loss,
          duplicate: args.duplicate,
          reorder: args.reorder,
          delayMs: args.delayMs,
          jitterMs: args.jitterMs,
        },
        bind,
        overTcp: args.tcp,
        roomPrefix: args.roomPrefix,
        tokenSecret,
        joinWithinSeconds: args.joinWithin,
      },
      {
        ...(lines === null ? {} : { line: (line: object) => lines(JSON.stringify(line)) }),
        ...(keys === null ? {} : { keys }),
        ...(args.sdp === undefined ? {} : { described: describer(args.sdp) }),
        ...(tell === null ? {} : streamed(tell)),
        ...(shows
          ? {
              state: (state: LoadState) => {
                process.stderr.write(`\r\u001b[K${progressLine(state, before)}`);
                before = state;
              },
            }
          : {}),
      },
      stop.signal,
    );
    if (shows) process.stderr.write('\r\u001b[K');
    if (tell !== null) tell({ kind: 'result', json: JSON.stringify(result) });
    else write(result, json);
    return result.failed > 0 ? ExitStatus.thresholdCrossed : ExitStatus.done;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Appends lines to a file. A disk that fills up ends the record, not the load. @throws UsageError where it cannot be begun. */
function openRecord(option: string, path: string, mode = 0o644): (line: string) => void {
  try {
    appendFileSync(path, '', { mode });
  } catch (error) {
    throw unwritable(option, path, error);
  }
  let isFull = false;
  return (line) => {
    if (isFull) return;
    try {
      appendFileSync(path, `${line}\n`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw unwritable(option, path, error);
      isFull = true;
      process.stderr.write(`rtcscope: ${option} ${path}: the disk is full, lines are missing from here on\n`);
    }
  };
}

function streamed(tell: (message: LoadMessage) => void) {
  return {
    line: (line: object) => tell({ kind: 'record', line: JSON.stringify(line) }),
    keys: (line: string) => tell({ kind: 'keys', line }),
    described: (client: string, kind: 'offer' | 'answer', sdp: string) => tell({ kind, client, sdp }),
  };
}

/** Keeps the last offer and answer of each client: of what is said in a session nothing is taken back. */
function describer(prefix: string): (client: string, kind: 'offer' | 'answer', sdp: string) => void {
  return (client, kind, sdp) => {
    const path = `${prefix}${client}-${kind}.sdp`;
    try {
      writeFileSync(path, sdp);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw unwritable('--sdp', path, error);
    }
  };
}

function unwritable(option: string, path: string, error: unknown): UsageError {
  const { code } = error as NodeJS.ErrnoException;
  return new UsageError(`${option} ${path}: cannot be written (${code})`, 'Name a place where you may write.');
}

function progressLine(state: LoadState, before: LoadState | null): string {
  const since = before ?? { ...state, packetsReceived: 0, packetsLost: 0, bytesReceived: 0, elapsedSeconds: 0 };
  const seconds = Math.max(0.5, state.elapsedSeconds - since.elapsedSeconds);
  const received = Math.max(0, state.packetsReceived - since.packetsReceived);
  const lost = Math.max(0, state.packetsLost - since.packetsLost);
  const share = received + lost === 0 ? 0 : (100 * lost) / (received + lost);
  const mbps = (Math.max(0, state.bytesReceived - since.bytesReceived) * 8) / seconds / 1e6;
  const jitter = state.jitterMs === null ? '-' : state.jitterMs.toFixed(1);
  const failed = state.failed === 0 ? '' : `, ${state.failed} failed`;
  return `${state.elapsedSeconds.toFixed(0)} s, ${state.joined} of ${state.participants} joined${failed}, received ${mbps.toFixed(1)} Mbit/s, lost ${share.toFixed(2)} %, jitter ${jitter} ms`;
}

function write(result: LoadResult, json: string | undefined): void {
  if (json !== undefined) {
    const text = `${JSON.stringify(result, null, 2)}\n`;
    if (json === '-') process.stdout.write(text);
    else writeFileSync(json, text);
  }
  if (json === '-') return;
  const ms = (value: number | null) => (value === null ? '-' : `${value.toFixed(0)} ms`);
  const { participants, joined, failed, packetsSent, packetsReceived, packetsLost, joinMs } = result;
  process.stdout.write(
    `${joined} of ${participants} participants joined (median ${ms(joinMs.median)}, p95 ${ms(joinMs.p95)}), ${failed} failed\n` +
      `${packetsSent} packets sent, ${packetsReceived} received, ${packetsLost} lost\n`,
  );
  const { receiveBufferErrors, eventLoopDelayP99Ms } = result.machine;
  if (receiveBufferErrors !== null && receiveBufferErrors > 0) {
    process.stdout.write(
      `${receiveBufferErrors} packets came to full buffers of this machine (event loop late by ${eventLoopDelayP99Ms.toFixed(0)} ms): not all loss is the network's\n`,
    );
  }
  const reasons = new Map<string, number>();
  for (const { failure } of result.clients) if (failure !== null) reasons.set(failure, (reasons.get(failure) ?? 0) + 1);
  for (const [reason, count] of reasons) process.stdout.write(`${count} failed: ${reason}\n`);
}
