import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shippedScenarios } from '../../cluster/index.ts';
import { builtProgram } from './program.ts';
import { runTime, writeRun } from './run-on-disk.ts';

const program = builtProgram();
const folder = mkdtempSync(join(tmpdir(), 'rtcscope-list-'));
beforeAll(() => {
  writeRun(join(folder, 'monday'), 2, 400);
  mkdirSync(join(folder, 'odd'));
  writeFileSync(
    join(folder, 'odd', 'run.json'),
    JSON.stringify({ name: 'red \u001b[31m', captures: 'none', phases: 7 }),
  );
  mkdirSync(join(folder, 'no-run'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('lists scenarios and runs', () => {
  const { status, stdout } = program.run(['lab', 'list', folder]);
  expect(status).toBe(0);
  const lines = stdout.split('\n');
  for (const name of shippedScenarios()) expect(lines).toContain(`  ${name}`);
  expect(lines.slice(lines.indexOf(`Runs in ${folder}:`) + 1, -1)).toEqual([
    `  ${join(folder, 'odd')}  unknown  red \\u001b[31m, 0 problems`,
    `  ${join(folder, 'monday')}  ${runTime(0)}  thesis on local, 1 problem`,
  ]);
});

it('shows a run: phases, captures, problems', () => {
  const { status, stdout } = program.run(['lab', 'show', join(folder, 'monday')]);
  expect(status).toBe(0);
  expect(stdout).toContain(`idle (1): ${runTime(-1)} to `);
  expect(stdout).toContain(', not autoscaled\n');
  expect(stdout).toContain('captures/worker-1.pcap by tap, 0 dropped (A tap sees what');
  expect(stdout).toContain(`${runTime(5)} capture-died: The capture on worker-2 ended early.`);
  expect(program.run(['lab', 'show', join(folder, 'odd')])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('red \\u001b[31m, unknown to unknown'),
  });
});

it('shows how far a run came that was killed', () => {
  const path = join(folder, 'monday', 'run.json');
  const { endTime: _, ...cut } = JSON.parse(readFileSync(path, 'utf8'));
  delete cut.phases[1].end;
  writeFileSync(path, JSON.stringify({ ...cut, complete: false }));
  const { stdout } = program.run(['lab', 'show', join(folder, 'monday')]);
  expect(stdout).toContain(`thesis on local, not complete, ${runTime(0)} to unknown`);
  expect(stdout).toMatch(/loaded \(1\): 2023\S+Z to 2023\S+Z, autoscaled/);
});

it('says where there is none', () => {
  expect(program.run(['lab', 'show', join(folder, 'no-run')])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no run directory'),
  });
  expect(program.run(['lab', 'list', join(folder, 'nowhere')])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no such folder'),
  });
});
