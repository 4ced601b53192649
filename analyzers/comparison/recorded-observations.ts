import type { HttpSample } from '../run/read-jtl.ts';
import type { TimedLine } from '../run/read-lines.ts';
import type { Phase } from '../states/scaling-state.ts';
import type { Observation } from './bootstrap.ts';
import type { NodeObservations, RunObservations } from './compare.ts';

/** What a run recorded beside its packets. */
export interface RunRecords {
  /** Lines of metrics.jsonl and of load.jsonl, in time order. */
  readonly metrics: readonly TimedLine[];
  readonly load: readonly TimedLine[];
  /** Null where nothing made HTTP requests. */
  readonly http: readonly HttpSample[] | null;
  /** With their own times, of which only a part may have been captured. */
  readonly phases: readonly Phase[];
  /** Repetitions of phases that are not whole; none where nothing is said. */
  readonly hollow?: readonly HollowPhase[];
}

/** A repetition of a phase that cannot stand for it. */
export interface HollowPhase {
  readonly name: string;
  readonly repetition: number;
  /** Such as `it was cut short`. */
  readonly reason: string;
}

export interface TimeSpan {
  readonly fromMs: number;
  /** Not in it any more. */
  readonly toMs: number;
}

/**
 * Samples of CPU and memory, and counts of requests, follow from those just before: so the mean of a stretch of this length is one
 * observation, not each sample (Kunsch 1989, the block bootstrap).
 */
export const STRETCH_SECONDS = 5;
const MOST_SUBJECTS = 1000;

/** What a run recorded within spans of time, as observations for a comparison. */
export function recordedObservations(records: RunRecords, spans: readonly TimeSpan[]): RunObservations {
  const inside = ({ timeMs }: { readonly timeMs: number }) =>
    spans.some(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);
  const http = (records.http ?? []).filter(inside);
  return {
    ...resources(records.metrics.filter(inside)),
    clientJoinMs: records.load.filter(inside).flatMap(({ fields }) => {
      const { event, joinMs } = fields;
      return event === 'join' && isNumber(joinMs) ? [{ value: joinMs, weight: 1 }] : [];
    }),
    httpResponseMs: responseTimes(http),
    httpPerSecond: requestRates(http),
  };
}

class Stretches {
  readonly #sums = new Map<string, { sum: number; count: number }>();

  add(subject: string, timeMs: number, value: number): void {
    const key = `${Math.floor(timeMs / (STRETCH_SECONDS * 1000))} ${subject}`;
    const cell = this.#sums.get(key) ?? { sum: 0, count: 0 };
    if (cell.count === 0) this.#sums.set(key, cell);
    cell.sum += value;
    cell.count++;
  }

  observations(): Observation[] {
    return [...this.#sums.values()].map(({ sum, count }) => ({ value: sum / count, weight: count }));
  }
}

function resources(lines: readonly TimedLine[]): RunObservations {
  const nodes = new Map<string, { cpu: Stretches; memory: Stretches }>();
  const pods = { cpu: new Stretches(), memory: new Stretches() };
  for (const { timeMs, fields } of lines) {
    const { kind, name, cpuCores, memoryBytes } = fields;
    if (typeof name !== 'string' || (kind !== 'node' && kind !== 'pod')) continue;
    let into = pods;
    if (kind === 'node') {
      into = nodes.get(name) ?? { cpu: new Stretches(), memory: new Stretches() };
      if (!nodes.has(name) && nodes.size >= MOST_SUBJECTS) continue;
      nodes.set(name, into);
    }
    if (isNumber(cpuCores)) into.cpu.add(name, timeMs, cpuCores);
    if (isNumber(memoryBytes)) into.memory.add(name, timeMs, memoryBytes / 2 ** 20);
  }
  const byNode: Record<string, NodeObservations> = {};
  for (const [name, { cpu, memory }] of nodes) {
    Object.defineProperty(byNode, name, {
      value: { nodeCpuCores: cpu.observations(), nodeMemoryMib: memory.observations() },
      enumerable: true,
    });
  }
  return { byNode, podCpuCores: pods.cpu.observations(), podMemoryMib: pods.memory.observations() };
}

/** Fewer threads than can be compared: a generator that does not tell them apart. */
const FEWEST_THREADS = 5;

/** Requests of one thread are not independent of each other: each thread is one observation; without threads, each stretch is. */
function responseTimes(http: readonly HttpSample[]): Observation[] {
  const threads = byThread(http);
  if (threads.length >= FEWEST_THREADS) return threads;
  const stretches = new Stretches();
  for (const { timeMs, elapsedMs } of http) stretches.add('', timeMs, elapsedMs);
  return stretches.observations();
}

function byThread(http: readonly HttpSample[]): Observation[] {
  const threads = new Map<string, { sum: number; count: number }>();
  for (const { elapsedMs, thread } of http) {
    const cell = threads.get(thread) ?? { sum: 0, count: 0 };
    if (cell.count === 0) threads.set(thread, cell);
    cell.sum += elapsedMs;
    cell.count++;
  }
  return [...threads.values()].map(({ sum, count }) => ({ value: sum / count, weight: count }));
}

/** Requests a second by stretch; the first and the last stretch are not whole, and left out. */
function requestRates(http: readonly HttpSample[]): Observation[] {
  const counts = new Map<number, number>();
  for (const { timeMs } of http) {
    const stretch = Math.floor(timeMs / (STRETCH_SECONDS * 1000));
    counts.set(stretch, (counts.get(stretch) ?? 0) + 1);
  }
  const stretches = [...counts.keys()];
  const found: Observation[] = [];
  const last = stretches.at(-1) ?? 0;
  for (let at = (stretches[0] ?? 0) + 1; at < last; at++) {
    const count = counts.get(at);
    // A hole of whole stretches lies between repetitions, or is one in which the generator was not there.
    if (count !== undefined) found.push({ value: count / STRETCH_SECONDS, weight: 1 });
  }
  return found;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
