import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Analysis } from '../../analyzers/index.ts';
import { temporaryFolder } from '../captures/temporary-folder.ts';
import { cannotCapture, payloadsIn, Running } from './capturing.ts';
import { builtProgram } from './program.ts';

// For a machine that is slow and busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const program = builtProgram();
const folder = temporaryFolder();
const SECRET = 'a secret of the tests alone';
const PARTICIPANTS = 3;
const start = (args: readonly string[], secret = SECRET) =>
  new Running(
    spawn(process.execPath, [program.path, ...args], {
      stdio: 'pipe',
      env: { ...process.env, RTCSCOPE_CONTROL_SECRET: secret },
    }),
  );

let up: Running;
let conference: { url: string; sfus: { control: string; media: string; pid: number }[] };
beforeAll(async () => {
  up = start(['up', '--open', '--port', '0']);
  await up.until(() => up.stdout.includes('\n'));
  conference = JSON.parse(up.stdout.toString());
});
afterAll(async () => {
  up.child.kill('SIGTERM');
  await up.ended;
});

const load = (seconds: number) =>
  start([
    ...['load', '--url', conference.url, '--rooms', '1', '--participants', String(PARTICIPANTS)],
    ...['--seconds', String(seconds), '--video-kbps', '60', '--json', '-'],
  ]);

const analysed = (path: string) =>
  JSON.parse(program.run(['analyze', path, '--json', '-', '--quiet']).stdout) as Analysis;

async function secretsIn(path: string): Promise<string[]> {
  const { cursor } = await payloadsIn(path);
  return cursor.secrets.flatMap(({ data }) => Buffer.from(data).toString().trim().split('\n'));
}

const KEY = /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/;
const noTshark = spawnSync('tshark', ['--version']).status === 0 ? '' : ' (SKIPPED: no tshark)';

describe('capture --sfu', () => {
  it('records a call from its beginning: all that the participants sent and got, with keys', async () => {
    const path = join(folder.path, 'whole.pcapng');
    const capture = start(['capture', '--sfu', conference.sfus[0].control, '--out', path]);
    await capture.capturing();
    const calls = load(4);
    expect([await calls.ended, calls.stderr]).toEqual([0, expect.any(String)]);
    capture.child.kill('SIGTERM');
    expect(await capture.ended).toBe(0);

    const result = JSON.parse(calls.stdout.toString()) as Record<
      'packetsSent' | 'packetsReceived' | 'packetsLost',
      number
    >;
    const { streams, captures, dtls } = analysed(path);
    const { media } = conference.sfus[0];
    const sum = (end: 'source' | 'destination', of: 'packets' | 'expected') =>
      streams.filter((stream) => stream[end] === media).reduce((total, stream) => total + stream[of], 0);
    expect(result.packetsSent).toBeGreaterThan(300);
    // By the numbers of packets, as the kernel drops some where the machine is busy.
    expect(sum('destination', 'expected')).toBe(result.packetsSent);
    // What was on its way to a participant who left is recorded, though nobody got it.
    expect(sum('source', 'packets')).toBeGreaterThanOrEqual(result.packetsReceived);
    expect(sum('source', 'packets')).toBeLessThanOrEqual(result.packetsReceived + result.packetsLost + 20);
    expect([captures[0].droppedByCapture, captures[0].truncated]).toEqual([0, false]);
    expect(dtls.handshakes.filter(({ completed }) => completed)).toHaveLength(PARTICIPANTS);

    const secrets = await secretsIn(path);
    expect(secrets).toHaveLength(PARTICIPANTS);
    for (const line of secrets) expect(line).toMatch(KEY);
  });

  it.skipIf(noTshark)(`has keys by which tshark decrypts a handshake${noTshark}`, async () => {
    const port = conference.sfus[0].media.split(':')[1];
    const path = join(folder.path, 'whole.pcapng');
    const secrets = await secretsIn(path);
    const tshark = (...args: string[]) =>
      spawnSync('tshark', ['-r', path, '-d', `udp.port==${port},dtls`, ...args], { encoding: 'utf8' }).stdout.trim();
    const randoms = tshark('-Y', 'dtls.handshake.type == 1', '-T', 'fields', '-e', 'dtls.handshake.random').split('\n');
    expect(new Set(secrets.map((line) => line.split(' ')[1]))).toEqual(new Set(randoms));
    // tshark 4.0 takes them from a file only, and of several handshakes at a time decrypts one.
    const keys = folder.write('keys.log', `${secrets.join('\n')}\n`);
    const finished = tshark('-o', `tls.keylog_file:${keys}`, '-Y', 'dtls.handshake.type == 20').split('\n');
    expect(finished.filter((line) => line.includes('Finished')).length).toBeGreaterThanOrEqual(2);
  });

  const cannot = cannotCapture('dumpcap');
  it(`opened in the middle of a call has the keys all the same; as --keys has${cannot}`, async () => {
    const calls = load(100);
    const { control } = conference.sfus[0];
    const early = start(['capture', '--sfu', control, '--out', join(folder.path, 'early.pcapng')]);
    await early.capturing();
    // All are there once the third key is written.
    for (let known = 0; known < PARTICIPANTS; known = (await secretsIn(join(folder.path, 'early.pcapng'))).length) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const path = join(folder.path, 'late.pcapng');
    const late = start(['capture', '--sfu', control, '--out', path, '--packets', '200', '--snaplen', '80']);
    if (cannot === '') {
      const node = join(folder.path, 'node.pcapng');
      const filter = `udp port ${conference.sfus[0].media.split(':')[1]}`;
      const capture = start([
        'capture',
        '-i',
        'lo',
        '-f',
        filter,
        '--keys',
        control,
        '--packets',
        '200',
        '--out',
        node,
      ]);
      expect([await capture.ended, await secretsIn(node)]).toEqual([
        0,
        await secretsIn(join(folder.path, 'early.pcapng')),
      ]);
    }
    expect(await late.ended).toBe(0);
    expect((await secretsIn(path)).sort()).toEqual((await secretsIn(join(folder.path, 'early.pcapng'))).sort());
    early.child.kill('SIGINT');
    calls.child.kill('SIGINT');
    expect([await early.ended, await calls.ended]).toEqual([0, 0]);
  });

  it('is watched as well: its streams while they run, and whose times they are', async () => {
    const calls = load(100);
    const { control, media } = conference.sfus[0];
    const watch = start(['watch', control, '--json', '--interval', '0.3']);
    type Look = { caveat: string; streams: { source: string; destination: string; packets: number }[] };
    const last = () => JSON.parse(watch.stdout.toString().split('\n').at(-2) || '{"streams":[]}') as Look;
    const count = (end: 'source' | 'destination') =>
      last().streams.filter((stream) => stream[end] === media && stream.packets > 20).length;
    // A voice and a picture of each to the SFU, and of each to all others.
    await watch.until(
      () => count('destination') >= 2 * PARTICIPANTS && count('source') >= 2 * PARTICIPANTS * (PARTICIPANTS - 1),
    );
    expect(last().caveat).toBe('times of user space');
    watch.child.kill('SIGINT');
    calls.child.kill('SIGINT');
    expect([await watch.ended, await calls.ended, watch.stderr]).toEqual([0, 0, '']);
  });

  it('says what is wrong where the SFU does not let it', async () => {
    const { control } = conference.sfus[0];
    const out = join(folder.path, 'none.pcapng');
    for (const [args, secret, message] of [
      [
        ['--sfu', control, '--out', out],
        'wrong',
        /the control secret is missing or wrong\. Set RTCSCOPE_CONTROL_SECRET/,
      ],
      [['--sfu', control, '--out', out], '', /RTCSCOPE_CONTROL_SECRET is not set/],
      [['--sfu', conference.url, '--out', out], SECRET, /answers with status 404/],
      [['--sfu', 'ftp://x', '--out', out], SECRET, /not the address of an SFU/],
      [['--sfu', control, '-i', 'lo', '--out', out], SECRET, /--sfu and --interface do not go together/],
    ] as const) {
      const capture = start(['capture', ...args], secret);
      expect([await capture.ended, capture.stderr.split('\n').length]).toEqual([2, 2]);
      expect(capture.stderr).toMatch(message);
      expect(capture.stderr).not.toContain(SECRET);
    }
  });

  it('says that the connection broke where the SFU is killed, and leaves a whole file', async () => {
    const path = join(folder.path, 'killed.pcapng');
    const other = start(['up', '--open', '--port', '0']);
    await other.until(() => other.stdout.includes('\n'));
    const { control, pid } = (JSON.parse(other.stdout.toString()) as typeof conference).sfus[0];
    const capture = start(['capture', '--sfu', control, '--out', path]);
    await capture.capturing();
    process.kill(pid, 'SIGKILL');
    expect(await capture.ended).toBe(2);
    other.child.kill('SIGTERM');
    await other.ended;
    expect(capture.stderr).toMatch(
      /\nrtcscope: SFU at .*: the connection broke\. What was captured until then is whole\.\n$/,
    );
    expect((await payloadsIn(path)).cursor.truncated).toBe(false);
  });

  it('ends well, with a whole file, when the SFU ends', async () => {
    const path = join(folder.path, 'ended.pcapng');
    const capture = start(['capture', '--sfu', conference.sfus[0].control, '--out', path]);
    await capture.capturing();
    up.child.kill('SIGTERM');
    expect([await capture.ended, await up.ended]).toEqual([0, 0]);
    expect((await payloadsIn(path)).cursor.truncated).toBe(false);
  });
});
