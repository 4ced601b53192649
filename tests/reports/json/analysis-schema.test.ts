import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { renderJson } from '../../../reports/index.ts';
import { analysisFixture, HOSTILE } from '../analysis-fixture.ts';

const path = (relative: string) => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
const schema = JSON.parse(readFileSync(path('docs/analysis.schema.json'), 'utf8'));
const validate = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/ },
}).compile(schema);

function errors(value: unknown): string[] {
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** All objects of the schema by where they stand, so that a test can say what must hold for each. */
function* objects(shape: Record<string, never>, place: string): Generator<[string, Record<string, never>]> {
  if (typeof shape !== 'object' || shape === null) return;
  if (shape['properties'] !== undefined) yield [place, shape];
  for (const [name, inner] of Object.entries(shape)) yield* objects(inner, `${place}/${name}`);
}

describe('docs/analysis.schema.json', () => {
  it.each([0, 1, 3, 50])('describes an analysis of %i streams', (streams) => {
    expect(errors(JSON.parse(renderJson(analysisFixture(streams))))).toEqual([]);
  });

  it('describes hostile strings as what they are: strings', () => {
    expect(errors(JSON.parse(renderJson(analysisFixture(3, 10, HOSTILE))))).toEqual([]);
  });

  it.each([
    ['an unknown member', { extra: 1 }],
    ['a missing member', { ssrc: undefined }],
    ['a number as text', { lost: '3' }],
    ['an SSRC above 32 bits', { ssrc: 2 ** 32 }],
    ['a kind that does not exist', { kind: 'text' }],
  ])('refuses %s', (_name, change) => {
    const analysis = analysisFixture(1);
    expect(
      errors(JSON.parse(JSON.stringify({ ...analysis, streams: [{ ...analysis.streams[0], ...change }] }))),
    ).not.toEqual([]);
  });

  it('documents every member, requires it and allows no other', () => {
    let seen = 0;
    for (const [place, shape] of objects(schema, '')) {
      const properties = shape['properties'] as Record<string, { description?: string }>;
      for (const [name, { description }] of Object.entries(properties)) {
        expect(description?.length, `${place}.${name}`).toBeGreaterThan(3);
      }
      const asked = place === '' ? ['states', 'stateGroups'] : [];
      expect([...(shape['required'] as string[]), ...asked], place).toEqual(Object.keys(properties));
      expect(shape['additionalProperties'], place).toBe(false);
      seen++;
    }
    expect(seen).toBeGreaterThan(20);
  });

  it('has the members of each interface of the contract, in the same order', () => {
    const source = ts.createSourceFile(
      'analysis.ts',
      readFileSync(path('analyzers/analysis.ts'), 'utf8'),
      ts.ScriptTarget.ES2022,
    );
    const interfaces = source.statements.filter(ts.isInterfaceDeclaration);
    expect(interfaces.length).toBeGreaterThan(20);
    for (const { name, members } of interfaces) {
      const inContract = members.map((member) => member.name?.getText(source));
      const shape = name.text === 'Analysis' ? schema : schema.$defs[name.text];
      expect(Object.keys(shape?.properties ?? {}), name.text).toEqual(inContract);
    }
  });
});
