import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateCapture } from '../../bench/generate.ts';
import { builtProgram, root } from './program.ts';
import { writeRun } from './run-on-disk.ts';

const START_MS = 1_700_000_000_000;
const iso = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();
const validate = new Ajv2020({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/comparison.schema.json'), 'utf8')),
);
let folder = '';
const file = (...names: string[]) => join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compare-'));
  mkdirSync(file('run', 'captures'), { recursive: true });
  const plan = { packets: 24_000, streams: 12, otherFlows: 0, payloadBytes: 160, seed: 5 };
  generateCapture(file('run', 'captures', 'a.pcap'), plan);
  generateCapture(file('few.pcap'), { ...plan, streams: 3, packets: 3000 });
  const phases = [
    { name: 'idle', repetition: 1, start: iso(-1), end: iso(20) },
    { name: 'loaded', repetition: 1, start: iso(20), end: iso(500) },
  ];
  writeFileSync(file('run', 'run.json'), JSON.stringify({ schema: 'rtcscope.run/1', phases }));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('compare', () => {
  const program = builtProgram();

  it('holds phases of a run against each other, in every format', () => {
    const sides = [`${file('run')}#phase=idle`, `${file('run')}#phase=loaded`];
    const json = program.run(['compare', ...sides, '--json', '-', '--html', file('c.html'), '--csv', file('c.csv')]);
    expect(json.status).toBe(0);
    const comparison = JSON.parse(json.stdout);
    validate(comparison);
    expect(validate.errors).toBeNull();
    expect(comparison.schema).toBe('rtcscope.comparison/1');
    const jitter = comparison.metrics.find(({ metric }: { metric: string }) => metric === 'jitterMs');
    expect(jitter).toMatchObject({ unit: 'ms', streams: [12, 12], verdict: 'no difference shown' });
    expect(jitter.interval[0]).toBeLessThan(0);
    expect(jitter.interval[1]).toBeGreaterThan(0);
    expect(readFileSync(file('c.html'), 'utf8')).toContain('<svg');
    expect(readFileSync(file('c.csv'), 'utf8')).toMatch(/^metric,unit,/);
    // The same again: the bootstrap has a seed.
    expect(program.run(['compare', ...sides, '--json', '-']).stdout).toBe(json.stdout);
  });

  it('compares what runs recorded beside their packets, and shows each of several runs', () => {
    for (const name of ['quiet/1', 'quiet/2', 'busy/1', 'busy/2']) writeRun(file(name), 6, 9000);
    for (const [place, name] of ['busy/1', 'busy/2'].entries()) {
      const path = file(name, 'metrics.jsonl');
      const heavier = (text: string) =>
        text.replace(/"cpuCores":([\d.]+)/g, (_, cores) => `"cpuCores":${2 * cores + place}`);
      writeFileSync(path, heavier(readFileSync(path, 'utf8')));
    }
    const { status, stdout } = program.run(['compare', file('quiet'), file('busy'), '--json', '-', '--quiet']);
    expect(status).toBe(0);
    const comparison = JSON.parse(stdout);
    validate(comparison);
    expect(validate.errors).toBeNull();
    expect(comparison.sides.map(({ runs }: { runs: number }) => runs)).toEqual([2, 2]);
    const of = (metric: string, node: string | null) =>
      comparison.metrics.find(
        (row: { metric: string; node: string | null }) => row.metric === metric && row.node === node,
      );
    const cpu = of('nodeCpuCores', 'worker-1');
    expect(cpu).toMatchObject({ verdict: 'worse', effectSize: expect.any(Number) });
    expect(cpu.text).toMatch(/^CPU of worker-1 is higher, hence worse, .* stretches of 5 s in 2 and 2 runs\.$/);
    const [quiet, busy] = cpu.runs;
    expect(quiet[0]).toBe(quiet[1]);
    expect(busy[0]).toBeCloseTo(2 * quiet[0], 9);
    expect(busy[1]).toBeCloseTo(2 * quiet[0] + 1, 9);
    for (const name of ['httpResponseMs', 'httpPerSecond', 'clientJoinMs']) {
      expect(of(name, null)).toMatchObject({ difference: 0, verdict: 'no difference shown' });
    }
    // There are samples of nodes alone.
    expect(of('podCpuCores', null)).toBeUndefined();
  });

  it('says that there is too little data, and compares several with the first', () => {
    const whole = file('run', 'captures', 'a.pcap');
    const { status, stdout } = program.run(['compare', whole, file('few.pcap'), whole, '--markdown', file('c.md')]);
    expect(status).toBe(0);
    expect(stdout).toContain('too little data');
    expect(readFileSync(file('c.md'), 'utf8')).toContain('| Metric | A | Other |');
  });

  it('counts no run that has no packets', () => {
    for (const name of ['steady/1', 'steady/2', 'steady/3']) writeRun(file(name), 6, 9000);
    rmSync(file('steady/2/captures/worker-1.pcap'));
    for (const name of ['1', '2', '3']) {
      const path = file('steady', name, 'run.json');
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), problems: [] }));
    }
    const sides = [file('steady'), `${file('run')}#phase=loaded`];
    const { status, stdout } = program.run(['compare', ...sides, '--json', file('n.json'), '--quiet']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Not compared, since others of .*steady are whole: run 2: it has no packets\./);
    const comparison = JSON.parse(readFileSync(file('n.json'), 'utf8'));
    validate(comparison);
    expect(validate.errors).toBeNull();
    expect(comparison.sides[0]).toMatchObject({ runs: 2, streams: 12, leftOut: ['run 2: it has no packets'] });
    const jitter = comparison.metrics.find(({ metric }: { metric: string }) => metric === 'jitterMs');
    expect(jitter.text).toContain(' in 2 and 1 runs.');
  });

  it.each([
    [['few.pcap'], /two sides or more/],
    [['run#phase=none', 'run'], /nothing of that kind.*phase=idle/],
    [['run#colour=red', 'run'], /chooses nothing/],
    [['run', 'run', '--confidence', '3'], /--confidence/],
  ])('refuses %j in one line', (args, message) => {
    const { status, stderr } = program.run(['compare', ...args], { cwd: folder });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
