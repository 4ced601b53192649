import type { Analysis } from '../analysis.ts';
import type { Phase } from '../states/scaling-state.ts';
import type { StateGroup, StateStream } from '../states/state-analysis.ts';
import type { Observation } from './bootstrap.ts';
import type { ComparedSide, RunObservations } from './compare.ts';
import { type HollowPhase, type RunRecords, recordedObservations, type TimeSpan } from './recorded-observations.ts';

/** Which part of an analysis is meant; null: whatever it is. */
export interface Selection {
  readonly phase: string | null;
  /** A state's name, or its kind: `steady(2)`, `steady`. */
  readonly state: string | null;
  readonly repetition: number | null;
}

const EVERYTHING: Selection = { phase: null, state: null, repetition: null };

/** The groups of an analysis that a selection means: whole phases, or states within them. */
export function selectGroups(analysis: Analysis, selection: Selection = EVERYTHING): StateGroup[] {
  return (analysis.stateGroups ?? []).filter(({ phase, state, repetition }) => {
    if (selection.phase !== null && phase !== selection.phase) return false;
    if (selection.repetition !== null && repetition !== selection.repetition) return false;
    if (selection.state === null) return state === null;
    return state !== null && (state === selection.state || state.startsWith(`${selection.state}(`));
  });
}

/** The stretches of time that a selection means; everything for one that chooses nothing. */
export function selectSpans(
  analysis: Analysis,
  { phase, state, repetition }: Selection,
  phases: readonly Phase[] = [],
): TimeSpan[] {
  if (phase === null && state === null && repetition === null) {
    return [{ fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }];
  }
  if (state === null) {
    const meant = phases.filter(
      (one) => (phase === null || one.name === phase) && (repetition === null || one.repetition === repetition),
    );
    if (meant.length > 0) return [...meant].sort((a, b) => a.fromMs - b.fromMs);
  }
  return (analysis.states ?? [])
    .filter((one) => {
      if (phase !== null && one.phase !== phase) return false;
      if (repetition !== null && one.repetition !== repetition) return false;
      return state === null || one.state === state || one.kind === state;
    })
    .map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) }));
}

/**
 * One side of a comparison out of analyses of runs; each repetition of a phase counts as a run of its own. One that is not whole, or has no
 * packets, is left out where there are whole ones.
 *
 * @param records what was recorded beside the packets, one for each analysis; null for none.
 */
export function sideOf(
  name: string,
  analyses: readonly Analysis[],
  selection: Selection = EVERYTHING,
  records: readonly (RunRecords | null)[] = [],
): ComparedSide {
  const found: { observations: RunObservations; streams: StateStream[]; packets: number; fault: string | null }[] = [];
  for (const [place, analysis] of analyses.entries()) {
    const byRepetition = new Map<number, StateGroup[]>();
    for (const group of selectGroups(analysis, selection)) {
      const repetition = selection.phase === null ? 1 : (group.repetition ?? 1);
      const list = byRepetition.get(repetition) ?? [];
      byRepetition.set(repetition, list);
      list.push(group);
    }
    for (const repetition of plannedRepetitions(records[place] ?? null, selection)) {
      if (!byRepetition.has(repetition)) byRepetition.set(repetition, []);
    }
    for (const [repetition, groups] of byRepetition) {
      const streams = mergeStreams(groups);
      const packets = streams.reduce((sum, stream) => sum + stream.packets, 0);
      const recorded = records[place];
      const chosen = selection.phase === null ? selection : { ...selection, repetition };
      const reason = reasonAgainst(recorded?.hollow ?? [], selection, repetition) ?? (packets > 0 ? null : NO_PACKETS);
      found.push({
        observations: {
          ...ofStreams(streams),
          joinMs: joins(groups),
          ...(recorded ? recordedObservations(recorded, selectSpans(analysis, chosen, recorded.phases)) : {}),
        },
        ...{ streams, packets },
        fault: reason === null ? null : `${calledRun(place, analyses.length, selection, repetition)}: ${reason}`,
      });
    }
  }
  const whole = found.filter(({ fault }) => fault === null);
  const kept = whole.length > 0 ? whole : found;
  return {
    name,
    runs: kept.map(({ observations }) => observations),
    streams: kept.reduce((sum, { streams }) => sum + streams.length, 0),
    packets: kept.reduce((sum, { packets }) => sum + packets, 0),
    leftOut: whole.length > 0 ? found.flatMap(({ fault }) => fault ?? []) : [],
  };
}

const NO_PACKETS = 'it has no packets';

/** Those of which there should be something, packets or not. */
function plannedRepetitions(recorded: RunRecords | null, { phase, state, repetition }: Selection): number[] {
  if (recorded === null || state !== null) return [];
  if (phase === null) return repetition === null ? [1] : [];
  return recorded.phases
    .filter((one) => one.name === phase && (repetition === null || one.repetition === repetition))
    .map((one) => one.repetition);
}

/** Of a whole run, each of its phases counts. */
function reasonAgainst(hollow: readonly HollowPhase[], { phase }: Selection, repetition: number): string | null {
  if (phase !== null) {
    return hollow.find((one) => one.name === phase && one.repetition === repetition)?.reason ?? null;
  }
  return hollow.length === 0 ? null : `phase ${hollow[0].name}: ${hollow[0].reason}`;
}

function calledRun(place: number, runs: number, { phase }: Selection, repetition: number): string {
  if (phase === null) return `run ${place + 1}`;
  return runs > 1 ? `run ${place + 1}, repetition ${repetition} of ${phase}` : `repetition ${repetition} of ${phase}`;
}

/** A stream that is in several groups is one observation. */
function mergeStreams(groups: readonly StateGroup[]): StateStream[] {
  const byId = new Map<string, StateStream[]>();
  for (const { perStream } of groups) {
    for (const stream of perStream) {
      if (stream.kind === 'rtx' || stream.kind === 'fec') continue;
      const parts = byId.get(stream.stream) ?? [];
      byId.set(stream.stream, parts);
      parts.push(stream);
    }
  }
  return [...byId.values()].map((parts) => (parts.length === 1 ? parts[0] : parts.reduce(merge)));
}

function merge(a: StateStream, b: StateStream): StateStream {
  const mean = (of: (one: StateStream) => number | null, weight: (one: StateStream) => number) => {
    const known = [a, b].filter((one) => of(one) !== null);
    const total = known.reduce((sum, one) => sum + weight(one), 0);
    return total > 0 ? known.reduce((sum, one) => sum + (of(one) as number) * weight(one), 0) / total : null;
  };
  const packets = (one: StateStream) => one.packets;
  const add = (x: number | null, y: number | null) => (x === null ? y : y === null ? x : x + y);
  const expected = a.expected + b.expected;
  const lost = a.lost + b.lost;
  return {
    stream: a.stream,
    kind: a.kind,
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    expected,
    lost,
    lossPercent: expected > 0 ? (100 * lost) / expected : 0,
    jitterMs: mean((one) => one.jitterMs, packets),
    jitterP95Ms: mean((one) => one.jitterP95Ms, packets),
    delayVariationMs: mean((one) => one.delayVariationMs, packets),
    delayVariationP95Ms: mean((one) => one.delayVariationP95Ms, packets),
    bitrateBps: mean(
      (one) => one.bitrateBps,
      (one) => one.seconds,
    ),
    seconds: a.seconds + b.seconds,
    frames: add(a.frames, b.frames),
    freezes: add(a.freezes, b.freezes),
    freezeMs: add(a.freezeMs, b.freezeMs),
    mos: mean((one) => one.mos, packets),
    forwardingDelayMs: mean(
      (one) => one.forwardingDelayMs,
      (one) => one.forwardedPackets,
    ),
    forwardedPackets: a.forwardedPackets + b.forwardedPackets,
    forwardedFrom: b.forwardedFrom ?? a.forwardedFrom,
  };
}

function ofStreams(streams: readonly StateStream[]): RunObservations {
  const observed = (value: (one: StateStream) => number | null, weight: (one: StateStream) => number): Observation[] =>
    streams.flatMap((one) => {
      const found = value(one);
      return found === null ? [] : [{ value: found, weight: weight(one), origin: one.forwardedFrom ?? one.stream }];
    });
  const packets = (one: StateStream) => one.packets;
  const seconds = (one: StateStream) => one.seconds;
  const perSecond = (count: number | null, one: StateStream) =>
    count === null || one.seconds <= 0 ? null : count / one.seconds;
  return {
    lossPercent: observed(
      (one) => one.lossPercent,
      (one) => one.expected,
    ),
    jitterMs: observed((one) => one.jitterMs, packets),
    jitterP95Ms: observed((one) => one.jitterP95Ms, packets),
    delayVariationMs: observed((one) => one.delayVariationMs, packets),
    delayVariationP95Ms: observed((one) => one.delayVariationP95Ms, packets),
    streamBitrateBps: observed((one) => one.bitrateBps, seconds),
    freezesPerMinute: observed((one) => {
      const rate = perSecond(one.freezes, one);
      return rate === null ? null : rate * 60;
    }, seconds),
    frameRate: observed((one) => perSecond(one.frames, one), seconds),
    mos: observed((one) => one.mos, packets),
    forwardingDelayMs: observed(
      (one) => one.forwardingDelayMs,
      (one) => one.forwardedPackets,
    ),
  };
}

function joins(groups: readonly StateGroup[]): Observation[] {
  return groups.flatMap(({ joinTimesMs }) => joinTimesMs.map((value) => ({ value, weight: 1 })));
}
