import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtProgram, samples } from '../cli/program.ts';

const program = builtProgram();

it('the run that comes along: what its participants dropped is what its captures show', { timeout: 60_000 }, () => {
  const run = join(samples, 'scaling-run');
  const { status, stdout, stderr } = program.run(['report', run, '--json', '-', '--quiet']);
  expect(status, stderr).toBe(0);
  const report = JSON.parse(stdout);
  expect(report.problems).toEqual([]);
  expect(report.phases.map(({ phase }: { phase: string }) => phase)).toEqual(['without-hpa', 'with-hpa']);
  expect(report.states.map(({ state }: { state: string }) => state)).toContain('scaling-out(1->2)');
  expect(report.injected).toHaveLength(32);
  expect(report.injected.filter(({ agrees }: { agrees: boolean }) => !agrees)).toEqual([]);
  for (const phase of report.phases) {
    expect(phase.forwarding).toMatchObject({ streams: 8, byPatternPercent: 0 });
    expect(phase.forwarding.followedPercent).toBeGreaterThan(98);
  }
  const load = readFileSync(join(run, 'load.jsonl'), 'utf8');
  const dropped = [...load.matchAll(/"dropped":(\{[^}]*\})/g)].flatMap(([, counts]) =>
    Object.values(JSON.parse(counts)),
  );
  expect(dropped.length).toBeGreaterThan(20);
  // Retransmissions were dropped as well; they are not in the table.
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
  expect(sum(report.injected.map((one: { droppedPackets: number }) => one.droppedPackets))).toBeLessThanOrEqual(
    sum(dropped as number[]),
  );
});
