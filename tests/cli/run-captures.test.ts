import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { capturesOf, openRun } from '../../cli/run-directory.ts';
import { pcapFile } from '../samples/frames.ts';

const folder = mkdtempSync(join(tmpdir(), 'rtcscope-run-captures-'));
afterAll(() => rmSync(folder, { recursive: true }));
let number = 0;

const NODE = { kind: 'node', node: 'n1', pod: null, complete: true };
const POD = { kind: 'pod', node: 'n1', pod: 'p', complete: true };

interface Entry {
  readonly kind?: string;
  readonly node?: string;
  readonly pod?: string | null;
  readonly complete?: boolean;
  readonly missing?: boolean;
}

/** Of a run with these captures, a file each but where it is missing. */
async function counted(captures: Readonly<Record<string, Entry>>) {
  const run = join(folder, String(number++));
  mkdirSync(join(run, 'captures'), { recursive: true });
  const entries = Object.entries(captures).map(([name, { missing, ...entry }]) => {
    if (missing !== true) writeFileSync(join(run, 'captures', name), pcapFile([]));
    return { file: `captures/${name}`, ...entry };
  });
  writeFileSync(join(run, 'run.json'), JSON.stringify({ schema: 'rtcscope.run/1', captures: entries }));
  return (await capturesOf(openRun(run))).paths.map((path) => basename(path));
}

describe('the captures of a run that count', () => {
  it.each<[string, Parameters<typeof counted>[0], readonly string[]]>([
    ['of nodes, not those of their pods', { a: NODE, b: POD, c: { ...POD, pod: 'q' } }, ['a']],
    ['of pods where their node has none', { a: NODE, b: { ...POD, node: 'n2' } }, ['a', 'b']],
    ['of pods where that of the node is missing', { a: { ...NODE, missing: true }, b: POD }, ['b']],
    ['of pods where only theirs are complete', { a: NODE, a2: { ...NODE, complete: false }, b: POD }, ['b']],
    [
      'of nodes where no others are whole',
      { a: { ...NODE, complete: false }, b: POD, c: { ...POD, complete: false } },
      ['a'],
    ],
    ['that nobody knows anything of', { a: {}, b: { kind: 'tap', node: 'n1' } }, ['a', 'b']],
  ])('are those %s', async (_which, captures, expected) => {
    expect(await counted(captures)).toEqual(expected);
  });
});
