import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../analyzers/index.ts';
import { temporaryFolder } from '../captures/temporary-folder.ts';
import { builtProgram, samples } from './program.ts';

const program = builtProgram();
const folder = temporaryFolder();
const bytes = readFileSync(join(samples, 'voip.pcap'));
const STEPS = 8;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** Starts the command on a growing file; `grow` makes it grow, then the command is interrupted where it has not ended. */
async function follow(path: string, grow: () => Promise<void>, interrupt: boolean): Promise<Analysis> {
  const child = program.start(['analyze', path, '--follow', '--json', '-']);
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => (stdout += chunk));
  child.stderr!.on('data', (chunk) => (stderr += chunk));
  const ended = new Promise<number | null>((done) => child.on('close', done));
  await grow();
  // It looks for more every fifth of a second; the rest is time to start.
  await pause(2500);
  if (interrupt) child.kill('SIGINT');
  expect([await ended, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Analysis;
}

/** Records that end within the first so many bytes. */
function wholeRecords(length: number): number {
  let records = 0;
  for (let at = 24; ; records++) {
    at += 16 + bytes.readUInt32LE(at + 8);
    if (at > length) return records;
  }
}

const whole = () => {
  const { stdout } = program.run(['analyze', join(samples, 'voip.pcap'), '--json', '-']);
  return (JSON.parse(stdout) as Analysis).streams;
};

describe('--follow', () => {
  it('goes on as the file grows by pieces that end anywhere, and reports all of it when interrupted', async () => {
    const path = join(folder.path, 'growing.pcap');
    const size = Math.ceil(bytes.length / STEPS);
    writeFileSync(path, bytes.subarray(0, size));
    const grow = async () => {
      for (let step = 1; step < STEPS; step++) {
        await pause(100);
        appendFileSync(path, bytes.subarray(step * size, (step + 1) * size));
      }
    };
    const { streams, captures } = await follow(path, grow, true);
    expect(streams).toEqual(whole());
    expect(captures[0]).toMatchObject({ truncated: false, problems: [] });
  });

  it('reports what there is where it is interrupted in the middle of a packet', async () => {
    const path = join(folder.path, 'stopped.pcap');
    writeFileSync(path, bytes.subarray(0, 100_003));
    const { streams, captures } = await follow(path, async () => {}, true);
    expect(streams).toHaveLength(2);
    expect(captures[0].packets).toBe(wholeRecords(100_003));
  });

  it('ends by itself where the file is replaced by another', async () => {
    const path = join(folder.path, 'rotated.pcap');
    writeFileSync(path, bytes);
    const rotate = async () => {
      await pause(500);
      renameSync(path, `${path}.1`);
      writeFileSync(path, bytes.subarray(0, 24));
    };
    expect((await follow(path, rotate, false)).streams).toEqual(whole());
  });
});

describe('without --follow', () => {
  it('an interrupt prints the report of what came through a pipe so far', async () => {
    const child = program.start(['analyze', '-', '--json', '-']);
    let stdout = '';
    child.stdout!.on('data', (chunk) => (stdout += chunk));
    const ended = new Promise<number | null>((done) => child.on('close', done));
    child.stdin!.write(bytes.subarray(0, 100_003));
    await pause(2500);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect((JSON.parse(stdout) as Analysis).captures[0].packets).toBe(wholeRecords(100_003));
  });
});
