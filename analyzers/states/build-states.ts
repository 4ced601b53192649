import type { ReplicaHistory, ReplicaSample } from './replica-history.ts';
import { type Phase, type StateKind, type StateStretch, stateName } from './scaling-state.ts';

export interface StateOptions {
  /** How long after a change is over its effects are looked for apart; 15 s where not given. */
  readonly settleSeconds?: number;
  readonly phases?: readonly Phase[];
}

export const SETTLE_SECONDS = 15;

interface Situation {
  readonly kind: StateKind;
  readonly replicas: number | null;
  readonly target: number | null;
}

const UNKNOWN: Situation = { kind: 'unknown', replicas: null, target: null };

/**
 * Cuts all of time, from minus to plus infinity, into stretches of one phase and one scaling state, without holes or overlap.
 *
 * Where a history tells nothing of readiness, a change is taken to last `settleSeconds`, and to settle for as long again.
 */
export function buildStates(history: ReplicaHistory | null, options: StateOptions = {}): StateStretch[] {
  const settleMs = (options.settleSeconds ?? SETTLE_SECONDS) * 1000;
  const situations = history === null ? [] : situationsOf(history.samples, settleMs);
  const cuts = new Set<number>([Number.NEGATIVE_INFINITY]);
  for (const { timeMs } of situations) cuts.add(timeMs);
  const phases = options.phases ?? [];
  for (const { fromMs, toMs } of phases) if (fromMs < toMs) cuts.add(fromMs).add(toMs);
  const times = [...cuts].sort((a, b) => a - b);
  const stretches: StateStretch[] = [];
  let at = -1;
  for (const [place, fromMs] of times.entries()) {
    while (at + 1 < situations.length && situations[at + 1].timeMs <= fromMs) at++;
    const situation = at < 0 ? UNKNOWN : situations[at].situation;
    // Phases do not overlap in a run; where they do all the same, the later one counts.
    const phase = phases.findLast((one) => one.fromMs <= fromMs && fromMs < one.toMs) ?? null;
    const next: StateStretch = {
      phase: phase?.name ?? null,
      repetition: phase?.repetition ?? null,
      kind: situation.kind,
      state: stateName(situation.kind, situation.replicas, situation.target),
      replicas: situation.replicas,
      targetReplicas: situation.target,
      fromMs,
      toMs: times[place + 1] ?? Number.POSITIVE_INFINITY,
    };
    const before = stretches.at(-1);
    const same = before?.state === next.state && before.phase === next.phase && before.repetition === next.repetition;
    if (before !== undefined && same) stretches[stretches.length - 1] = { ...before, toMs: next.toMs };
    else stretches.push(next);
  }
  return stretches;
}

/** The situations in their order, each from its moment on. */
function situationsOf(samples: readonly ReplicaSample[], settleMs: number) {
  const found: { timeMs: number; situation: Situation }[] = [];
  const tell = (timeMs: number, situation: Situation) => {
    if (found.at(-1)?.timeMs === timeMs) found.pop();
    found.push({ timeMs, situation });
  };
  const readyKnown = samples.some(({ ready }) => ready !== null);
  const currentKnown = samples.some(({ current }) => current !== null);
  const desiredKnown = samples.some(({ desired }) => desired !== null);
  /** Neither readiness nor pods beside the number wanted: when a change ends can only be assumed. */
  const assumed = !readyKnown && !(desiredKnown && currentKnown);
  let desired: number | null = null;
  let ready: number | null = null;
  let leaving = 0;
  let change: { kind: StateKind; from: number; to: number } | null = null;
  /** When the stretch at hand ends by itself: assumed readiness, or settling. */
  let endMs = Number.POSITIVE_INFINITY;
  const settle = (timeMs: number) => {
    change = null;
    endMs = timeMs + settleMs;
    tell(timeMs, { kind: 'settling', replicas: desired, target: desired });
  };
  const pass = (untilMs: number) => {
    while (endMs <= untilMs) {
      const timeMs = endMs;
      endMs = Number.POSITIVE_INFINITY;
      if (change !== null) settle(timeMs);
      else tell(timeMs, { kind: 'steady', replicas: desired, target: desired });
    }
  };
  for (let place = 0; place < samples.length; ) {
    const { timeMs } = samples[place];
    pass(timeMs);
    let wanted: number | null = desired;
    // What became known at one moment counts together.
    for (; place < samples.length && samples[place].timeMs === timeMs; place++) {
      const sample = samples[place];
      const current = desiredKnown ? null : (sample.current ?? (currentKnown ? null : sample.ready));
      wanted = sample.desired ?? current ?? wanted;
      ready = (readyKnown ? sample.ready : sample.current) ?? ready;
      leaving = sample.terminating ?? leaving;
    }
    if (wanted === null) continue;
    const first = desired === null;
    const before: number = desired ?? wanted;
    desired = wanted;
    const there = assumed || ready === null ? desired : ready;
    if (before !== desired) {
      change = { kind: desired > before ? 'scaling-out' : 'scaling-in', from: before, to: desired };
      endMs = assumed ? timeMs + settleMs : Number.POSITIVE_INFINITY;
      tell(timeMs, { kind: change.kind, replicas: change.from, target: change.to });
    } else if (first) {
      if (there === desired) tell(timeMs, { kind: 'steady', replicas: desired, target: desired });
      else change = { kind: there < desired ? 'scaling-out' : 'scaling-in', from: there, to: desired };
      if (change !== null) tell(timeMs, { kind: change.kind, replicas: change.from, target: change.to });
    } else if (change === null && there !== desired) {
      change = { kind: there < desired ? 'recovering' : 'scaling-in', from: there, to: desired };
      endMs = Number.POSITIVE_INFINITY;
      tell(timeMs, { kind: change.kind, replicas: change.from, target: change.to });
    }
    if (change !== null && !assumed && isOver(change.kind, there, desired, leaving)) settle(timeMs);
  }
  pass(Number.MAX_VALUE);
  return found;
}

function isOver(kind: StateKind, ready: number, desired: number, leaving: number): boolean {
  return kind === 'scaling-in' ? ready <= desired && leaving === 0 : ready >= desired;
}
