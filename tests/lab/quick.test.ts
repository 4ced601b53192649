import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { builtProgram } from '../cli/program.ts';

const program = builtProgram();
const folder = mkdtempSync(join(tmpdir(), 'rtcscope-quick-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The quick scenario in half a minute: the same phases, with loss that is known in the second. */
const SHORT = `
name: short
mediaPod: { cpuRequest: 0.1, cpuLimit: 0.6 }
autoscaler: { maxReplicas: 2, targetCpuPercent: 5, syncPeriodSeconds: 2, cpuInitializationPeriodSeconds: 0 }
phases:
  - { name: off, seconds: 12, load: { rooms: 2, participants: 2, videoKbps: 150, lossPercent: 10 }, http: { users: 2 } }
  - { name: on, seconds: 12, autoscaling: true, load: { rooms: 2, participants: 2, videoKbps: 150 }, http: { users: 2 } }
`;

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

describe.each(['auto', 'tap'])('the experiment, from the command to the report: capture %s', (capture) => {
  const run = join(folder, capture);
  const lines = (name: string): Line[] =>
    readFileSync(join(run, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('runs every phase, and compares them', { timeout: 240_000 }, () => {
    writeFileSync(join(folder, 'short.yaml'), SHORT);
    const { status, stderr } = program.run(
      ['lab', 'run', join(folder, 'short.yaml'), '--out', run, '--capture', capture, '--quiet'],
      { env: { ...process.env, RTCSCOPE_JMETER: 'off' } },
    );
    expect([status, stderr.includes('no report')], stderr).toEqual([0, false]);
    for (const name of ['report.html', 'report.md', 'report.json']) expect(existsSync(join(run, name))).toBe(true);

    const description = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
    expect(description.complete).toBe(true);
    expect(description.captures.length).toBeGreaterThan(0);
    const kinds = description.captures.map(({ kind }: { kind: string }) => kind);
    if (capture === 'tap') expect(new Set(kinds)).toEqual(new Set(['tap']));
    const load = lines('load.jsonl');
    expect(load.filter(({ event }) => event === 'join')).toHaveLength(8);
    expect(lines('scaling.jsonl').some(({ event, desired }) => event === 'decision' && desired === 2)).toBe(true);

    const markdown = readFileSync(join(run, 'report.md'), 'utf8');
    for (const word of ['off', 'on', 'worker-1', 'worker-2', 'master', 'scaling-out']) expect(markdown).toContain(word);
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('autocannon');

    // Offers and answers of all, for the payload types.
    expect(readdirSync(join(run, 'sdp')).filter((name) => name.endsWith('.sdp'))).toHaveLength(2 * 8);
    expect(readFileSync(join(run, 'sdp', 'off-1-load-1-offer.sdp'), 'utf8')).toMatch(/a=rtpmap:\d+ opus\/48000\/2/);
    if (kinds.includes('node')) {
      // The keys in it are those of the handshakes in it.
      const capture = readFileSync(join(run, 'captures', 'worker-1.pcapng'));
      const randoms = [...capture.toString('latin1').matchAll(/CLIENT_RANDOM ([0-9a-f]{64}) [0-9a-f]{96}\n/g)];
      expect(randoms.length).toBeGreaterThan(0);
      for (const [, random] of randoms) expect(capture.includes(Buffer.from(random, 'hex'))).toBe(true);
    }

    // Loss was injected in the first phase alone, and each client counted what it dropped.
    const dropped = load
      .filter(({ event }) => event === 'stats')
      .map((line) => (line['injected'] as { lossPercent: number | null }).lossPercent ?? 0);
    expect(dropped.filter((percent) => percent > 0)).toHaveLength(4);
  });
});

describe('the shipped quick scenario, as it is', () => {
  const run = join(folder, 'quick');

  it('runs in about two minutes to a report of all its phases', { timeout: 400_000 }, () => {
    const { status, stderr } = program.run(['lab', 'run', 'quick.yaml', '--out', run, '--quiet'], {
      env: { ...process.env, RTCSCOPE_JMETER: 'off' },
    });
    expect(status, stderr).toBe(0);
    const { phases, states, comparison } = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));
    const names = ['idle', 'load-without-hpa', 'load-with-hpa'];
    expect(phases.map(({ phase }: { phase: string }) => phase)).toEqual(names);
    for (const { streams, packets } of phases) {
      expect(streams).toBeGreaterThan(0);
      expect(packets).toBeGreaterThan(500);
    }
    expect(states.length).toBeGreaterThan(phases.length);
    expect(comparison.metrics.length).toBeGreaterThan(5);
    const markdown = readFileSync(join(run, 'report.md'), 'utf8');
    for (const name of names) expect(markdown).toContain(name);
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('load-with-hpa');
  });
});
