import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadResult } from '../../../cluster/index.ts';
import { builtProgram } from '../../cli/program.ts';
import { type Conference, startUp } from '../load/running-conference.ts';
import { until } from './open-test-gateway.ts';

const PYTHON = '/usr/bin/python3';
const isThere = spawnSync(PYTHON, ['-c', 'import aiortc']).status === 0;
const why = isThere ? '' : ' (SKIPPED: no aiortc; install python3-aiortc)';

interface Told {
  readonly state?: string;
  readonly status?: number;
  readonly deleted?: number;
  /** Bits a second that the SFU says may be sent. */
  readonly remb?: number;
  readonly frames?: { readonly audio: number; readonly video: number };
  readonly width?: number | null;
}

class AiortcClient {
  readonly told: Told[] = [];
  readonly errors: string[] = [];
  readonly child: ChildProcess;

  constructor(kind: 'whip' | 'whep', url: string) {
    const script = fileURLToPath(new URL('aiortc-client.py', import.meta.url));
    this.child = spawn(PYTHON, [script, kind, new URL(`${kind}/load-1`, url).href], { stdio: 'pipe' });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.told.push(JSON.parse(line)));
    createInterface({ input: this.child.stderr! }).on('line', (line) => this.errors.push(line));
  }

  async connected(): Promise<void> {
    await until(() => {
      if (this.child.exitCode !== null) throw new Error(this.errors.join('\n'));
      return this.told.some(({ state }) => state === 'connected');
    });
  }

  /** Leaves as RFC 9725 says: by DELETE. */
  async leave(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin!.end();
    await ended;
  }
}

describe.skipIf(!isThere)(`WHIP and WHEP with aiortc${why}`, () => {
  const program = builtProgram();
  let conference: Conference | null = null;
  const clients: AiortcClient[] = [];
  beforeAll(async () => {
    conference = await startUp(program);
  }, 90_000);
  afterAll(async () => {
    for (const { child } of clients) child.kill('SIGKILL');
    await conference?.close();
  });
  const start = (kind: 'whip' | 'whep') => {
    const client = new AiortcClient(kind, conference!.url);
    clients.push(client);
    return client;
  };

  it('shows to who came before the publisher what the publisher sends, and to others as well', async () => {
    const viewer = start('whep');
    await viewer.connected();
    const publisher = start('whip');
    await publisher.connected();
    // Decoded by it: sound, and pictures in the size that aiortc makes.
    await until(() =>
      viewer.told.some(({ frames }) => frames !== undefined && frames.audio >= 40 && frames.video >= 40),
    );
    expect(viewer.told.some(({ width }) => width === 640)).toBe(true);
    // aiortc has no transport-wide feedback: it sends as much as REMB permits.
    await until(() => publisher.told.some(({ remb = 0 }) => remb >= 50_000));
    // A client of ours gets the same.
    const load = program.start([
      ...['load', '--url', conference!.url, '--participants', '1', '--seconds', '5', '--json', '-'],
    ]);
    let output = '';
    load.stdout!.on('data', (text) => (output += text));
    load.stderr!.resume();
    expect(await once(load, 'close')).toEqual([0, null]);
    const [{ streams }] = (JSON.parse(output) as LoadResult).clients;
    const received = streams.filter(({ direction, repairs }) => direction === 'received' && repairs === null);
    expect(received.map(({ kind }) => kind).toSorted()).toEqual(['audio', 'video']);
    for (const { packets, lost } of received) {
      expect(packets).toBeGreaterThan(20);
      expect(lost).toBe(0);
    }
    for (const client of [publisher, viewer]) {
      await client.leave();
      expect(client.told.at(0)?.status).toBe(201);
      expect(client.told.find(({ deleted }) => deleted !== undefined)?.deleted).toBe(200);
    }
  }, 240_000);
});
