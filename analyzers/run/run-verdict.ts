import type { Analysis } from '../analysis.ts';
import type { Comparison } from '../comparison/compare.ts';
import { plural } from '../findings/finding.ts';
import type { ReplicaHistory } from '../states/replica-history.ts';

/** Three sentences: what there was, what changed most, how much was compared. */
export function runVerdict(
  analysis: Analysis,
  history: ReplicaHistory | null,
  phases: number,
  comparison: Comparison | null,
): string[] {
  const packets = analysis.streams.reduce((sum, { packets: count }) => sum + count, 0);
  const expected = analysis.streams.reduce((sum, stream) => sum + stream.expected, 0);
  const lost = analysis.streams.reduce((sum, stream) => sum + stream.lost, 0);
  const loss =
    expected > 0
      ? `${Number(((100 * lost) / expected).toPrecision(3))} % of the packets were lost`
      : 'no packet was seen';
  const steps = (analysis.states ?? []).filter(({ kind }) => kind === 'scaling-out' || kind === 'scaling-in');
  const scaling =
    history === null
      ? 'nothing is known of scaling'
      : steps.length === 0
        ? 'the service did not scale while packets were captured'
        : `the service scaled ${steps.length} time${steps.length === 1 ? '' : 's'} (${[...new Set(steps.map(({ state }) => state))].slice(0, 4).join(', ')})`;
  const first = `${plural(analysis.streams.length, 'stream')} with ${plural(packets, 'packet')} in ${plural(phases, 'phase')}: ${loss}; ${scaling}.`;
  const shown = comparison?.metrics.filter(({ verdict }) => verdict === 'worse' || verdict === 'better') ?? [];
  const second =
    comparison === null
      ? 'There are not two phases with packets to compare.'
      : ((shown.find(({ verdict }) => verdict === 'worse') ?? shown[0] ?? comparison.metrics[0])?.text ??
        'Nothing can be compared.');
  const few = comparison?.metrics.filter(({ verdict }) => verdict === 'too little data').length ?? 0;
  const third =
    comparison === null
      ? 'A run with two phases or more says what changed.'
      : `Of ${comparison.metrics.length} comparisons with ${comparison.sides[0].name}, ${shown.filter(({ verdict }) => verdict === 'worse').length} are worse and ${shown.filter(({ verdict }) => verdict === 'better').length} better; ${few} had too little data.`;
  return [first, second, third];
}
