import { LineCounter, type Node, parseDocument } from 'yaml';
import { type ScenarioProblem, ShapeCheck } from './check-shape.ts';
import { SCENARIO_SHAPE, type Scenario } from './scenario.ts';

export const LARGEST_SCENARIO_BYTES = 256 * 1024;

export type ParsedScenario =
  | { readonly scenario: Scenario; readonly problems: readonly [] }
  | { readonly scenario: null; readonly problems: readonly ScenarioProblem[] };

/** Reads a scenario. All problems are told at once, each with its place; none of the text is ever executed or looked up. */
export function parseScenario(text: string): ParsedScenario {
  const failed = (line: number, column: number, problem: string): ParsedScenario => ({
    scenario: null,
    problems: [{ path: '(document)', line, column, text: problem }],
  });
  if (text.length > LARGEST_SCENARIO_BYTES) return failed(1, 1, `larger than ${LARGEST_SCENARIO_BYTES} bytes`);
  const lines = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false });
  } catch (error) {
    if (error instanceof RangeError) return failed(1, 1, 'nested too deep');
    throw error;
  }
  if (document.errors.length > 0) {
    const problems = document.errors.slice(0, 20).map(({ pos, message }) => ({
      path: '(document)',
      ...place(pos[0]),
      text: `not YAML: ${message
        .split('\n')[0]
        .replaceAll(/[\u0000-\u001f\u007f]/g, '?')
        .slice(0, 200)}`,
    }));
    return { scenario: null, problems };
  }
  const check = new ShapeCheck({ position: (node) => place(node?.range?.[0] ?? 0) });
  const scenario = check.read(document.contents as Node | null, SCENARIO_SHAPE, '') as Scenario;
  if (check.problems.length === 0) {
    for (const { path, keys, text } of contradictions(scenario)) {
      const node = document.getIn(keys, true) as Node | undefined;
      check.report(path, node ?? (document.contents as Node), text);
    }
  }
  if (check.problems.length > 0) return { scenario: null, problems: check.problems };
  return { scenario, problems: [] };
}

interface Contradiction {
  readonly path: string;
  readonly keys: readonly (string | number)[];
  readonly text: string;
}

const MOST_PARTICIPANTS = 2000;

/** What no single field shows. */
function contradictions({ autoscaler, phases, mediaPod }: Scenario): Contradiction[] {
  const found: Contradiction[] = [];
  const tell = (keys: (string | number)[], text: string) => {
    const path = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
    found.push({ path: path.slice(1), keys, text });
  };
  if (autoscaler !== null && autoscaler.minReplicas > autoscaler.maxReplicas) {
    tell(['autoscaler', 'minReplicas'], `is more than maxReplicas (${autoscaler.maxReplicas})`);
  }
  if (mediaPod.cpuRequest > mediaPod.cpuLimit) tell(['mediaPod', 'cpuRequest'], 'is more than cpuLimit');
  const names = new Set<string>();
  phases.forEach((phase, index) => {
    if (names.has(phase.name)) tell(['phases', index, 'name'], 'is the name of another phase');
    names.add(phase.name);
    if (phase.autoscaling && autoscaler === null) {
      tell(['phases', index, 'autoscaling'], 'is true, but no autoscaler is described');
    }
    if (phase.autoscaling && autoscaler !== null && phase.replicas > autoscaler.maxReplicas) {
      tell(['phases', index, 'replicas'], `is more than the autoscaler's maxReplicas (${autoscaler.maxReplicas})`);
    }
    const { load } = phase;
    if (load !== null && load.rooms * load.participants > MOST_PARTICIPANTS) {
      tell(['phases', index, 'load'], `is more than ${MOST_PARTICIPANTS} participants (rooms times participants)`);
    }
    if (load !== null && load.rampSeconds > phase.seconds) {
      tell(['phases', index, 'load', 'rampSeconds'], 'is longer than the phase');
    }
  });
  return found;
}
