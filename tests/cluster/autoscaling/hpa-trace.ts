import { readFileSync } from 'node:fs';
import type {
  AutoscalerInputs,
  AutoscalerSpec,
  ObservedPod,
  PodMetric,
  WrittenBehavior,
} from '../../../cluster/index.ts';
import { fillBehavior } from '../../../cluster/index.ts';

/** A line of a trace: what a real cluster showed in one second. */
interface TraceLine {
  readonly t: number;
  readonly hpa?: { readonly spec?: TraceSpec; readonly status?: TraceStatus };
  readonly podMetrics?: readonly { pod: string; timestamp: string; window: string; cpu: string }[];
  readonly pods?: readonly {
    pod: string;
    phase: ObservedPod['phase'];
    deleted: string | null;
    startTime: string | null;
    ready: { status: string; since: string } | null;
  }[];
}

interface TraceSpec {
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  readonly behavior?: WrittenBehavior;
  readonly metrics: readonly {
    resource?: { target: { type: string; averageUtilization?: number; averageValue?: string } };
  }[];
}

interface TraceStatus {
  readonly currentReplicas?: number;
  readonly desiredReplicas?: number;
  readonly lastScaleTime?: string | null;
  readonly currentMetrics?:
    | readonly { resource?: { current: { averageUtilization?: number; averageValue?: string } } }[]
    | null;
  readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
}

/** One sync of the real autoscaler: what it may have seen, and what it then said. */
export interface TracedSync {
  /** By the trace's clock, on the regular grid of syncs. */
  readonly timeMs: number;
  readonly line: number;
  /** The state of the second before the sync, and of the second in which it was seen: the sync lies between. */
  readonly inputs: readonly AutoscalerInputs[];
  readonly utilization: number | null;
  readonly desired: number | null;
  readonly conditions: Readonly<Record<string, string>>;
}

export interface Trace {
  readonly spec: AutoscalerSpec;
  readonly syncs: readonly TracedSync[];
}

const SYNC_MS = 15_000;

/** Reads a recorded trace. @param requestMilli what each pod requests; recordings name it in their description only. */
export function readTrace(path: string, requestMilli: number): Trace {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as TraceLine)
    .filter(({ hpa }) => hpa?.status !== undefined && hpa.status !== null);
  const spec = readSpec(lines.find(({ hpa }) => hpa?.spec !== undefined)!.hpa!.spec!);

  // Some syncs leave the status as it was, so they do not show: they lie on the grid between those that do.
  const shown: number[] = [];
  for (let index = 1; index < lines.length; index++) {
    const [before, after] = [lines[index - 1].hpa!.status, lines[index].hpa!.status];
    if (JSON.stringify(before) !== JSON.stringify(after)) shown.push(index);
  }
  const firstMs = lines[shown[0]].t * 1000;
  const numberOf = (index: number) => Math.round((lines[index].t * 1000 - firstMs) / SYNC_MS);
  const last = numberOf(shown.at(-1)!);
  // A sync begins a whole period after the one before has ended, so the grid is never finer than the period.
  const seenPeriodMs = last === 0 ? SYNC_MS : (lines[shown.at(-1)!].t * 1000 - firstMs) / last;
  const periodMs = Math.max(seenPeriodMs, SYNC_MS + 1);

  const syncs: TracedSync[] = [];
  const end = Math.floor((lines.at(-1)!.t * 1000 - firstMs) / periodMs);
  for (let number = 0; number <= end; number++) {
    const timeMs = firstMs + number * periodMs;
    const at = shown.find((index) => numberOf(index) === number) ?? lines.findIndex(({ t }) => t * 1000 >= timeMs - 1);
    if (at < 1) continue;
    const status = lines[at].hpa!.status!;
    const current = status.currentReplicas ?? 0;
    const used = status.currentMetrics?.[0]?.resource?.current.averageUtilization ?? null;
    syncs.push({
      timeMs,
      line: at,
      inputs: [lines[at - 1], lines[at]].map((line) => ({
        nowMs: timeMs,
        currentReplicas: current,
        pods: readPods(line, requestMilli),
        metrics: readMetrics(line),
      })),
      utilization: used,
      desired: status.desiredReplicas ?? null,
      conditions: Object.fromEntries((status.conditions ?? []).map(({ type, reason }) => [type, reason])),
    });
  }
  return { spec, syncs };
}

function readSpec(spec: TraceSpec): AutoscalerSpec {
  const target = spec.metrics.map(({ resource }) => resource?.target).find((found) => found !== undefined)!;
  return {
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas,
    behavior: fillBehavior(spec.behavior),
    target:
      target.averageUtilization !== undefined
        ? { type: 'Utilization', averageUtilization: target.averageUtilization }
        : { type: 'AverageValue', averageValue: milli(target.averageValue!) },
  };
}

function readPods(line: TraceLine, requestMilli: number): ObservedPod[] {
  return (line.pods ?? []).map(({ pod, phase, deleted, startTime, ready }) => ({
    name: pod,
    phase,
    terminating: deleted !== null,
    startTimeMs: startTime === null ? null : Date.parse(startTime),
    ready: ready === null ? null : { status: ready.status === 'True', sinceMs: Date.parse(ready.since) },
    request: requestMilli,
  }));
}

function readMetrics(line: TraceLine): Map<string, PodMetric> {
  return new Map(
    (line.podMetrics ?? []).map(({ pod, timestamp, window, cpu }) => [
      pod,
      { value: milli(cpu), timeMs: Date.parse(timestamp), windowMs: duration(window) },
    ]),
  );
}

const UNITS: Readonly<Record<string, number>> = { n: 1e-6, u: 1e-3, m: 1, '': 1000 };

/** A quantity of Kubernetes in thousandths, rounded up as `MilliValue` does. */
function milli(quantity: string): number {
  const [, digits, unit] = /^([\d.]+)([num]?)$/.exec(quantity)!;
  return Math.ceil(Number((Number(digits) * UNITS[unit]).toPrecision(12)));
}

/** A duration of Go, such as `1m2.5s` or `850ms`, in milliseconds. */
function duration(text: string): number {
  const milliseconds: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  let sum = 0;
  for (const [, digits, unit] of text.matchAll(/([\d.]+)(ms|h|m|s)/g)) sum += Number(digits) * milliseconds[unit];
  return sum;
}
