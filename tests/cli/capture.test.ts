import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Analysis } from '../../analyzers/index.ts';
import { loadAddon } from '../../captures/capturing/addon.ts';
import { everyRecord } from '../captures/records/every-record.ts';
import { temporaryFolder } from '../captures/temporary-folder.ts';
import { cannotCapture, numbered, openReceiver, payloadsIn, running } from './capturing.ts';
import { builtProgram } from './program.ts';

// For a machine that is slow and busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const program = builtProgram();
const folder = temporaryFolder();
const cannot = { dumpcap: cannotCapture('dumpcap'), tcpdump: cannotCapture('tcpdump'), cap: cannotCapture('tcpdump') };
if (cannot.cap === '' && (await loadAddon()) === null) cannot.cap = ' (SKIPPED: the optional package cap is not here)';
const start = (args: readonly string[]) => running([process.execPath, program.path, 'capture', ...args]);
const texts = (payloads: readonly Uint8Array[]) => payloads.map((payload) => Buffer.from(payload).toString());

describe.each(['dumpcap', 'tcpdump', 'cap'] as const)('capture with %s', (tool) => {
  it.skipIf(cannot[tool])(`takes exactly what went over lo, until Ctrl-C${cannot[tool]}`, async () => {
    const receiver = await openReceiver();
    const path = join(folder.path, `${tool}.pcapng`);
    const filter = `udp dst port ${receiver.port}`;
    const sent = numbered(400);
    const capture = start([
      ...['-i', 'lo', '--tool', tool, '--filter', filter, '--out', path, '--comment', 'of a test', '--name', 'loop'],
    ]);
    await capture.capturing();
    // All of it is in the file, though nobody ended anything yet. In parts, for cap has little room for what it must wait for.
    for (let at = 0; at < sent.length; at += 50) {
      await receiver.send(sent.slice(at, at + 50));
      while ((await payloadsIn(path)).payloads.length < at + 50) await new Promise((done) => setTimeout(done, 30));
    }
    capture.child.kill('SIGINT');
    expect(await capture.ended).toBe(0);
    receiver.close();
    const { payloads, cursor } = await payloadsIn(path);
    expect(payloads).toEqual(texts(sent));
    expect(cursor.interfaces[0]).toMatchObject({ name: 'lo', description: 'loop', timeDigits: 9 });
    expect(cursor.interfaces[0].droppedPackets).toBe(tool === 'cap' ? null : 0);
    const [section] = cursor.sections;
    expect(section.application).toMatch(
      tool === 'cap' ? /^rtcscope .*, cap/ : new RegExp(`^rtcscope .*, ${tool}.* \\d`, 'i'),
    );
    expect(section.comments.slice(0, 2)).toEqual(['of a test', `host: ${hostname()}`]);
    expect(section.comments[2]).toMatch(tool === 'cap' ? /^clock: .*user space/ : /^clock: .*kernel/);
    expect([cursor.truncated, cursor.problems.list()]).toEqual([false, []]);
    const analysis = JSON.parse(program.run(['analyze', path, '--json', '-']).stdout) as Analysis;
    expect(analysis.findings.some(({ code }) => code === 'user-space-times')).toBe(tool === 'cap');
    expect(capture.stderr).toMatch(/^Capturing on lo with .*\n400 packets, .* in .*\.pcapng\n$/);
  });

  it.skipIf(cannot[tool])(`cuts packets, and ends after as many as were asked for${cannot[tool]}`, async () => {
    const receiver = await openReceiver();
    const filter = `udp dst port ${receiver.port}`;
    const capture = start([
      '-i',
      'lo',
      '--tool',
      tool,
      '-f',
      filter,
      '--packets',
      '5',
      '--snaplen',
      '64',
      '--out',
      '-',
    ]);
    await capture.capturing();
    await receiver.send(Array.from({ length: 9 }, () => Buffer.alloc(300)));
    expect(await capture.ended).toBe(0);
    receiver.close();
    const { records, cursor } = await everyRecord(capture.stdout);
    expect(records.map(({ data, original }) => [data.length, original])).toEqual(Array(5).fill([64, 342]));
    expect([cursor.interfaces[0].snapLength, cursor.truncated]).toEqual([64, false]);
  });
});

describe('capture', () => {
  it.skipIf(cannot.dumpcap)(`keeps a ring of files${cannot.dumpcap}`, async () => {
    const receiver = await openReceiver();
    const path = join(folder.path, 'ring.pcapng');
    const capture = start([
      ...['-i', 'lo', '--filter', `udp dst port ${receiver.port}`, '--out', path],
      ...['--ring-megabytes', '0.1', '--ring-files', '2'],
    ]);
    await capture.capturing();
    const newest = () =>
      readdirSync(folder.path)
        .filter((name) => /^ring_/.test(name))
        .sort()
        .at(-1) ?? '';
    // In more than one gulp, so that a file is found full more than once.
    while (newest() < 'ring_00004') await receiver.send(Array.from({ length: 50 }, () => Buffer.alloc(1200)));
    capture.child.kill('SIGINT');
    expect(await capture.ended).toBe(0);
    receiver.close();
    const names = readdirSync(folder.path).filter((name) => /^ring/.test(name));
    expect(names).toHaveLength(2);
    const analysis = program.run(['analyze', ...names.map((name) => join(folder.path, name)), '--json', '-']);
    const { captures } = JSON.parse(analysis.stdout) as { captures: { packets: number; truncated: boolean }[] };
    for (const { packets, truncated } of captures) expect([packets > 0, truncated]).toEqual([true, false]);
  });

  const noScript = spawnSync('script', ['--version']).status === 0 ? cannot.dumpcap : ' (SKIPPED: no script(1))';
  it.skipIf(noScript)(`shows on a terminal how far it is, and wipes that away${noScript}`, async () => {
    const typescript = join(folder.path, 'typescript');
    const words = [process.execPath, program.path, 'capture', '-i', 'lo', '--duration', '2', '--out', 'shown.pcapng'];
    const command = words.map((word) => `'${word}'`).join(' ');
    const shell = spawnSync('script', ['--quiet', '--return', '--command', command, typescript], {
      ...{ cwd: folder.path, stdio: ['ignore', 'ignore', 'ignore'] },
    });
    expect(shell.status).toBe(0);
    const shown = readFileSync(typescript, 'utf8');
    expect(shown).toMatch(/\r\u001b\[K[\d,]+ packets, [\d.]+ \w?B, [\d.]+ s/);
    expect(shown).toMatch(/\r\u001b\[K[\d,]+ packets, [\d.]+ \w?B, \d+ dropped, [\d.]+ s in shown\.pcapng\r?\n/);
  });

  it('names the place of a mistake in a filter, and leaves the file alone', () => {
    if (cannot.tcpdump.includes('no tcpdump')) return;
    const path = folder.write('kept.pcapng', 'kept');
    const { status, stderr } = program.run(['capture', '-i', 'lo', '--filter', 'udp prot 5004', '--out', path]);
    expect([status, stderr]).toEqual([
      2,
      'rtcscope: --filter: syntax error, at character 5 ("prot"). The syntax is that of pcap-filter(7), such as udp portrange 10000-20000.\n',
    ]);
    expect(readFileSync(path, 'utf8')).toBe('kept');
  });

  it.each([
    [['--out', 'x.pcapng'], /no interface is named/],
    [['-i', 'lo'], /where to is not said/],
    [['-i', 'lo', '--out', 'x.pcap'], /End the name with \.pcapng/],
    [['-i', 'lo', '--out', 'x.pcapng', '--snaplen', '10'], /--snaplen 10/],
    [['-i', 'lo', '--out', 'x.pcapng', '--ring-files', '3'], /--ring-megabytes or --ring-seconds/],
    [['-i', 'lo', '--out', '-', '--ring-seconds', '3'], /a ring needs files/],
    [['-i', 'lo', '--out', 'x.pcapng', '--duration', 'soon'], /--duration/],
  ])('refuses %j in one line', (args, message) => {
    const { status, stderr } = program.run(['capture', ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync('x.pcapng')).toBe(false);
  });

  it.skipIf(cannot.dumpcap)(`says that there is no such interface${cannot.dumpcap}`, () => {
    const { status, stderr } = program.run([
      'capture',
      '-i',
      'no\u001b[2Jsuch',
      '--out',
      join(folder.path, 'no.pcapng'),
    ]);
    expect([status, stderr]).toEqual([
      2,
      'rtcscope: there is no interface no\\u001b[2Jsuch. rtcscope capture --list shows them.\n',
    ]);
  });

  // Nobody may capture; nor may a program gain the right by capabilities of its file.
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', '--bounding-set=-all'];
  const isReachable = () =>
    spawnSync('setpriv', [...asNobody, process.execPath, program.path, '--version']).status === 0;
  it.skipIf(cannot.dumpcap)(`says what to do where it may not capture${cannot.dumpcap}`, ({ skip }) => {
    if (!isReachable()) skip('SKIPPED: another user cannot read the program, or there is no setpriv');
    const args = [...asNobody, process.execPath, program.path, 'capture', '-i', 'lo', '--out', '-'];
    const { status, stderr } = spawnSync('setpriv', args, { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^rtcscope: no permission to capture on lo\. Run it as root, or .*setcap .*wireshark.*\n$/);
  });

  it('lists the interfaces, and who says so', () => {
    const { status, stdout } = program.run(['capture', '--list']);
    expect(status).toBe(0);
    expect(stdout).toMatch(process.platform === 'linux' ? /^lo .*127\.0\.0\.1/m : /127\.0\.0\.1/);
    expect(stdout).toMatch(/interfaces, as .* lists? them\n$/);
    const { source, devices } = JSON.parse(program.run(['capture', '--list', '--json', '-']).stdout);
    expect(stdout).toContain(source);
    expect(stdout.split('\n').length - 3).toBe(devices.length);
  });
});

const ip = (...args: string[]) => spawnSync('ip', args, { encoding: 'utf8' });
const space = `rtcscope-${process.pid}`;
const hasSpaces = cannot.dumpcap === '' && ip('netns', 'add', space).status === 0;
const noSpaces = hasSpaces ? '' : cannot.dumpcap || ' (SKIPPED: no network namespaces)';
afterAll(() => {
  if (hasSpaces) ip('netns', 'del', space);
});

describe(`between two ends of a wire${noSpaces}`, () => {
  it.skipIf(noSpaces)('captures what came to this end, by the time of the kernel', async () => {
    const inside = ['ip', 'netns', 'exec', space];
    const other = `${space}-b`;
    try {
      const steps = [
        ['netns', 'add', other],
        ['-n', space, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns', other],
        ['-n', space, 'addr', 'add', '10.55.0.1/24', 'dev', 'near'],
        ['-n', other, 'addr', 'add', '10.55.0.2/24', 'dev', 'far'],
        ['-n', space, 'link', 'set', 'near', 'up'],
        ['-n', other, 'link', 'set', 'far', 'up'],
      ];
      for (const step of steps) expect([step, ip(...step).stderr]).toEqual([step, '']);
      const path = join(folder.path, 'wire.pcapng');
      const capture = running([
        ...[...inside, process.execPath, program.path, 'capture', '-i', 'near', '-f', 'udp dst port 5004'],
        ...['--packets', '200', '--out', path],
      ]);
      await capture.capturing();
      const script = folder.write(
        'send.mjs',
        `import { createSocket } from 'node:dgram';
const socket = createSocket('udp4');
for (let index = 0; index < 200; index++) {
  await new Promise((done) => socket.send('packet ' + index, 5004, '10.55.0.1', done));
}
socket.close();`,
      );
      const beganMs = Date.now();
      const sender = running(['ip', 'netns', 'exec', other, process.execPath, script]);
      expect([await sender.ended, sender.stderr]).toEqual([0, '']);
      expect(await capture.ended).toBe(0);
      const { payloads } = await payloadsIn(path);
      expect(payloads).toEqual(Array.from({ length: 200 }, (_, index) => `packet ${index}`));
      const { records } = await everyRecord(readFileSync(path));
      const timesMs = records.map(({ seconds, nanoseconds }) => seconds * 1000 + nanoseconds / 1e6);
      expect(timesMs).toEqual([...timesMs].sort((a, b) => a - b));
      expect(timesMs[0]).toBeGreaterThan(beganMs - 1);
      expect(timesMs.at(-1)).toBeLessThan(Date.now() + 1);
    } finally {
      ip('netns', 'del', other);
    }
  });
});
