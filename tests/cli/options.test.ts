import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../analyzers/index.ts';
import { EXAMPLES } from '../../cli/analyze.ts';
import { temporaryFolder } from '../captures/temporary-folder.ts';
import { builtProgram, samples } from './program.ts';

const program = builtProgram();
const folder = temporaryFolder();
const call = join(samples, 'call.pcapng');
const voip = join(samples, 'voip.pcap');
/** The sample's media begin at 10:00:02.16; its streams are numbered as they appear: s1 goes out, s2 comes in. */
const VOIP_START = '2026-01-15T10:00:00Z';

function analyse(...args: string[]): Analysis {
  const { status, stdout, stderr } = program.run(['analyze', ...args, '--json', '-']);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Analysis;
}

function refusal(...args: string[]): string {
  const { status, stdout, stderr } = program.run(args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^rtcscope: [^\n]+[.?!] [A-Z][^\n]+\n$/);
  return stderr;
}

describe('help', () => {
  it('names commands, exit statuses and, for analyze, every option with examples', () => {
    const general = program.run(['--help']);
    expect([general.status, general.stderr]).toEqual([0, '']);
    expect(general.stdout).toMatch(/analyze[\s\S]*inspect[\s\S]*Exit status: 0 done, 1/);
    const { status, stdout } = program.run(['analyze', '--help']);
    expect(status).toBe(0);
    for (const option of [
      'json',
      'csv',
      'markdown',
      'html',
      'charts',
      'filter',
      'from',
      'to',
      'sdp',
      'window',
      'fail-on',
    ]) {
      expect(stdout).toContain(`--${option}`);
    }
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('tcpdump -w - udp | rtcscope analyze -');
  });

  it('shows examples that work as they stand', () => {
    const lines = EXAMPLES.map(([line]) => line).filter((line) => /analyze call\.pcap/.test(line));
    expect(lines.length).toBeGreaterThan(2);
    writeFileSync(join(folder.path, 'call.pcapng'), readFileSync(call));
    writeFileSync(join(folder.path, 'call.pcap'), readFileSync(voip));
    for (const line of lines) {
      const command = line.replace('$0', `"${process.execPath}" "${program.path}"`);
      const { status, stderr } = spawnSync(command, { shell: true, cwd: folder.path, encoding: 'utf8' });
      // A threshold may be crossed; nothing may be misunderstood.
      expect([line, status === 0 || status === 1, stderr.includes('rtcscope: --')]).toEqual([line, true, false]);
    }
  });
});

describe('wrong usage', () => {
  it.each([
    [[], /Name a command/],
    [['analyze'], /no capture named/],
    [['watch'], /nothing named to watch: give an interface/],
    [['report'], /no run named/],
    [['merge'], /no analysis named/],
    [['compare'], /nothing named to compare/],
    [['analyse', 'x.pcap'], /unknown command analyse: did you mean analyze\?/],
    [['frobnicate'], /unknown command frobnicate/],
    [['analyze', call, '--frob'], /unknown option --frob/],
    [['inspect', call, voip], /one name too many/],
    [['analyze', call, '--json'], /--json needs a value/],
    [['analyze', call, '--json', 'a', '--json', 'b'], /--json is given more than once/],
    [['analyze', call, '--chart-format', 'gif'], /"gif": not one of "svg", "png"/],
    [['analyze', call, '--limit', 'many'], /--limit: not a number/],
    [['analyze', call, '--window', '0'], /--window 0: not a length of time/],
    [['analyze', call, '--window', 'long'], /--window: not a length of time/],
    [['analyze', call, '--from', 'yesterday'], /--from yesterday: not a moment/],
    [['analyze', call, '--to', '2026-13-01T00:00:00Z'], /--to .*: not a moment/],
    [['analyze', call, '--from', '20', '--to', '10'], /--from lies after --to/],
    [['analyze', call, '--filter', 'ip.addr = 10.0.0.7'], /--filter: .*==.*character \d+/],
    [['analyze', call, '--filter', 'ip.adr == 10.0.0.7'], /did you mean/],
    [['analyze', call, '--fail-on', 'beauty>1'], /--fail-on: unknown figure "beauty"/],
    [['analyze', call, '--fail-on', 'lostPercent'], /--fail-on: /],
    [['analyze', call, '--sdp', 'gone.sdp'], /gone\.sdp: no such file/],
    [['analyze', call, '--sdp', 'package.json'], /package\.json: holds no session description/],
    [['\u001b[2J'], /\\u001b\[2J/],
  ])('%j', (args, words) => {
    expect(refusal(...args)).toMatch(words);
  });
});

describe('what is analysed', () => {
  it('several files in any order are the same as one', () => {
    const [one, other] = [analyse(voip, call), analyse(call, voip)];
    const byStart = ({ streams }: Analysis) => [...streams].sort((a, b) => a.ssrc - b.ssrc);
    expect(byStart(other)).toEqual(byStart(one));
    expect(one.captures.map(({ path }) => path)).toEqual([voip, call]);
    expect(byStart(analyse(samples)).map(({ ssrc, lost }) => [ssrc, lost])).toEqual(
      byStart(one).map(({ ssrc, lost }) => [ssrc, lost]),
    );
  });

  it('a capture in two halves is the whole capture, whichever half is named first', () => {
    const bytes = readFileSync(voip);
    let at = 24;
    for (let record = 0; record < 1000; record++) at += 16 + bytes.readUInt32LE(at + 8);
    const [first, second] = [join(folder.path, 'half-1.pcap'), join(folder.path, 'half-2.pcap')];
    writeFileSync(first, bytes.subarray(0, at));
    writeFileSync(second, Buffer.concat([bytes.subarray(0, 24), bytes.subarray(at)]));
    const whole = analyse(voip).streams;
    // Each file is a capture point of its own; apart from that nothing may differ.
    expect(analyse(second, first).streams).toEqual(whole);
    expect(analyse(join(folder.path, 'half-*.pcap')).streams).toEqual(whole);
  });

  it('standard input, redirected or through a pipe, is the same as the file', () => {
    const whole = analyse(voip).streams;
    const piped = program.run(['analyze', '-', '--json', '-'], { input: readFileSync(voip) });
    expect(JSON.parse(piped.stdout).streams).toEqual(whole);
    const redirect = `"${process.execPath}" "${program.path}" analyze - --json - < "${voip}"`;
    expect(JSON.parse(spawnSync(redirect, { shell: true, encoding: 'utf8' }).stdout).streams).toEqual(whole);
  });

  it('--filter takes what it selects', () => {
    const { streams } = analyse(voip, '--filter', 'ip.dst == 192.0.2.10 and rtp');
    expect(streams.map(({ destination }) => destination)).toEqual(['192.0.2.10:40000']);
  });

  it('--from and --to take seconds from the start, or times', () => {
    const whole = analyse(voip);
    const bySeconds = analyse(voip, '--from', '5', '--to', '10');
    const byTime = analyse(voip, '--from', VOIP_START.replace('00Z', '05Z'), '--to', VOIP_START.replace('00Z', '10Z'));
    expect(byTime.streams).toEqual(bySeconds.streams);
    for (const { startTime, endTime, packets } of bySeconds.streams) {
      expect(startTime! >= '2026-01-15T10:00:05' && endTime! <= '2026-01-15T10:00:10.1').toBe(true);
      expect(packets).toBeLessThan(260);
    }
    expect(whole.streams.every(({ packets }) => packets > 900)).toBe(true);
    const { streams, findings } = analyse(voip, '--from', '1000');
    expect([streams, findings[0].text]).toEqual([[], expect.stringContaining('lies in the time asked for')]);
  });

  it('--window sets the windows of the series, and changes no total', () => {
    const [usual, fine] = [analyse(voip), analyse(voip, '--window', '0.1')];
    expect(fine.windowSeconds).toBe(0.1);
    for (const [index, stream] of fine.streams.entries()) {
      expect(stream.series.windowSeconds).toBe(0.1);
      expect(stream.lost).toBe(usual.streams[index].lost);
      const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
      expect(sum(stream.series.packets)).toBe(sum(usual.streams[index].series.packets));
    }
  });

  it('--sdp names codecs that nothing else in the capture tells', () => {
    const sdp = [
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=rtpmap:111 opus/48000/2',
    ];
    const path = folder.write('offer.sdp', `${sdp.join('\r\n')}\r\n`);
    const codecs = ({ streams }: Analysis) =>
      streams.filter(({ codec, codecSource }) => codec === 'opus' && codecSource === 'sdp').length;
    expect(codecs(analyse(call))).toBe(0);
    expect(codecs(analyse(call, '--sdp', path))).toBe(2);
  });
});

describe('what comes out', () => {
  it('status 1, and a line a stream that crosses, with --fail-on', () => {
    const { status, stderr } = program.run([
      'analyze',
      voip,
      '--fail-on',
      'lostPercent>1',
      '--fail-on',
      'mos<1',
      '--json',
      '-',
    ]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^rtcscope: s2 crosses lostPercent>1: 1\.5[^\n]*\n$/)]);
    expect(program.run(['analyze', voip, '--fail-on', 'lostPercent>10']).status).toBe(0);
  });

  it('every format, each to its file, and the report for people beside them', () => {
    const names = { json: 'r.json', csv: 'r.csv', markdown: 'r.md', html: 'r.html', charts: 'r-charts' };
    const args = Object.entries(names).flatMap(([option, name]) => [`--${option}`, join(folder.path, name)]);
    const { status, stdout, stderr } = program.run(['analyze', voip, ...args]);
    expect(status).toBe(0);
    expect(stdout).toContain('192.0.2.10:40000');
    expect(stderr.split('\n')).toHaveLength(6);
    const read = (name: string) => readFileSync(join(folder.path, name), 'utf8');
    expect(JSON.parse(read('r.json')).streams).toHaveLength(2);
    expect(read('r.csv').split('\r\n')).toHaveLength(4);
    expect(read('r.md')).toContain('# RTP analysis');
    expect(read('r.html')).toMatch(/^<!doctype html>/);
    expect(read('r-charts/jitter.svg')).toMatch(/^<svg/);
  });

  it('--json - into a reader that soon has enough is no failure, and files are still written', () => {
    const html = join(folder.path, 'after-head.html');
    const command = `"${process.execPath}" "${program.path}" analyze "${call}" --json - --html "${html}" | head -c 20; echo " \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(stdout.trimEnd().endsWith(' 0')).toBe(true);
    expect(stderr).toBe(`wrote ${html}\n`);
    expect(readFileSync(html, 'utf8')).toMatch(/<\/html>\s*$/);
  });

  it('--limit shows the worst streams first', () => {
    const { stdout } = program.run(['analyze', call, '--limit', '1']);
    expect(stdout).toContain('the 1 worst of 6 streams');
  });
});

describe('shell completion', () => {
  it('prints a script that bash understands and that names the program', () => {
    const { status, stdout } = program.run(['completion']);
    expect([status, stdout.includes('rtcscope')]).toEqual([0, true]);
    expect(spawnSync('bash', ['-n'], { input: stdout }).status).toBe(0);
  });

  it('completes commands and options', () => {
    expect(program.run(['--get-yargs-completions', 'rtcscope', 'an']).stdout).toContain('analyze');
    expect(program.run(['--get-yargs-completions', 'rtcscope', 'analyze', '--fa']).stdout).toContain('--fail-on');
  });
});
