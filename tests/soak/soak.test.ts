import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { judge, type Sample, type Verdict } from '../../bench/soak-verdict.ts';
import { builtProgram, root } from '../cli/program.ts';

const program = builtProgram();

it('gives back all that those who came and went took, a minute of joins and leaves beside a steady stream', async () => {
  const args = [
    'bench/run.mjs',
    'soak',
    '--seconds',
    '40',
    '--load',
    '0.1',
    '--subscribers',
    '10',
    '--joiners',
    '1',
    '--json',
  ];
  const child = spawn(process.execPath, [...args, '--program', program.path], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let progress = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (progress += text));
  await once(child, 'close');
  if (output === '') throw new Error(`no verdict: ${progress}`);
  const verdict = JSON.parse(output) as Verdict;
  // How long packets take, whether the kernel takes them all, and handshakes in time: a matter of what else this machine does.
  expect(verdict.failures.filter((failure) => !/^(?:delay|joins|packets)/.test(failure))).toEqual([]);
  expect(verdict.joins).toBeGreaterThanOrEqual(4);
}, 300_000);

describe('the verdict', () => {
  const steady = (cycle: number): Sample => ({
    atMs: cycle * 10_000,
    joins: cycle * 500,
    failedJoins: 0,
    heapBytes: 20e6 + (cycle % 2) * 300_000,
    externalBytes: 7e6,
    resources: { UDPWrap: 1, Timeout: 5 },
    residentKB: 110_000 + (cycle % 3) * 1000,
    descriptors: 37 + (cycle % 2),
    cpuMs: cycle * 2000,
    forwarded: cycle * 100_000,
    dropped: 0,
    delays: [
      { boundMs: 1, count: cycle * 990 },
      { boundMs: Number.POSITIVE_INFINITY, count: cycle * 1000 },
    ],
  });
  const samples = (change: (sample: Sample, cycle: number) => Partial<Sample> = () => ({})) =>
    Array.from({ length: 7 }, (_, cycle) => ({ ...steady(cycle), ...change(steady(cycle), cycle) }));

  it('has nothing to say of what stays as it was', () => {
    expect(judge(samples())).toMatchObject({
      failures: [],
      seconds: 60,
      joins: 3000,
      cpuShare: 0.2,
      packetsPerSecond: 10_000,
    });
  });

  it('sees memory, handles, packets and delay that go their own way', () => {
    const failures = (change: (sample: Sample, cycle: number) => Partial<Sample>) => judge(samples(change)).failures;
    expect(failures(({ heapBytes }, cycle) => ({ heapBytes: heapBytes + cycle * 500 * 4000 }))).toEqual([
      expect.stringMatching(/^memory: [34]\d{3} bytes stay of each/),
    ]);
    expect(failures(({ residentKB }, cycle) => ({ residentKB: residentKB + cycle * 20_000 }))).toEqual([
      expect.stringMatching(/^memory: resident \d+ % more/),
    ]);
    expect(failures((_, cycle) => ({ descriptors: 40 + cycle }))).toEqual([
      expect.stringMatching(/^handles: 46 open files/),
    ]);
    expect(failures((_, cycle) => ({ resources: { UDPWrap: 1, Timeout: cycle * 2 } }))).toEqual([
      'handles: 12 of Timeout instead of 2',
    ]);
    expect(failures((_, cycle) => ({ failedJoins: cycle * 10 }))).toEqual(['joins: 60 pairs did not come in']);
    expect(failures((_, cycle) => ({ dropped: cycle }))).toEqual(['packets: 5 dropped on their way out']);
    const late = (_: Sample, cycle: number) => ({
      delays: [
        { boundMs: 1, count: Math.min(cycle, 4) * 990 },
        { boundMs: 250, count: cycle * 1000 },
        { boundMs: Number.POSITIVE_INFINITY, count: cycle * 1000 },
      ],
    });
    expect(failures(late)).toEqual(['delay: 99 % within 250 ms instead of 1 ms']);
  });
});
