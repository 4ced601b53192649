import { historyTimeMs } from './history-time.ts';
import { isObject, type JsonObject } from './json-documents.ts';
import { HistoryBuilder, type HistoryError, type ReplicaHistory, replicaCount } from './replica-history.ts';

/** Reads a run's `scaling.jsonl` (docs/run-format.md). @param target the workload wanted, null for the one that changes most. */
export function readScalingLines(text: string, target: string | null): ReplicaHistory | HistoryError {
  const builder = new HistoryBuilder();
  const terminating = new Map<string, Set<string>>();
  const pods: { timeMs: number; pod: string; phase: string; target: string | null }[] = [];
  const lines = text.split('\n');
  for (const [place, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const event = parsed(line);
    // The last line may be cut: whoever wrote it was stopped.
    if (event === null) {
      if (place < lines.length - 1) builder.refused++;
      continue;
    }
    const timeMs = historyTimeMs(event['time']);
    if (timeMs === null) builder.refused++;
    else if (event['event'] === 'replicas') {
      const desired = replicaCount(event['desired']);
      const current = replicaCount(event['current']);
      const ready = replicaCount(event['ready']);
      if (desired === null && current === null && ready === null) builder.refused++;
      else builder.add(nameOf(event['target']), { timeMs, desired, current, ready });
    } else if (event['event'] === 'decision') {
      const desired = replicaCount(event['desired']);
      if (desired !== null) builder.add(nameOf(event['target']), { timeMs, desired });
    } else if (event['event'] === 'autoscaler') {
      if (typeof event['active'] === 'boolean') {
        builder.activity.push({ timeMs, active: event['active'], reason: textOrNull(event['reason']) });
      }
    } else if (event['event'] === 'pod') {
      const pod = textOrNull(event['pod']);
      const phase = textOrNull(event['phase']);
      if (pod !== null && phase !== null) pods.push({ timeMs, pod, phase, target: textOrNull(event['target']) });
    }
  }
  const first = builder.build('scaling.jsonl', target);
  if ('error' in first) return first;
  // Pod events name no workload of their own in general: those of the workload's name count, or all where there is one.
  const name = first.target ?? '';
  for (const { timeMs, pod, phase, target: of } of pods) {
    if (of === null ? first.targets.length > 1 && !pod.startsWith(name) : of !== name) continue;
    const leaving = terminating.get(name) ?? new Set<string>();
    terminating.set(name, leaving);
    const before = leaving.size;
    if (phase === 'terminating') leaving.add(pod);
    else if (phase === 'gone' || phase === 'killed') leaving.delete(pod);
    if (leaving.size !== before) builder.add(name, { timeMs, terminating: leaving.size });
  }
  return builder.build('scaling.jsonl', target ?? name);
}

function parsed(line: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const nameOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 253) : '');
