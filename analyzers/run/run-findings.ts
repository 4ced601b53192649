import type { Finding } from '../analysis.ts';
import { finding, plural } from '../findings/finding.ts';
import type { ReplicaHistory } from '../states/replica-history.ts';
import type { InjectedStream } from './injected-faults.ts';
import type { TimedLine } from './read-lines.ts';
import type { RunDescription, RunPhase } from './run-description.ts';

/** Stretches that are told one by one; an autoscaler that flaps is told of once more, with their number. */
const STRETCHES_TOLD = 10;
const REASONS_TOLD = 4;
/** What the run's own problems say of its set-up: no hole in what was recorded. */
const NOTES = new Set(['tap-only', 'no-jmeter', 'no-cpu-limit', 'own-metric']);

export const isNote = (code: string) => NOTES.has(code);

/** What a run as a whole shows, beside what its packets do. */
export function runFindings(
  description: RunDescription,
  history: ReplicaHistory | null,
  injected: readonly InjectedStream[],
  load: readonly TimedLine[],
): Finding[] {
  return [
    ...refused(description, load),
    ...blindness(description, history),
    ...knees(description),
    ...faults(injected),
  ];
}

/** Participants that could not join, or not come back. */
export const refusals = (load: readonly TimedLine[]) => load.filter(({ fields }) => fields['event'] === 'failed');

/** Whoever is not let in loses no packet: without these, a service that is full looks well. */
function refused({ phases }: RunDescription, load: readonly TimedLine[]): Finding[] {
  return phases.flatMap(({ name, repetition, fromMs, toMs }) => {
    const failed = refusals(load).filter(({ timeMs }) => fromMs <= timeMs && timeMs < toMs);
    if (failed.length === 0) return [];
    const reasons = new Map<string, number>();
    for (const { fields } of failed) {
      const reason = typeof fields['reason'] === 'string' ? fields['reason'].slice(0, 200) : 'no reason given';
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    const told = [...reasons].slice(0, REASONS_TOLD).map(([reason, count]) => `${reason} (${count})`);
    const where = repetition > 1 ? `${name} #${repetition}` : name;
    const text = `In phase ${where}, ${plural(failed.length, 'participant')} could not join, or not come back: ${told.join('; ')}.`;
    return [finding('warning', 'join-failed', text)];
  });
}

/** When the autoscaler had no metric to decide by: what it did not do then says nothing of its settings. */
function blindness({ phases, endMs }: RunDescription, history: ReplicaHistory | null): Finding[] {
  const found: { fromMs: number; toMs: number | null; reason: string | null }[] = [];
  let open: { fromMs: number; reason: string | null } | null = null;
  for (const { timeMs, active, reason } of history?.activity ?? []) {
    if (!active) open ??= { fromMs: timeMs, reason };
    else if (open !== null) {
      found.push({ ...open, toMs: timeMs });
      open = null;
    }
  }
  if (open !== null) found.push({ ...open, toMs: endMs });
  const told = found.slice(0, STRETCHES_TOLD).map(({ fromMs, toMs, reason }) => {
    const why = reason === null ? '' : ` (${reason})`;
    const during = phases
      .filter((phase) => phase.autoscaling !== false && phase.fromMs < (toMs ?? Number.POSITIVE_INFINITY))
      .filter((phase) => phase.toMs > fromMs)
      .map((phase) => `${shareOf(phase, fromMs, toMs)} of phase ${phase.name}`);
    return finding(
      'warning',
      'autoscaler-blind',
      `The autoscaler had no metric to decide by from ${clock(fromMs)}${toMs === null ? ' on' : ` to ${clock(toMs)}`}${why}${during.length === 0 ? '' : `, ${during.join(', ')}`}: nothing that it did not do then says anything of scaling.`,
    );
  });
  if (found.length > STRETCHES_TOLD) {
    const more = `The autoscaler had no metric ${found.length} times in all; the first ${STRETCHES_TOLD} are told.`;
    told.push(finding('warning', 'autoscaler-blind', more));
  }
  return told;
}

function shareOf({ fromMs, toMs }: RunPhase, blindFromMs: number, blindToMs: number | null): string {
  const seconds = (Math.min(toMs, blindToMs ?? toMs) - Math.max(fromMs, blindFromMs)) / 1000;
  return `${round(seconds)} of ${round((toMs - fromMs) / 1000)} s`;
}

/** Where a media pod was full: the knee of each phase that was looked for one. */
function knees({ knee }: RunDescription): Finding[] {
  return knee.map(({ phase, repetition, autoscaling, participantsPerPod, crossed, carried, carriedPerPod }) => {
    const where = `phase ${phase}${(repetition ?? 1) > 1 ? ` #${repetition}` : ''}${autoscaling === null ? '' : autoscaling ? ', with autoscaling' : ', without autoscaling'}`;
    const before =
      carried === null
        ? ''
        : ` ${round(carried)} participants${carriedPerPod === null ? '' : `, ${round(carriedPerPod)} a pod,`} were carried before.`;
    const text =
      participantsPerPod === null
        ? `No knee in ${where}: neither loss nor jitter crossed its threshold.${before}`
        : `Knee in ${where}: at ${round(participantsPerPod)} participants a pod ${crossed ?? 'a threshold'} crossed its threshold.${before}`;
    return finding('info', 'knee', text);
  });
}

/** Faults that participants injected are no surprise, and tell how true the figures are. */
function faults(injected: readonly InjectedStream[]): Finding[] {
  if (injected.length === 0) return [];
  const seen = injected.filter(({ agrees }) => agrees !== null);
  const off = seen.filter(({ agrees }) => agrees === false);
  const dropped = injected.reduce((sum, { droppedPackets }) => sum + droppedPackets, 0);
  const clients = new Set(injected.map(({ client }) => client)).size;
  const held =
    seen.length === 0
      ? 'The captures have none of their streams.'
      : off.length === 0
        ? `The captures show it of all ${seen.length} streams: loss, duplicates and order to the packet, jitter and delay within 1 ms.`
        : `The captures show it of ${seen.length - off.length} of ${seen.length} streams to the packet and within 1 ms; the others are ${off
            .slice(0, 8)
            .map(({ stream }) => stream)
            .join(', ')}${off.length > 8 ? ', ...' : ''}.`;
  const text = `${clients} participants made their own network worse on purpose, on both ways, and dropped ${dropped} packets. ${held} A capture lies between the two ways: participants miss what was lost on either.`;
  return [finding('info', 'injected-faults', text)];
}

const clock = (ms: number) => new Date(ms).toISOString().slice(11, 19);
const round = (value: number) => String(Number(value.toFixed(1)));
