import type { Analysis, Finding } from '../analysis.ts';
import { type Comparison, compareSides } from '../comparison/compare.ts';
import { sideOf } from '../comparison/observations.ts';
import { isObject } from '../states/json-documents.ts';
import type { ReplicaHistory } from '../states/replica-history.ts';
import type { StateAnalysis, StateGroup } from '../states/state-analysis.ts';
import { type Spread, spreadOf } from '../statistics/weighted-quantile.ts';
import { autoscalingPair } from './autoscaling-pair.ts';
import { hollowPhases } from './hollow-phases.ts';
import { type InjectedStream, injectedStreams } from './injected-faults.ts';
import type { HttpSample } from './read-jtl.ts';
import type { TimedLine } from './read-lines.ts';
import type { RunDescription, RunKnee } from './run-description.ts';
import { isNote, refusals, runFindings } from './run-findings.ts';
import { runVerdict } from './run-verdict.ts';

/** Use of one node or pod, over time. */
export interface ResourceSeries {
  readonly kind: string;
  readonly name: string;
  readonly source: string | null;
  readonly timeMs: readonly number[];
  readonly cpuCores: readonly (number | null)[];
  readonly memoryBytes: readonly (number | null)[];
}

export interface Use {
  readonly mean: number;
  readonly max: number;
}

const MOST_FINDINGS = 1000;

type Figures<Whole> = Omit<Whole, 'perStream' | 'joinTimesMs'>;

export interface ReportedPhase extends Figures<StateGroup> {
  readonly from: string | null;
  readonly to: string | null;
  readonly autoscaling: boolean | null;
  readonly completed: boolean | null;
  readonly participants: Use | null;
  /** Of what participants should have received, both ways of a packet together and before anything was sent again. */
  readonly clientLossPercent: number | null;
  /** As the load generator measured them. */
  readonly clientJoins: { readonly count: number; readonly failed: number; readonly ms: Spread | null };
  readonly http: {
    readonly requests: number;
    readonly failed: number;
    readonly perSecond: number | null;
    readonly ms: Spread | null;
    readonly meanMs: number | null;
  } | null;
  readonly resources: readonly {
    readonly kind: string;
    readonly name: string;
    readonly cpuCores: Use | null;
    readonly memoryBytes: Use | null;
  }[];
}

/** What a run comes to; what `report --json` prints. */
export interface RunReport {
  readonly schema: 'rtcscope.report/1';
  readonly run: Omit<RunDescription, 'phases' | 'captures' | 'problems' | 'knee' | 'startMs' | 'endMs'> & {
    readonly startTime: string | null;
    readonly endTime: string | null;
  };
  /** Three sentences. */
  readonly verdict: readonly string[];
  /** Holes: what is missing or was cut. */
  readonly problems: readonly string[];
  /** What the run as a whole shows, then what its packets show. */
  readonly findings: readonly Finding[];
  /** What the captures of this run cannot know, and what its set-up could not do. */
  readonly limits: readonly string[];
  /** Streams of participants whose network was made worse on purpose, held against the capture; empty where none was. */
  readonly injected: readonly InjectedStream[];
  /** At how many participants a pod was full, where the scenario asked for it. */
  readonly knee: readonly RunKnee[];
  readonly phases: readonly ReportedPhase[];
  readonly states: readonly Figures<StateAnalysis>[];
  /** Each phase held against the first. */
  readonly comparison: Comparison | null;
  /** The phase with the autoscaler held against the one of the same load without; null where there are no two such. */
  readonly autoscalingComparison: Comparison | null;
  readonly series: {
    readonly replicas: readonly {
      readonly timeMs: number;
      readonly desired: number | null;
      readonly ready: number | null;
    }[];
    readonly decisions: readonly { readonly timeMs: number; readonly text: string }[];
    readonly resources: readonly ResourceSeries[];
    readonly participants: { readonly timeMs: readonly number[]; readonly count: readonly number[] };
    readonly joins: { readonly timeMs: readonly number[]; readonly ms: readonly number[] };
    readonly http: { readonly timeMs: readonly number[]; readonly ms: readonly number[] };
  };
}

export interface RunInputs {
  readonly description: RunDescription;
  readonly analysis: Analysis;
  readonly history: ReplicaHistory | null;
  readonly metrics: readonly TimedLine[];
  readonly load: readonly TimedLine[];
  readonly scaling: readonly TimedLine[];
  readonly http: readonly HttpSample[] | null;
  /** What was found wrong while reading. */
  readonly problems: readonly string[];
}

export function buildRunReport(inputs: RunInputs): RunReport {
  const { description, analysis, history, load } = inputs;
  const { phases: _, captures, problems: told, knee, startMs, endMs, ...run } = description;
  const resources = resourcesOf(inputs.metrics);
  const phases = (analysis.stateGroups ?? [])
    .filter(({ state, phase }) => state === null && (phase !== null || description.phases.length === 0))
    .map((group) => phaseOf(group, inputs, resources));
  const names = [...new Set(description.phases.map(({ name }) => name))].filter((name) =>
    phases.some(({ phase, packets }) => phase === name && packets > 0),
  );
  const records = { ...inputs, phases: description.phases, hollow: hollowPhases(description) };
  const sides = names.map((name) =>
    sideOf(name, [analysis], { phase: name, state: null, repetition: null }, [records]),
  );
  const comparison = sides.length < 2 ? null : compareSides(sides);
  const pair = autoscalingPair(description, (name) => names.includes(name));
  const paired = pair === null ? [] : [pair.without, pair.with].map((name) => sides[names.indexOf(name)]);
  const autoscalingComparison = pair === null ? null : compareSides(paired);
  const joins = load.filter(({ fields }) => fields['event'] === 'join' && isNumber(fields['joinMs']));
  const counted = load.filter(({ fields }) => fields['event'] === 'load' && isNumber(fields['participants']));
  const injected = injectedStreams(load, analysis.streams);
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    schema: 'rtcscope.report/1',
    run: { ...run, startTime: iso(startMs), endTime: iso(endMs) },
    verdict: runVerdict(analysis, history, phases.length, comparison, autoscalingComparison, refusals(load).length),
    problems: [
      ...(description.complete === false
        ? ['The run did not end as planned: what was recorded until then is shown.']
        : []),
      ...description.phases
        .filter(({ completed }) => completed === false)
        .map(({ name, repetition }) => `Phase ${repetition > 1 ? `${name} #${repetition}` : name} was cut short.`),
      ...sides.flatMap(({ leftOut }) => leftOut.map((which) => `Not compared, since others are whole: ${which}.`)),
      ...told
        .filter(({ code }) => !isNote(code))
        .map(({ text, timeMs }) =>
          timeMs === null ? text : `${new Date(timeMs).toISOString().slice(11, 19)} ${text}`,
        ),
      ...inputs.problems,
      ...captures
        .filter(({ droppedByCapture }) => (droppedByCapture ?? 0) > 0)
        .map(
          ({ file, droppedByCapture }) =>
            `${file}: the capture itself dropped ${droppedByCapture} packets; part of the loss may not be the network's.`,
        ),
      ...captures
        .filter(({ clockErrorSeconds }) => (clockErrorSeconds ?? 0) > 0.001)
        .map(({ file, clockErrorSeconds }) => `${file}: its clock may be off by ${clockErrorSeconds} s.`),
    ],
    findings: [...runFindings(description, history, injected, load), ...analysis.findings].slice(0, MOST_FINDINGS),
    limits: [
      ...new Set([
        ...captures.flatMap(({ limits }) => limits),
        ...told.filter(({ code }) => isNote(code)).map(({ text }) => text),
      ]),
    ],
    injected,
    knee,
    phases,
    states: (analysis.states ?? []).map(({ perStream: __, joinTimesMs: ___, ...state }) => state),
    comparison,
    autoscalingComparison,
    series: {
      replicas: (history?.samples ?? []).map(({ timeMs, desired, ready, current }) => ({
        timeMs,
        desired,
        ready: ready ?? current,
      })),
      decisions: inputs.scaling
        .filter(({ fields }) => fields['event'] === 'decision')
        .map(({ timeMs, fields }) => ({
          timeMs,
          text: `${fields['current']} → ${fields['desired']}: ${fields['reason'] ?? ''}`.slice(0, 200),
        })),
      resources,
      participants: {
        timeMs: counted.map(({ timeMs }) => timeMs),
        count: counted.map(({ fields }) => fields['participants'] as number),
      },
      joins: { timeMs: joins.map(({ timeMs }) => timeMs), ms: joins.map(({ fields }) => fields['joinMs'] as number) },
      http: {
        timeMs: (inputs.http ?? []).map(({ timeMs }) => timeMs),
        ms: (inputs.http ?? []).map(({ elapsedMs }) => elapsedMs),
      },
    },
  };
}

function phaseOf(group: StateGroup, inputs: RunInputs, resources: readonly ResourceSeries[]): ReportedPhase {
  const { perStream: _, joinTimesMs: __, ...figures } = group;
  const phase = inputs.description.phases.find(
    ({ name, repetition }) => name === group.phase && repetition === group.repetition,
  );
  const fromMs = phase?.fromMs ?? Number.NEGATIVE_INFINITY;
  const toMs = phase?.toMs ?? Number.POSITIVE_INFINITY;
  const inside = ({ timeMs }: { readonly timeMs: number }) => fromMs <= timeMs && timeMs < toMs;
  const load = inputs.load.filter(inside);
  const joins = load.filter(({ fields }) => fields['event'] === 'join');
  const times = joins.map(({ fields }) => fields['joinMs']).filter(isNumber);
  const http = inputs.http?.filter(inside) ?? null;
  const elapsed = (http ?? []).map(({ elapsedMs }) => elapsedMs);
  const seconds = phase === undefined ? group.seconds : (toMs - fromMs) / 1000;
  const ones = (list: readonly unknown[]) => list.map(() => 1);
  return {
    ...figures,
    from: phase === undefined ? null : new Date(fromMs).toISOString(),
    to: phase === undefined ? null : new Date(toMs).toISOString(),
    autoscaling: phase?.autoscaling ?? null,
    completed: phase?.completed ?? null,
    participants: useOf(
      load.flatMap(({ fields }) =>
        fields['event'] === 'load' && isNumber(fields['participants']) ? [fields['participants']] : [],
      ),
    ),
    clientLossPercent: clientLoss(load),
    clientJoins: { count: times.length, failed: refusals(load).length, ms: spreadOf(times, ones(times)) },
    http:
      http === null
        ? null
        : {
            requests: http.length,
            failed: http.filter(({ success }) => !success).length,
            perSecond: seconds > 0 ? http.length / seconds : null,
            ms: spreadOf(elapsed, ones(elapsed)),
            meanMs: useOf(elapsed)?.mean ?? null,
          },
    resources: resources.map(({ kind, name, timeMs, cpuCores, memoryBytes }) => {
      const part = (values: readonly (number | null)[]) =>
        useOf(values.filter((value, place): value is number => value !== null && inside({ timeMs: timeMs[place] })));
      return { kind, name, cpuCores: part(cpuCores), memoryBytes: part(memoryBytes) };
    }),
  };
}

/** Counts are of those present since they joined: a sum that falls says nothing of its second. */
function clientLoss(load: readonly TimedLine[]): number | null {
  let before: { packets: number; lost: number } | null = null;
  let packets = 0;
  let lost = 0;
  for (const { fields } of load) {
    const received = fields['received'];
    if (fields['event'] !== 'load' || !isObject(received)) continue;
    const now = { packets: Number(received['packets']), lost: Number(received['lost']) };
    if (!Number.isFinite(now.packets) || !Number.isFinite(now.lost)) continue;
    if (before !== null && now.packets >= before.packets && now.lost >= before.lost) {
      packets += now.packets - before.packets;
      lost += now.lost - before.lost;
    }
    before = now;
  }
  return packets + lost > 0 ? (100 * lost) / (packets + lost) : null;
}

function resourcesOf(lines: readonly TimedLine[]): ResourceSeries[] {
  const found = new Map<
    string,
    {
      kind: string;
      name: string;
      source: string | null;
      timeMs: number[];
      cpuCores: (number | null)[];
      memoryBytes: (number | null)[];
    }
  >();
  for (const { timeMs, fields } of lines) {
    const { kind, name, source, cpuCores, memoryBytes } = fields;
    if (typeof kind !== 'string' || typeof name !== 'string') continue;
    const key = `${kind} ${name}`;
    let series = found.get(key);
    if (series === undefined) {
      if (found.size >= 1000) continue;
      series = {
        kind,
        name,
        source: typeof source === 'string' ? source : null,
        timeMs: [],
        cpuCores: [],
        memoryBytes: [],
      };
      found.set(key, series);
    }
    series.timeMs.push(timeMs);
    series.cpuCores.push(isNumber(cpuCores) ? cpuCores : null);
    series.memoryBytes.push(isNumber(memoryBytes) ? memoryBytes : null);
  }
  return [...found.values()].sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.name < b.name ? -1 : 1));
}

function useOf(values: readonly number[]): Use | null {
  if (values.length === 0) return null;
  let sum = 0;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    sum += value;
    max = Math.max(max, value);
  }
  return { mean: sum / values.length, max };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
