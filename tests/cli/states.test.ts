import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateCapture } from '../../bench/generate.ts';
import { builtProgram } from './program.ts';

const START_MS = 1_700_000_000_000;
const iso = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'states-'));
  generateCapture(join(folder, 'a.pcap'), { packets: 20_000, streams: 10, otherFlows: 0, payloadBytes: 160, seed: 5 });
  writeFileSync(join(folder, 'replicas.csv'), `time,replicas\n${iso(-5)},1\n${iso(10)},3\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('analyze --states', () => {
  const program = builtProgram();

  it('tells the figures of each state, in every format', () => {
    const file = (name: string) => join(folder, name);
    const args = ['analyze', file('a.pcap'), '--states', file('replicas.csv'), '--settle', '5'];
    const json = program.run([...args, '--json', '-']);
    expect(json).toMatchObject({ status: 0, stderr: '' });
    const { states, streams } = JSON.parse(json.stdout);
    expect(states.map(({ state }: { state: string }) => state)).toEqual([
      'steady(1)',
      'scaling-out(1->3)',
      'settling(3)',
      'steady(3)',
    ]);
    const packets = (list: { packets: number }[]) => list.reduce((sum, one) => sum + one.packets, 0);
    expect(packets(states)).toBe(packets(streams));
    expect(states[1]).toMatchObject({
      phase: null,
      replicas: 1,
      targetReplicas: 3,
      from: iso(10),
      to: iso(15),
      streams: 10,
    });

    const all = program.run([...args, '--markdown', file('a.md'), '--html', file('a.html'), '--csv', file('a.csv')]);
    expect(all.status).toBe(0);
    expect(all.stdout).toContain('scaling-out(1->3)');
    expect(readFileSync(file('a.md'), 'utf8')).toContain('## States');
    expect(readFileSync(file('a.html'), 'utf8')).toContain('scaling-out(1-&gt;3)');
    expect(readFileSync(file('a.states.csv'), 'utf8').split('\r\n')[2]).toContain('scaling-out(1->3)');
  });

  it('moves the states by the clock offset', () => {
    const args = ['analyze', join(folder, 'a.pcap'), '--states', join(folder, 'replicas.csv'), '--clock-offset', '8'];
    const { states } = JSON.parse(program.run([...args, '--json', '-']).stdout);
    expect(states[0]).toMatchObject({ state: 'steady(1)', from: new Date(START_MS + 8003).toISOString(), to: iso(10) });
  });

  it.each([
    [['--states', 'nowhere.csv'], /nowhere\.csv: no such file\. Give a scaling\.jsonl/],
    [['--states', 'package.json'], /package\.json: holds neither events/],
    [['--states', 'package.json', '--settle', '-1'], /--settle: not a length of time/],
  ])('refuses %j in one line', (options, message) => {
    const { status, stderr } = program.run(['analyze', join(folder, 'a.pcap'), ...options]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
