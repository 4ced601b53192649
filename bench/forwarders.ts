import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LightPeer } from './light-peer.ts';

/** A process that forwards media, pinned to one core, and how one joins it. */
export interface Forwarder {
  readonly pid: number;
  /** Connects a client that publishes or subscribes. */
  join(name: string, peer: LightPeer, publishes: boolean): Promise<void>;
  /** Packets sent to subscribers so far. */
  forwarded(): Promise<number>;
  stop(): Promise<void>;
}

const CORE = '1';

/** The command, kept on one core where that can be had. */
export function pinned(command: readonly string[]): string[] {
  const canPin = spawnSync('taskset', ['-c', CORE, 'true']).status === 0;
  return canPin ? ['taskset', '-c', CORE, ...command] : [...command];
}

/** Starts a program of Node.js and waits for the line with which it says that it is ready. */
export async function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  nodeArguments: readonly string[] = [],
): Promise<{ child: ChildProcess; line: string }> {
  const folder = process.env.BENCH_PROFILE;
  const profiling = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const [program, ...programArgs] = pinned([process.execPath, ...profiling, ...nodeArguments, ...args]);
  const child = spawn(program, programArgs, {
    stdio: ['ignore', 'pipe', nodeArguments.length === 0 ? 'inherit' : 'pipe'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${args.join(' ')} ended at once`))),
  ])) as [string];
  return { child, line };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await once(child, 'exit');
  clearTimeout(timer);
}

async function ask(url: string, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return text;
}

/** An SFU of our own: any room, and what it tells of itself. */
export interface OwnSfu extends Forwarder {
  readonly child: ChildProcess;
  joinRoom(room: string, name: string, peer: LightPeer, publishes: boolean): Promise<void>;
  leave(room: string, name: string): Promise<void>;
  participants(): Promise<number>;
  /** As text for Prometheus. */
  metrics(): Promise<string>;
}

export interface OwnSfuOptions {
  /** Path of the built `main.js`. */
  readonly program?: string;
  readonly nodeArguments?: readonly string[];
}

/** `rtcscope sfu` as it is built. */
export async function ownSfu({ program = 'dist/main.js', nodeArguments = [] }: OwnSfuOptions = {}): Promise<OwnSfu> {
  const secret = randomBytes(16).toString('hex');
  const { child, line } = await start(
    [program, 'sfu', '--media', '127.0.0.1:0', '--grace', '0', '--log-level', 'error'],
    { RTCSCOPE_CONTROL_SECRET: secret },
    nodeArguments,
  );
  const { control, health } = JSON.parse(line) as { control: string; health: string };
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const at = (room: string, name: string) => `${control}/v1/rooms/${room}/participants/${name}`;
  const joinRoom = async (room: string, name: string, peer: LightPeer, publishes: boolean) => {
    const tracks = publishes
      ? [
          { mid: '0', source: 'microphone', muted: false },
          { mid: '1', source: 'camera', muted: false },
        ]
      : [];
    const body = JSON.stringify({
      sdp: peer.offer,
      name,
      publish: publishes,
      subscribe: !publishes,
      tracks,
      automatic: true,
    });
    await peer.connect(JSON.parse(await ask(`${at(room, name)}/offer`, { method: 'POST', headers, body })).sdp);
  };
  return {
    child,
    pid: child.pid!,
    joinRoom,
    join: (name, peer, publishes) => joinRoom('bench', name, peer, publishes),
    leave: async (room, name) => void (await ask(at(room, name), { method: 'DELETE', headers })),
    participants: async () => JSON.parse(await ask(`${control}/v1/status`, { headers })).participants,
    metrics: () => ask(`${health}/metrics`),
    forwarded: async () => metric(await ask(`${health}/metrics`), 'rtcscope_sfu_forwarded_packets_total'),
    stop: () => stop(child),
  };
}

/** A figure of a Prometheus text; NaN where it is not in it. */
export const metric = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);

/** werift's own forwarding. */
export async function stockWerift(): Promise<Forwarder> {
  const { child, line } = await start(['bench/run.mjs', 'werift-forwarder']);
  const { url } = JSON.parse(line) as { url: string };
  return {
    pid: child.pid!,
    join: async (_name, peer, publishes) =>
      peer.connect(await ask(`${url}/${publishes ? 'publish' : 'subscribe'}`, { method: 'POST', body: peer.offer })),
    forwarded: async () => Number(await ask(`${url}/forwarded`)),
    stop: () => stop(child),
  };
}

/** CPU time of all threads of a process, user and system, in milliseconds. */
export function cpuMs(pid: number): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // A thread that ended meanwhile.
    }
  }
  return ns / 1e6;
}

export const residentKB = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);
