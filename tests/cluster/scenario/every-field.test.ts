import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../cluster/scenario/parse-scenario.ts';
import { SCENARIO_SHAPE } from '../../../cluster/scenario/scenario.ts';
import type { Shape } from '../../../cluster/scenario/shape.ts';

type Path = readonly (string | number)[];

/** Every field that there is, with what it takes. */
function fieldsOf(shape: Shape, path: Path = []): { path: Path; shape: Shape }[] {
  switch (shape.kind) {
    case 'object':
      return Object.entries(shape.fields).flatMap(([name, field]) => [
        { path: [...path, name], shape: field.shape },
        ...fieldsOf(field.shape, [...path, name]),
      ]);
    case 'list':
      return [{ path: [...path, 0], shape: shape.of }, ...fieldsOf(shape.of, [...path, 0])];
    case 'off-or':
      return fieldsOf(shape.of, path);
    default:
      return [];
  }
}

/** Enough for every part that a field may be in. */
const WHOLE = {
  name: 'whole',
  autoscaler: {
    maxReplicas: 2,
    targetCpuPercent: 50,
    behavior: {
      scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
      scaleDown: { policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] },
    },
  },
  capture: { points: ['nodes'] },
  knee: {},
  phases: [{ name: 'only', seconds: 1, load: { rooms: 1, participants: 1 }, http: { users: 1 } }],
};

function withValue(path: Path, value: unknown): string {
  const whole = structuredClone(WHOLE) as unknown;
  let at = whole as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Record<string | number, unknown>;
  at[path.at(-1)!] = value;
  return JSON.stringify(whole);
}

const shown = (path: Path): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1);

const fields = fieldsOf(SCENARIO_SHAPE);

it('the whole one is fine', () => {
  expect(parseScenario(JSON.stringify(WHOLE)).problems).toEqual([]);
  expect(fields.length).toBeGreaterThan(60);
});

describe.each(fields.map((field) => [shown(field.path), field] as const))('%s', (name, { path, shape }) => {
  it('a value of no kind that it takes is one problem, that names it and says what is allowed', () => {
    // Text is text also where it is a name; a number is none of lists, groups, words and flags.
    const inner = shape.kind === 'off-or' ? shape.of : shape;
    const wrong = inner.kind === 'number' ? 'many' : 4711;
    const { problems } = parseScenario(withValue(path, wrong));
    expect(problems.map(({ path: at }) => at)).toEqual([name]);
    expect(problems[0].text).toMatch(/ is not .{4,}/);
    expect(problems[0]).toMatchObject({ line: 1, column: expect.any(Number) });
  });

  it('nothing at all is none either, except where it may be off', () => {
    const { problems } = parseScenario(withValue(path, null));
    if (shape.kind === 'off-or') expect(problems.every(({ path: at }) => at !== name)).toBe(true);
    else expect(problems.map(({ path: at }) => at)).toEqual([name]);
  });
});
