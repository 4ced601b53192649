import { historyTimeMs } from '../states/history-time.ts';
import { isObject, type JsonObject, member, textMember } from '../states/json-documents.ts';
import type { Phase } from '../states/scaling-state.ts';

export interface RunPhase extends Phase {
  readonly autoscaling: boolean | null;
  readonly completed: boolean | null;
}

export interface RunCapture {
  /** Relative to the run directory. */
  readonly file: string;
  readonly kind: string | null;
  readonly node: string | null;
  readonly pod: string | null;
  readonly tool: string | null;
  /** Added to its times to get the clock of the other files. */
  readonly clockOffsetSeconds: number;
  readonly clockErrorSeconds: number | null;
  readonly droppedByCapture: number | null;
  readonly limits: readonly string[];
  /** Whether it has all packets from its beginning to its end. */
  readonly complete: boolean | null;
}

/** At how many participants for each ready pod a threshold was crossed. */
export interface RunKnee {
  readonly phase: string;
  readonly repetition: number | null;
  readonly autoscaling: boolean | null;
  /** Null: never. */
  readonly participantsPerPod: number | null;
  readonly crossed: string | null;
  readonly carried: number | null;
  readonly carriedPerPod: number | null;
}

/** `run.json` (docs/run-format.md); everything in it may be missing. */
export interface RunDescription {
  readonly name: string | null;
  readonly driver: string | null;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly complete: boolean | null;
  readonly scenario: JsonObject | null;
  readonly host: JsonObject | null;
  readonly versions: JsonObject | null;
  readonly nodes: readonly { readonly name: string; readonly role: string | null }[];
  readonly phases: readonly RunPhase[];
  readonly captures: readonly RunCapture[];
  readonly knee: readonly RunKnee[];
  readonly problems: readonly { readonly timeMs: number | null; readonly code: string; readonly text: string }[];
}

const MOST_ENTRIES = 10_000;

/**
 * Reads a run's description; what is not as documented is left out and named as a problem. Text that is no JSON gives an empty one.
 *
 * @param lastMs asked where the run was ended so suddenly that it says no end: when it last recorded anything.
 */
export function readRunDescription(text: string, lastMs: () => number | null = () => null): RunDescription {
  let json: unknown = null;
  const problems: { timeMs: number | null; code: string; text: string }[] = [];
  try {
    json = JSON.parse(text);
  } catch {
    problems.push({
      timeMs: null,
      code: 'bad-run-json',
      text: 'run.json is damaged: phases and capture points are unknown.',
    });
  }
  const list = (name: string): JsonObject[] => {
    const found = member(json, name);
    return Array.isArray(found) ? found.filter(isObject).slice(0, MOST_ENTRIES) : [];
  };
  const object = (name: string): JsonObject | null => {
    const found = member(json, name);
    return isObject(found) ? found : null;
  };
  const endMs = historyTimeMs(member(json, 'endTime'));
  const entries = list('phases');
  const cutMs = endMs ?? (entries.some((phase) => historyTimeMs(phase['end']) === null) ? lastMs() : null);
  const phases = entries.flatMap((phase): RunPhase[] => {
    const name = textMember(phase, 'name');
    const fromMs = historyTimeMs(phase['start']);
    // A phase that was cut short has no end of its own.
    const toMs = historyTimeMs(phase['end']) ?? cutMs;
    if (name === null || fromMs === null || toMs === null || !(fromMs < toMs)) {
      problems.push({
        timeMs: null,
        code: 'bad-phase',
        text: `A phase${name === null ? '' : ` (${name})`} has no usable times.`,
      });
      return [];
    }
    const repetition = number(phase['repetition']) ?? 1;
    return [
      { name, repetition, fromMs, toMs, autoscaling: flag(phase['autoscaling']), completed: flag(phase['completed']) },
    ];
  });
  for (const problem of list('problems')) {
    problems.push({
      timeMs: historyTimeMs(problem['time']),
      code: textMember(problem, 'code') ?? 'problem',
      text: textMember(problem, 'text') ?? 'a problem without words',
    });
  }
  return {
    name: textMember(json, 'name'),
    driver: textMember(json, 'driver'),
    startMs: historyTimeMs(member(json, 'startTime')),
    endMs,
    complete: flag(member(json, 'complete')),
    scenario: object('scenario'),
    host: object('host'),
    versions: object('versions'),
    nodes: list('nodes').flatMap((node) => {
      const name = textMember(node, 'name');
      return name === null ? [] : [{ name, role: textMember(node, 'role') }];
    }),
    phases: phases.sort((a, b) => a.fromMs - b.fromMs),
    captures: list('captures').flatMap((capture): RunCapture[] => {
      const file = textMember(capture, 'file');
      if (file === null) return [];
      const limits = capture['limits'];
      return [
        {
          file,
          kind: textMember(capture, 'kind'),
          node: textMember(capture, 'node'),
          pod: textMember(capture, 'pod'),
          tool: textMember(capture, 'tool'),
          clockOffsetSeconds: number(capture['clockOffsetSeconds']) ?? 0,
          clockErrorSeconds: number(capture['clockErrorSeconds']),
          droppedByCapture: number(capture['droppedByCapture']),
          complete: flag(capture['complete']),
          limits: Array.isArray(limits) ? limits.filter((one) => typeof one === 'string') : [],
        },
      ];
    }),
    knee: list('knee').flatMap((found): RunKnee[] => {
      const phase = textMember(found, 'phase');
      if (phase === null) return [];
      const figure = (name: string) => number(found[name]);
      return [
        {
          phase,
          repetition: figure('repetition'),
          autoscaling: flag(found['autoscaling']),
          participantsPerPod: figure('participantsPerPod'),
          crossed: textMember(found, 'crossed'),
          carried: figure('carried'),
          carriedPerPod: figure('carriedPerPod'),
        },
      ];
    }),
    problems,
  };
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const flag = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);
