import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadResult } from '../../../cluster/index.ts';
import { planOf } from '../../../cluster/load/plan/plan.ts';
import { builtProgram } from '../../cli/program.ts';

const program = builtProgram();
const SECRET = 'of these tests alone, and long enough for it';

const log: string[] = [];
let up: ChildProcess;
let url: string;

beforeAll(async () => {
  up = program.start(['up', '--sfus', '1', '--port', '0'], { env: { ...process.env, RTCSCOPE_TOKEN_SECRET: SECRET } });
  createInterface({ input: up.stderr! }).on('line', (line) => log.push(line));
  const ended = once(up, 'exit').then(([status]) => Promise.reject(new Error(`rtcscope up ended with ${status}`)));
  const [line] = (await Promise.race([once(createInterface({ input: up.stdout! }), 'line'), ended])) as [string];
  url = JSON.parse(line).url;
}, 60_000);

afterAll(async () => {
  if (up.exitCode !== null) return;
  up.kill('SIGINT');
  await once(up, 'exit');
});

async function load(args: readonly string[], secret = SECRET): Promise<{ status: number; result: LoadResult }> {
  const child = program.start(
    ['load', '--url', url, '--video-kbps', '100', '--join-within', '60', '--json', '-', ...args],
    { env: { ...process.env, RTCSCOPE_TOKEN_SECRET: secret } },
  );
  let output = '';
  let complaint = '';
  child.stdout!.on('data', (text) => (output += text));
  child.stderr!.on('data', (text) => (complaint += text));
  const [status] = await once(child, 'close');
  if (output === '') throw new Error(`rtcscope load: ${complaint}`);
  return { status, result: JSON.parse(output) };
}

const streams = ({ clients }: LoadResult, direction: 'sent' | 'received') =>
  clients.flatMap((client) => client.streams.filter((stream) => stream.direction === direction));

describe('participants of a load', () => {
  it('carry their media over TCP where told', async () => {
    const { status, result } = await load(['--participants', '3', '--seconds', '8', '--room-prefix', 'tcp', '--tcp']);
    expect(status).toBe(0);
    expect(result).toMatchObject({ participants: 3, joined: 3, failed: 0, packetsLost: 0 });
    const received = streams(result, 'received').filter(({ repairs }) => repairs === null);
    expect(received.length).toBeGreaterThanOrEqual(12);
    for (const { packets } of received) expect(packets).toBeGreaterThan(0);
    const connected = log.filter((line) => line.includes('connected') && line.includes('tcp-1'));
    expect(connected).toHaveLength(3);
    for (const line of connected) expect(line).toMatch(/protocol"?[:=] ?"?tcp/);
  }, 120_000);

  it('leave early and come back as somebody new, as their churn says', async () => {
    const seconds = 16;
    const planned = (seed: number) =>
      planOf({ rooms: 1, participantsPerRoom: 3, seconds, rampSeconds: 0, churn: 1 }, seed);
    // All come back, and with time enough to be let in on a busy machine.
    const seed = Array.from({ length: 5000 }, (_, index) => index).find((candidate) => {
      const joins = planned(candidate).filter(({ kind }) => kind === 'join');
      return joins.length === 6 && joins.every(({ atMs }) => atMs < 8000);
    })!;
    const { status, result } = await load([
      ...['--participants', '3', '--seconds', String(seconds), '--churn', '1', '--seed', String(seed)],
    ]);
    expect(status).toBe(0);
    expect(result).toMatchObject({ participants: 6, joined: 6, failed: 0 });
    expect(new Set(result.clients.map(({ participantId }) => participantId)).size).toBe(6);
  }, 120_000);

  it('are let in by tokens, and not by those of another secret', async () => {
    const { status, result } = await load(
      ['--participants', '2', '--seconds', '3', '--room-prefix', 'shut'],
      `not ${SECRET}`,
    );
    expect(status).toBe(1);
    expect(result).toMatchObject({ participants: 2, joined: 0, failed: 2, packetsSent: 0 });
    for (const { failure } of result.clients) expect(failure).toMatch(/unauthorized/);
  }, 120_000);
});
