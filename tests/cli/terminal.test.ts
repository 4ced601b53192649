import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../captures/temporary-folder.ts';
import { builtProgram, samples } from './program.ts';

const program = builtProgram();
const folder = temporaryFolder();
const voip = join(samples, 'voip.pcap');
const hasScript = spawnSync('script', ['--version']).status === 0;
const missing = hasScript ? '' : ' (SKIPPED: no script(1), of util-linux)';

/** Runs the command with a terminal of its own as standard output and error; what came there, mixed as a person sees it. */
function onTerminal(args: readonly string[], environment: NodeJS.ProcessEnv = {}, before = ''): string {
  const words = [process.execPath, program.path, ...args].map((word) => `'${word}'`);
  const command = before + words.join(' ');
  const env = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...environment };
  delete (env as NodeJS.ProcessEnv)['FORCE_COLOR'];
  const typescript = join(folder.path, 'typescript');
  const { status } = spawnSync('script', ['--quiet', '--return', '--command', command, typescript], {
    ...{ env, stdio: ['ignore', 'ignore', 'ignore'] },
  });
  expect(status).toBe(0);
  return readFileSync(typescript, 'utf8').replace(/^Script started.*\r?\n|\r?\nScript done.*\r?\n?/g, '');
}

describe(`on a terminal${missing}`, () => {
  it.skipIf(missing)('colours, but not where NO_COLOR asks for none, nor where the terminal is dumb', () => {
    expect(onTerminal(['analyze', voip])).toMatch(/\u001b\[[0-9;]+m/);
    expect(onTerminal(['analyze', voip], { NO_COLOR: '1' })).not.toContain('\u001b[');
    expect(onTerminal(['analyze', voip], { TERM: 'dumb' })).not.toContain('\u001b[');
  });

  it.skipIf(missing)('without UTF-8 writes ASCII alone', () => {
    expect(onTerminal(['analyze', voip], { LANG: 'C', LC_ALL: 'C', NO_COLOR: '1' })).toMatch(/^[\r\n -~]*$/);
  });

  it.skipIf(missing)('shows progress of long work, and wipes it away', () => {
    const bytes = readFileSync(voip);
    const header = folder.write('header', bytes.subarray(0, 24));
    const many = folder.write('many', Buffer.concat(Array.from({ length: 25 }, () => bytes.subarray(24))));
    // Long work, whatever the machine: half of it comes a second later.
    const slowly = `(cat ${header} ${many}; sleep 1; cat ${many}) | `;
    const shown = onTerminal(['analyze', '-'], { NO_COLOR: '1' }, slowly);
    expect(shown).toMatch(/\r\u001b\[Kread \d+ MiB, \d+ MiB\/s/);
    expect(shown.slice(shown.lastIndexOf('MiB/s'))).toContain('\r\u001b[K');
    expect(onTerminal(['analyze', '-', '--quiet'], { NO_COLOR: '1' }, slowly)).not.toContain('MiB/s');
  });
});

describe('without a terminal', () => {
  it('no colours, no progress: plain text on standard output, nothing on standard error', () => {
    const { status, stdout, stderr } = program.run(['analyze', voip]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('\u001b');
  });
});
