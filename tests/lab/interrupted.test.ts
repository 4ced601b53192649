import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { removeLeftGroups } from '../../cluster/drivers/local/cpu-limit.ts';
import { builtProgram } from '../cli/program.ts';

const program = builtProgram();
const folder = mkdtempSync(join(tmpdir(), 'rtcscope-interrupted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LONG = `
name: long
mediaPod: { cpuRequest: 0.1, cpuLimit: 0.6 }
autoscaler: { maxReplicas: 2, targetCpuPercent: 50 }
phases:
  - { name: first, seconds: 600, autoscaling: true, load: { rooms: 1, participants: 2, videoKbps: 100 }, http: { users: 1 } }
  - { name: second, seconds: 600 }
`;

/** All that a process started, and what these started, by `/proc`. */
function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** What has ended, and that nobody asked for, is not there any more. */
const isThere = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
};

/** Waits until none of them is there: the last ones end by themselves, a moment after us. */
async function allEnd(pids: readonly number[]): Promise<void> {
  while (pids.some(isThere)) await new Promise((resolve) => setTimeout(resolve, 100));
}

function groupsOf(pid: number): string[] {
  return ['', 'cpu', 'memory'].flatMap((tree) => {
    const folder = join('/sys/fs/cgroup', tree);
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`rtcscope-${pid}-`)) : [];
  });
}

describe.each(['SIGINT', 'SIGKILL'] as const)('%s while a scenario runs', (by) => {
  it('ends all that was started, and leaves a run that can be reported', { timeout: 240_000 }, async () => {
    const run = join(folder, by);
    writeFileSync(join(folder, 'long.yaml'), LONG);
    const child = program.start(['lab', 'run', join(folder, 'long.yaml'), '--out', run, '--jmeter', 'off', '--yes']);
    child.stdout!.resume();
    let words = '';
    child.stderr!.on('data', (text) => (words += text));
    const ended = once(child, 'exit');
    // Media flows: the load has told of packets.
    const hasMedia = () =>
      existsSync(join(run, 'load.jsonl')) && /"packets":[1-9]/.test(readFileSync(join(run, 'load.jsonl'), 'utf8'));
    while (!hasMedia()) {
      expect(child.exitCode, words).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const started = descendants(child.pid!);
    // Gateway, media pod and load; captures where they are permitted.
    expect(started.length).toBeGreaterThanOrEqual(3);
    const groups = () => groupsOf(child.pid!);
    child.kill(by);
    const [status] = await ended;
    expect(status, words).toBe(by === 'SIGINT' ? 1 : null);
    await allEnd(started);
    // At `kill -9` groups stay, empty, until the next run.
    removeLeftGroups();
    expect(groups()).toEqual([]);

    const description = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
    expect(description).toMatchObject({ complete: false, phases: [{ name: 'first', completed: false }] });
    if (by === 'SIGINT') {
      expect(description.phases[0].end).not.toBeNull();
      expect(description.problems.map(({ code }: { code: string }) => code)).toContain('interrupted');
      // It was reported at once, and can be again.
      expect(readFileSync(join(run, 'report.md'), 'utf8')).toContain('ended early: 0 of 2 phases ran');
    }
    const again = program.run(['report', run, '--json', '-', '--quiet']);
    expect(again.status, again.stderr).toBe(0);
    const report = JSON.parse(again.stdout);
    expect(report.problems.join()).toContain('The run did not end as planned');
    expect(report.phases[0]).toMatchObject({ phase: 'first', completed: false });
    expect(report.phases[0].packets).toBeGreaterThan(0);
  });
});
