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

  const rescale = (seconds: number, size: number) => ({
    kind: 'Event',
    involvedObject: { kind: 'HorizontalPodAutoscaler', name: 'sfu' },
    reason: 'SuccessfulRescale',
    message: `New size: ${size}; reason: cpu resource utilization above target`,
    lastTimestamp: iso(seconds),
  });
  const query = (name: string, samples: string) => ({
    metric: { __name__: name, deployment: 'sfu' },
    values: samples.split(', ').map((sample) => {
      const [seconds, count] = sample.split(' ');
      return [START_MS / 1000 + Number(seconds), count];
    }),
  });
  it.each([
    [
      'a scaling.jsonl',
      [
        { time: iso(-5), event: 'replicas', target: 'sfu', desired: 1, current: 1, ready: 1 },
        { time: iso(10), event: 'replicas', target: 'sfu', desired: 3, current: 1, ready: 1 },
        { time: iso(15), event: 'replicas', target: 'sfu', desired: 3, current: 3, ready: 3 },
      ]
        .map((line) => JSON.stringify(line))
        .join('\n'),
    ],
    ['events of kubectl', JSON.stringify({ kind: 'List', items: [rescale(-5, 1), rescale(10, 3)] })],
    [
      'a range query of Prometheus',
      JSON.stringify({
        status: 'success',
        data: {
          resultType: 'matrix',
          result: [
            query('kube_deployment_status_replicas', '-5 1, 10 3, 15 3'),
            query('kube_deployment_status_replicas_ready', '-5 1, 10 1, 15 3'),
          ],
        },
      }),
    ],
  ])('takes %s, as compare does', (_name, text) => {
    const file = join(folder, 'history');
    writeFileSync(file, text);
    const { stdout, stderr } = program.run([
      ...['analyze', join(folder, 'a.pcap'), '--states', file, '--settle', '5', '--json', '-'],
    ]);
    const { states } = JSON.parse(stdout);
    expect(states.map(({ state, from }: { state: string; from: string }) => [state, from]).slice(1, 3), stderr).toEqual(
      [
        ['scaling-out(1->3)', iso(10)],
        ['settling(3)', iso(15)],
      ],
    );
    const sides = ['steady(1)', 'steady(3)'].map((state) => `${join(folder, 'a.pcap')}#state=${state}`);
    const compared = program.run(['compare', ...sides, '--states', file, '--settle', '5', '--json', '-', '--quiet']);
    expect(compared.status, compared.stderr).toBe(0);
    expect(JSON.parse(compared.stdout).sides).toMatchObject([{ streams: 10 }, { streams: 10 }]);
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
