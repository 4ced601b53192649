import type { Analysis } from '../analysis.ts';
import type { Comparison, ComparisonVerdict, MetricComparison } from '../comparison/compare.ts';
import { type ComparedMetric, metricName } from '../comparison/metrics.ts';
import { plural } from '../findings/finding.ts';
import type { ReplicaHistory } from '../states/replica-history.ts';

/** Three sentences: what there was, what changed most (by autoscaling, where that was tried), how much was compared. */
export function runVerdict(
  analysis: Analysis,
  history: ReplicaHistory | null,
  phases: number,
  comparison: Comparison | null,
  autoscaling: Comparison | null = null,
  refused = 0,
): string[] {
  const packets = analysis.streams.reduce((sum, { packets: count }) => sum + count, 0);
  const expected = analysis.streams.reduce((sum, stream) => sum + stream.expected, 0);
  const lost = analysis.streams.reduce((sum, stream) => sum + stream.lost, 0);
  const loss =
    expected > 0
      ? `${Number(((100 * lost) / expected).toPrecision(3))} % of the packets were lost`
      : 'no packet was seen';
  const hasPhases = analysis.states?.some(({ phase }) => phase !== null) === true;
  const steps = (analysis.states ?? []).filter(
    ({ kind, phase }) => (kind === 'scaling-out' || kind === 'scaling-in') && (phase !== null || !hasPhases),
  );
  const scaling =
    history === null
      ? 'nothing is known of scaling'
      : steps.length === 0
        ? 'the service did not scale while packets were captured'
        : `the service scaled ${steps.length} time${steps.length === 1 ? '' : 's'} (${[...new Set(steps.map(({ state }) => state))].slice(0, 4).join(', ')})`;
  // Whoever is not let in loses no packet: without it a service that is full looks well.
  const entry = refused === 0 ? '' : `${plural(refused, 'participant was', 'participants were')} not let in; `;
  const first = `${plural(analysis.streams.length, 'stream')} with ${plural(packets, 'packet')} in ${plural(phases, 'phase')}: ${loss}; ${entry}${scaling}.`;
  return comparison === null
    ? [first, 'There are not two phases with packets to compare.', 'A run with two phases or more says what changed.']
    : [first, autoscaling === null ? changed(comparison) : changedMost(autoscaling), counted(comparison)];
}

const RESOURCES: readonly ComparedMetric[] = ['nodeCpuCores', 'nodeMemoryMib', 'podCpuCores', 'podMemoryMib'];
const NAMES_TOLD = 6;

/** What participants notice comes before what machines use. */
function changed({ metrics, sides }: Comparison): string {
  const noticed = metrics.filter(({ metric }) => !RESOURCES.includes(metric));
  const of = (wanted: ComparisonVerdict) => noticed.filter(({ verdict }) => verdict === wanted);
  const told = of('worse')[0] ?? of('better')[0];
  if (told !== undefined) return told.text;
  const same = of('no difference shown');
  const others = sides.length === 2 ? sides[1].name : 'the other phases';
  if (same.length === 0) return `There is too little data to compare ${others} with ${sides[0].name}.`;
  return `Between ${others} and ${sides[0].name} no difference was shown in ${named(same)}.`;
}

/** Of a load with and without the autoscaler, what stands first, for better or worse: metrics are in the order of their weight. */
function changedMost(comparison: Comparison): string {
  const shown = comparison.metrics.find(
    ({ metric, verdict }) => !RESOURCES.includes(metric) && (verdict === 'better' || verdict === 'worse'),
  );
  return shown?.text ?? changed(comparison);
}

function counted({ metrics, sides }: Comparison): string {
  const of = (wanted: ComparisonVerdict) => metrics.filter(({ verdict }) => verdict === wanted);
  const told = (word: ComparisonVerdict) =>
    of(word).length === 0 ? `none is ${word}` : `${of(word).length} are ${word} (${named(of(word))})`;
  return `Of ${metrics.length} comparisons with ${sides[0].name}, ${told('worse')} and ${told('better')}; ${of('too little data').length} had too little data.`;
}

function named(metrics: readonly MetricComparison[]): string {
  const names = [...new Set(metrics.map(metricName))];
  const rest = names.length - NAMES_TOLD;
  return names
    .slice(0, NAMES_TOLD)
    .map((name) => (/^[A-Z][a-z ]/.test(name) ? name[0].toLowerCase() + name.slice(1) : name))
    .concat(rest > 0 ? [`${rest} more`] : [])
    .join(', ');
}
