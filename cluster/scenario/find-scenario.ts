import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LARGEST_SCENARIO_BYTES, parseScenario } from './parse-scenario.ts';
import type { Scenario } from './scenario.ts';

/** A scenario that cannot be read: each problem on a line of its own in `details`. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code = 'bad-scenario';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Scenarios that come with the program: beside this file, or in the package that the built program is part of. */
function shippedFolder(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let depth = 0; depth < 5; depth++) {
    const candidate = join(folder, 'cluster', 'scenarios');
    if (existsSync(candidate)) return candidate;
    folder = dirname(folder);
  }
  return null;
}

/** Names of the scenarios that come with the program. */
export function shippedScenarios(): string[] {
  const folder = shippedFolder();
  return folder === null
    ? []
    : readdirSync(folder)
        .filter((name) => name.endsWith('.yaml'))
        .toSorted();
}

/**
 * Reads a scenario file; a bare name that is no file here is looked for among those that come with the program.
 *
 * @throws ScenarioError saying everything that is wrong with it.
 */
export function readScenario(path: string): Scenario {
  const file = locate(path);
  const shown = JSON.stringify(path).slice(1, -1);
  const { size } = statSync(file);
  if (size > LARGEST_SCENARIO_BYTES) {
    throw new ScenarioError(`${shown}: ${size} bytes are no scenario`, `At most ${LARGEST_SCENARIO_BYTES} are read.`);
  }
  const { scenario, problems } = parseScenario(readFileSync(file, 'utf8'));
  if (scenario !== null) return scenario;
  const lines = problems.map(({ path: at, line, column, text }) => `${shown}:${line}:${column}: ${at}: ${text}`);
  throw new ScenarioError(lines.join('\n'), 'See docs/scenario.schema.json.');
}

function locate(path: string): string {
  if (existsSync(path) && statSync(path).isFile()) return path;
  const folder = shippedFolder();
  if (folder !== null && basename(path) === path) {
    for (const name of [path, `${path}.yaml`]) if (existsSync(join(folder, name))) return join(folder, name);
  }
  const shown = JSON.stringify(path).slice(1, -1);
  throw new ScenarioError(`${shown}: no such file`, `Shipped scenarios: ${shippedScenarios().join(', ')}.`);
}
