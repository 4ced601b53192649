import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtProgram, root } from './program.ts';

const program = builtProgram();
const call = `${root}captures/samples/call.pcapng`;

const rtcscope = (args: readonly string[], input?: Buffer) => program.run(args, input === undefined ? {} : { input });

describe('the command line', () => {
  it('starts with the code that V8 made of it when it was built', () => {
    // Asked in a process of its own: this one has other flags.
    const asks = `const { readFileSync } = require('node:fs'); const [script, cache] = process.argv.slice(1);
      const cachedData = readFileSync(cache);
      const { cachedDataRejected } = new (require('node:vm').Script)(readFileSync(script, 'latin1'), { cachedData });
      console.log(cachedDataRejected);`;
    const script = join(dirname(program.path), 'plain-run.js');
    const refused = (cache: string) =>
      spawnSync(process.execPath, ['-e', asks, script, cache], { encoding: 'utf8' }).stdout;
    expect(refused(script.replace(/js$/, 'cache'))).toBe('false\n');
    expect(refused(script)).toBe('true\n');
  });

  it('helps on standard output, and that is no failure', () => {
    const { status, stdout, stderr } = rtcscope(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('rtcscope inspect <file>');
  });

  it('tells its version', () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
    expect(rtcscope(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints a completion script that names the program', () => {
    const { status, stdout } = rtcscope(['completion']);
    expect(status).toBe(0);
    expect(stdout).toContain('rtcscope');
    expect(spawnSync('bash', ['-n'], { input: stdout }).status).toBe(0);
  });

  it('completes commands', () => {
    expect(rtcscope(['--get-yargs-completions', 'rtcscope', 'insp']).stdout).toContain('inspect');
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['inspect', call, '--frobnicate']],
    ['no file', ['inspect']],
    ['a file that is not there', ['inspect', 'no-such.pcap']],
    ['a file that is no capture', ['inspect', 'package.json']],
    ['a folder', ['inspect', 'docs']],
  ])('%s is one line on standard error and status 2', (_, args) => {
    const { status, stdout, stderr } = rtcscope(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^rtcscope: [^\n]+\n$/);
  });

  it('does not obey control characters in a file name', () => {
    expect(rtcscope(['inspect', 'no\u001b[2Jsuch.pcap']).stderr).not.toContain('\u001b');
  });
});

describe('analyze', () => {
  it('prints one JSON object where asked to, and nothing else', () => {
    const { status, stdout } = rtcscope(['analyze', call, '--json', '-']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'rtcscope.analysis/1', captures: [{ path: call }] });
  });

  it('reads standard input as it reads a file', () => {
    const fromFile = JSON.parse(rtcscope(['analyze', call, '--json', '-']).stdout);
    const fromPipe = JSON.parse(rtcscope(['analyze', '-', '--json', '-'], readFileSync(call)).stdout);
    expect(fromPipe.streams).toEqual(fromFile.streams);
  });

  it('ends with status 1 where a threshold is crossed, with 0 where none is', () => {
    expect(rtcscope(['analyze', call, '--fail-on', 'lostPercent>1']).status).toBe(1);
    expect(rtcscope(['analyze', call, '--fail-on', 'lostPercent>50']).status).toBe(0);
  });

  it('refuses a threshold or a filter that it does not understand', () => {
    for (const args of [
      ['--fail-on', 'beauty>1'],
      ['--filter', 'ip.addr =='],
    ]) {
      const { status, stdout, stderr } = rtcscope(['analyze', call, ...args]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^rtcscope: [^\n]+\n$/);
    }
  });
});

describe('inspect', () => {
  it('prints text, or one JSON object', () => {
    expect(rtcscope(['inspect', call]).stdout).toContain('lo (Loopback): ETHERNET');
    expect(JSON.parse(rtcscope(['inspect', '--json', call]).stdout)).toMatchObject({
      ...{ schema: 'rtcscope.inspection/1', path: call, format: 'pcapng', problems: [] },
    });
  });

  it('reads standard input as it reads a file', () => {
    const fromFile = JSON.parse(rtcscope(['inspect', '--json', call]).stdout);
    const fromPipe = JSON.parse(rtcscope(['inspect', '--json', '-'], readFileSync(call)).stdout);
    expect(fromPipe).toEqual({ ...fromFile, path: '-', fileBytes: null });
  });
});
