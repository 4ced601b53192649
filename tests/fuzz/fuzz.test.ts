import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../samples/random.ts';
import { missingCaptures } from '../shared-captures.ts';
import type { FuzzAnswer } from './analyse-in-child.ts';
import { type Origin, ownOrigins, sharedOrigins } from './corpus.ts';
import { FuzzProcess } from './fuzz-process.ts';
import { type Seed, taskOf } from './seeded-input.ts';

/*
 * Captures damaged at random go through all of it, from bytes to reports. `RTCSCOPE_FUZZ_SECONDS` says for how long, and
 * `RTCSCOPE_FUZZ_SEED` from which seed on. An input that fails is told as a line for seeds.json, which is replayed
 * first, for ever.
 */
const seconds = Number(process.env['RTCSCOPE_FUZZ_SECONDS'] ?? (process.env['CI'] ? 60 : 10));
const firstSeed = Number(process.env['RTCSCOPE_FUZZ_SEED'] ?? 1);
const seeds = JSON.parse(readFileSync(fileURLToPath(new URL('seeds.json', import.meta.url)), 'utf8')) as Seed[];
/** One process analyses thousands of inputs: what it ever held is the sum of all leaks and the largest of all peaks. */
const MOST_MIB = 700;
const FAILURES_TOLD = 5;

const own = ownOrigins();
const shared = sharedOrigins();
const byName = new Map([...own, ...shared].map((origin) => [origin.name, origin]));
const fuzz = new FuzzProcess();
beforeAll(() => fuzz.build());
afterAll(() => fuzz.close());

function faultsOf({ faults, peakMiB }: FuzzAnswer): string[] {
  return peakMiB > MOST_MIB ? [...faults, `the process grew to ${peakMiB} MiB`] : [...faults];
}

async function faultsOfSeed(seed: Seed, origin: Origin, other: Origin): Promise<string[]> {
  const faults = faultsOf(await fuzz.analyse(taskOf(seed, origin, other, fuzz.folder)));
  if (faults.length > 0) fuzz.end();
  return faults;
}

describe(`captures that failed once${missingCaptures}`, () => {
  it('each has a seed that makes it again', () => {
    for (const seed of seeds)
      expect(seed, seed.found).toMatchObject({ origin: expect.any(String), seed: expect.any(Number) });
  });
  for (const seed of seeds) {
    const [origin, other] = [byName.get(seed.origin), byName.get(seed.other)];
    const absent = origin === undefined || other === undefined;
    const name = `${seed.origin} with ${seed.other}, seed ${seed.seed}: ${seed.found}`;
    it.skipIf(absent)(
      absent ? `${name} (SKIPPED: capture absent)` : name,
      async () => {
        expect(await faultsOfSeed(seed, origin as Origin, other as Origin)).toEqual([]);
      },
      90_000,
    );
  }
});

describe('captures as they are', () => {
  it.each(own)('$name', async ({ bytes, name }) => {
    expect(await faultsOfSeed({ origin: name, other: name, seed: 0 }, { name, bytes }, own[0])).toEqual([]);
  });
});

describe('captures damaged at random', () => {
  it(
    `for ${seconds} s from seed ${firstSeed} on`,
    async () => {
      const failures: string[] = [];
      const end = Date.now() + seconds * 1000;
      let inputs = 0;
      for (let number = firstSeed; Date.now() < end && failures.length < FAILURES_TOLD; number++) {
        const random = seededRandom(number);
        const from = shared.length > 0 && random() < 0.7 ? shared : own;
        const origin = from[Math.floor(random() * from.length)];
        const other = own[Math.floor(random() * own.length)];
        const seed = { origin: origin.name, other: other.name, seed: number };
        const faults = await faultsOfSeed(seed, origin, other);
        if (faults.length > 0)
          failures.push(`${JSON.stringify({ ...seed, found: faults[0] })}\n  ${faults.join('\n  ')}`);
        inputs++;
      }
      expect(inputs).toBeGreaterThan(0);
      expect(failures.join('\n')).toBe('');
      console.log(`fuzz: ${inputs} inputs from seed ${firstSeed} on`);
    },
    (seconds + 120) * 1000,
  );
});
