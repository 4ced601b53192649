import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScenario, readScenario, scenarioSchema, shippedScenarios } from '../../../cluster/index.ts';

const MINIMAL = 'name: small\nphases:\n  - { name: idle, seconds: 10 }\n';

const told = (text: string) =>
  parseScenario(text).problems.map(({ path, line, column, text: words }) => `${path} ${line}:${column} ${words}`);

describe('scenarios', () => {
  it.each(shippedScenarios())('%s, as shipped, is found by its bare name', (name) => {
    expect(`${readScenario(name).name}.yaml`).toBe(name);
  });

  it('thesis, quick and ramp are there', () => {
    expect(shippedScenarios()).toEqual(expect.arrayContaining(['quick.yaml', 'ramp.yaml', 'thesis.yaml']));
  });

  it('what is left out is filled in', () => {
    expect(parseScenario(MINIMAL).scenario).toMatchObject({
      driver: 'local',
      nodes: { workers: 2 },
      mediaPod: { cpuRequest: 0.2, cpuLimit: 0.5 },
      autoscaler: null,
      capture: { points: ['nodes'], snapLength: 160 },
      repetitions: 1,
      phases: [{ name: 'idle', autoscaling: false, replicas: 1, load: null, http: null }],
    });
    expect(parseScenario(`${MINIMAL}capture: off\n`).scenario?.capture).toBeNull();
  });

  it('the schema is the one in the documents', () => {
    const file = new URL('../../../docs/scenario.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(scenarioSchema());
  });
});

describe('a bad scenario: all problems at once, each with its place', () => {
  it('fields', () => {
    const text = [
      'name: Bad Name',
      'drivre: local',
      'mediaPod: { cpuLimit: lots, cpurequest: 1 }',
      'phases:',
      '  - name: a',
      '    seconds: 0',
      '    load: { rooms: 1.5 }',
    ].join('\n');
    expect(told(text)).toEqual([
      expect.stringMatching(/^drivre 2:1 no such field; allowed are name, /),
      'name 1:7 "Bad Name" is not up to 40 small letters, digits and inner dashes',
      'mediaPod.cpurequest 3:29 no such field; did you mean cpuRequest?',
      'mediaPod.cpuLimit 3:23 "lots" is not a number from 0.01 to 64',
      'phases[0].seconds 6:14 0 is not a number from 1 to 86400',
      'phases[0].load.rooms 7:20 1.5 is not a whole number from 1 to 200',
      'phases[0].load.participants 7:11 is missing; give a whole number from 1 to 100',
    ]);
  });

  it.each([
    ['autoscaler: { minReplicas: 3, maxReplicas: 2, targetCpuPercent: 50 }', /^autoscaler\.minReplicas 4:28 is more/],
    ['mediaPod: { cpuRequest: 1, cpuLimit: 0.5 }', /^mediaPod\.cpuRequest 4:25 is more than cpuLimit/],
  ])('contradictions: %s', (line, problem) => {
    expect(told(`${MINIMAL}${line}\n`)).toEqual([expect.stringMatching(problem)]);
  });

  it('contradictions of phases', () => {
    const phases = [
      '{ name: a, seconds: 5, autoscaling: true }',
      '{ name: a, seconds: 5, load: { rooms: 200, participants: 100 } }',
    ];
    expect(told(`name: x\nphases:\n${phases.map((phase) => `  - ${phase}\n`).join('')}`)).toEqual([
      expect.stringMatching(/^phases\[0\]\.autoscaling 3:\d+ is true, but no autoscaler/),
      expect.stringMatching(/^phases\[1\]\.name 4:\d+ is the name of another phase/),
      expect.stringMatching(/^phases\[1\]\.load 4:\d+ is more than 2000 participants/),
    ]);
  });
});

describe('hostile text', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${new Array(9).fill(`*${'abcdefg'[at]}`)}]`),
  ];
  it.each([
    ['aliases that multiply', bomb.join('\n')],
    ['an alias for a field', 'name: &n small\nphases: *n\n'],
    ['prototype keys', `${MINIMAL}__proto__: { polluted: true }\nconstructor: 1\n`],
    ['brackets without end', `name: ${'['.repeat(100_000)}`],
    ['a huge text', `${MINIMAL}description: ${'x'.repeat(300_000)}`],
    ['the same key twice', `${MINIMAL}name: other\n`],
    ['a tag', `${MINIMAL}description: !!js/function 'x'\n`.replace('phases', 'phase')],
    ['nothing', ''],
    ['no mapping', '- a\n- b\n'],
    ['two documents', `${MINIMAL}---\n${MINIMAL}`],
  ])('%s is refused', (_, text) => {
    const { scenario, problems } = parseScenario(text);
    expect(scenario).toBeNull();
    expect(problems.length).toBeGreaterThan(0);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('whatever the text, there is a scenario or a problem', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { scenario, problems } = parseScenario(text);
        expect((scenario === null) === problems.length > 0).toBe(true);
      }),
    );
  });

  it('a file that is no text, and one that is not there', () => {
    expect(() => readScenario('no-such.yaml')).toThrow(/no-such\.yaml: no such file/);
  });
});
