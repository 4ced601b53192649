import { isObject, type JsonObject, member } from '../states/json-documents.ts';
import type { RunDescription } from './run-description.ts';

/** Names of two phases that differ in nothing but the autoscaler. */
export interface AutoscalingPair {
  readonly without: string;
  readonly with: string;
}

/**
 * The phases that tell what autoscaling did: the first one with the autoscaler, and of those without it the last before it that had the
 * same load, by the scenario.
 *
 * @param isSeen whether packets of a phase were captured.
 * @returns null where there are no two such phases.
 */
export function autoscalingPair(
  { phases, scenario }: Pick<RunDescription, 'phases' | 'scenario'>,
  isSeen: (name: string) => boolean,
): AutoscalingPair | null {
  const loads = loadsOf(scenario);
  const seen = phases.filter(({ name }) => isSeen(name));
  for (const scaled of seen.filter(({ autoscaling }) => autoscaling === true)) {
    const load = loads.get(scaled.name);
    const alike = seen.findLast(
      ({ name, autoscaling, fromMs }) =>
        autoscaling === false && fromMs < scaled.fromMs && load !== undefined && loads.get(name) === load,
    );
    if (alike !== undefined) return { without: alike.name, with: scaled.name };
  }
  return null;
}

/** What each phase of a scenario asks of the service, as text to compare. */
function loadsOf(scenario: JsonObject | null): ReadonlyMap<unknown, string> {
  const phases = scenario === null ? null : member(scenario, 'phases');
  if (!Array.isArray(phases)) return new Map();
  return new Map(
    phases
      .filter(isObject)
      .map((phase) => [phase['name'], JSON.stringify([phase['load'] ?? null, phase['http'] ?? null])]),
  );
}
