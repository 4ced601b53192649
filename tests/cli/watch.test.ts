import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { LiveRow } from '../../analyzers/index.ts';
import { rtpBytes } from '../analyzers/rtp/rtp-feed.ts';
import { temporaryFolder } from '../captures/temporary-folder.ts';
import { cannotCapture, openReceiver, running } from './capturing.ts';
import { builtProgram, samples } from './program.ts';

// For a machine that is slow and busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const program = builtProgram();
const folder = temporaryFolder();
const start = (args: readonly string[]) => running([process.execPath, program.path, 'watch', ...args]);

interface Look {
  readonly schema: string;
  readonly source: string;
  readonly caveat: string | null;
  readonly packets: number;
  readonly dropped: number | null;
  readonly streams: LiveRow[];
}
const looksOf = (text: string): Look[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Look);

describe('watch without a terminal', () => {
  it('looks once at a file, in plain lines', () => {
    const { status, stdout, stderr } = program.run(['watch', join(samples, 'voip.pcap'), '--once']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^voip\.pcap · 2 streams · .* · 2,000 packets\n/);
    expect(stdout).toMatch(/^▲ audio PCMA .* 1\.50 % .* 15$/m);
    expect(stdout).not.toContain('\u001b');
  });

  it('follows a file as it grows: a line of JSON at each look', async () => {
    const bytes = readFileSync(join(samples, 'voip.pcap'));
    const path = folder.write('growing.pcap', bytes.subarray(0, 200_000));
    const watch = start([path, '--json', '--interval', '0.2']);
    const last = () => looksOf(watch.stdout.toString()).at(-1);
    await watch.until(() => (last()?.packets ?? 0) > 500);
    appendFileSync(path, bytes.subarray(200_000));
    await watch.until(() => last()?.packets === 2000);
    watch.child.kill('SIGTERM');
    expect([await watch.ended, watch.stderr]).toEqual([0, '']);
    const { schema, streams, dropped } = last()!;
    expect([schema, dropped, last()!.source, last()!.caveat]).toEqual(['rtcscope.watch/1', null, 'growing.pcap', null]);
    expect(streams.map(({ packets, lost }) => [packets, lost]).sort()).toEqual([
      [1000, 0],
      [985, 15],
    ]);
  });

  it('reads standard input to its end', () => {
    const { status, stdout } = program.run(['watch', '-', '--json', '--interval', '3600'], {
      input: readFileSync(join(samples, 'call.pcapng')),
    });
    expect(status).toBe(0);
    const looks = looksOf(stdout);
    expect(looks).toHaveLength(1);
    expect(looks[0].streams.length).toBeGreaterThan(3);
  });

  it.each([
    [['no-such.pcap'], /no such file/],
    [['x', '--interval', '0'], /--interval 0/],
    [['x.pcap', '--filter', 'udp'], /--filter is for interfaces alone/],
    [['http://127.0.0.1:1', '--tool', 'cap'], /--tool is for interfaces alone/],
  ])('refuses %j in one line', (args, message) => {
    const { status, stdout, stderr } = program.run(['watch', ...args]);
    expect([status, stdout, stderr.split('\n').length]).toEqual([2, '', 2]);
    expect(stderr).toMatch(message);
  });
});

const cannot = cannotCapture('dumpcap');
describe(`watch on an interface${cannot}`, () => {
  it.skipIf(cannot)('tells loss exactly, and the streams of each SSRC apart', async () => {
    const receiver = await openReceiver();
    const watch = start(['lo', '--filter', `udp dst port ${receiver.port}`, '--json', '--interval', '0.2']);
    const last = () => looksOf(watch.stdout.toString()).at(-1);
    // It captures from its first look on.
    await watch.until(() => last() !== undefined);
    const packets = Array.from({ length: 300 }, (_, index) => index).flatMap((sequence) => [
      rtpBytes({ sequence, timestamp: sequence * 160, atNs: 0, ssrc: 1 }),
      ...(sequence % 10 === 5 ? [] : [rtpBytes({ sequence, timestamp: sequence * 160, atNs: 0, ssrc: 2 })]),
    ]);
    await receiver.send(packets);
    await watch.until(() => last()?.packets === packets.length);
    watch.child.kill('SIGINT');
    expect([await watch.ended, watch.stderr]).toEqual([0, '']);
    receiver.close();
    // While the loss is among the last looks.
    const { streams } = looksOf(watch.stdout.toString()).find((look) => look.packets === packets.length)!;
    expect(streams.map(({ ssrc, packets, lost, codec, grade }) => [ssrc, packets, lost, codec, grade])).toEqual([
      [2, 270, 30, 'PCMA', 'bad'],
      [1, 300, 0, 'PCMA', expect.any(String)],
    ]);
  });

  it.skipIf(cannot)('says that a name is none of an interface', () => {
    const { status, stderr } = program.run(['watch', 'no-such']);
    expect([status, stderr]).toEqual([
      2,
      'rtcscope: there is no interface no-such. rtcscope capture --list shows them.\n',
    ]);
  });
});

const noTmux = spawnSync('tmux', ['-V']).status === 0 ? '' : ' (SKIPPED: no tmux)';
const socket = `rtcscope-test-${process.pid}`;
const tmux = (...args: string[]): SpawnSyncReturns<string> =>
  spawnSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
afterAll(() => {
  if (noTmux === '') tmux('kill-server');
});

/** What the terminal shows, once it fits. */
async function shown(fits: (text: string) => boolean): Promise<string> {
  const untilMs = Date.now() + 60_000;
  for (;;) {
    const { stdout } = tmux('capture-pane', '-p');
    if (fits(stdout)) return stdout;
    if (Date.now() > untilMs) throw new Error(`the terminal shows:\n${stdout}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe(`watch on a terminal${noTmux}`, () => {
  const path = join(samples, 'call.pcapng');

  it.skipIf(noTmux)(
    'shows a table, takes keys, follows the size, stands back, and leaves the screen as it was',
    async () => {
      const shell = "env -u NO_COLOR LANG=C.UTF-8 LC_ALL=C.UTF-8 PS1='$ ' bash --norc --noprofile";
      expect(tmux('new-session', '-d', '-x', '110', '-y', '24', shell).status).toBe(0);
      // Until the source has ended streams stay: of a whole file they would leave after half a minute.
      const command = `echo before; cat ${path} | '${process.execPath}' '${program.path}' watch - --interval 0.2`;
      tmux('send-keys', command, 'Enter');
      const table = await shown((text) => /^call|^standard input · ended · 6 streams/m.test(text));
      expect(table).not.toContain('before');
      expect(table).toMatch(/^▲ audio opus .* % /m);
      expect(table).toContain('q ends  ? helps  sorted by worst');
      // Keys come from the terminal though packets come by standard input.
      tmux('send-keys', 'b');
      await shown((text) => /bitrate v/.test(text) && /sorted by bitrate/.test(text));
      tmux('send-keys', 'Down');
      expect(await shown((text) => /^> /m.test(text) && /^loss /m.test(text))).toMatch(/^bitrate {2}\S/m);
      tmux('send-keys', '?');
      await shown((text) => /turn the order round/.test(text));
      tmux('send-keys', '?');
      tmux('resize-window', '-x', '64', '-y', '12');
      const small = await shown(
        (text) => !/turn the order round/.test(text) && !/pkt\/s/.test(text) && /^> /m.test(text),
      );
      expect(small.split('\n').length).toBeLessThanOrEqual(13);
      for (const line of small.split('\n')) expect(line.length).toBeLessThanOrEqual(64);
      tmux('resize-window', '-x', '110', '-y', '24');

      tmux('send-keys', 'C-z');
      await shown((text) => /before/.test(text) && /Stopped/.test(text));
      tmux('send-keys', 'fg', 'Enter');
      await shown((text) => /sorted by bitrate/.test(text) && !/before/.test(text));

      tmux('send-keys', 'q');
      await shown((text) => /before/.test(text) && !/sorted by/.test(text));
      tmux('send-keys', 'echo "ended with $?"', 'Enter');
      const back = await shown((text) => /^ended with 0/m.test(text));
      expect(back).not.toContain('opus');
      expect(tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').stdout).toBe('0 1\n');
      tmux('kill-server');
    },
  );

  it.skipIf(noTmux)('leaves the screen as it was at SIGTERM too', async () => {
    const shell = "env LANG=C.UTF-8 PS1='$ ' bash --norc --noprofile";
    expect(tmux('new-session', '-d', '-x', '100', '-y', '24', shell).status).toBe(0);
    const pidFile = join(folder.path, 'pid');
    tmux(
      'send-keys',
      `echo before; sh -c 'echo $$ > ${pidFile}; exec "${process.execPath}" "${program.path}" watch "${path}"'`,
      'Enter',
    );
    await shown((text) => /sorted by worst/.test(text));
    const pid = Number(readFileSync(pidFile, 'utf8'));
    // Stopped from outside it stands back too, and comes again when it may go on.
    process.kill(pid, 'SIGTSTP');
    await shown((text) => /before/.test(text) && /Stopped/.test(text) && !/sorted by/.test(text));
    expect(tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').stdout).toBe('0 1\n');
    tmux('send-keys', 'fg', 'Enter');
    await shown((text) => /sorted by worst/.test(text));
    process.kill(pid, 'SIGTERM');
    await shown((text) => /before/.test(text) && !/sorted by/.test(text));
    expect(tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').stdout).toBe('0 1\n');
    tmux('kill-server');
  });
});
