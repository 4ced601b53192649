import type { StateAnalysis } from '../../analyzers/index.ts';
import { formatBitrate, formatCount, formatMs, formatPercent, formatScore, formatSeconds } from '../text/figures.ts';
import { visible } from '../text/visible.ts';

export interface RowsOfText {
  readonly titles: readonly string[];
  /** One letter a column: `l` or `r`. */
  readonly align: string;
  readonly rows: readonly (readonly string[])[];
}

/** States beyond these are in JSON and CSV only. */
export const STATES_SHOWN = 100;

/** The states as a table for people: text that is not escaped for any format yet. */
export function stateRows(states: readonly StateAnalysis[]): RowsOfText {
  return {
    titles: [
      ...['Phase', 'State', 'From', 'Length', 'Streams', 'Packets', 'Loss', 'Jitter (ms)', 'p95 over streams'],
      ...['Delay var. (ms)', 'Forwarding p95 (ms)', 'Throughput', 'Freezes', 'Join (ms)', 'MOS'],
    ],
    align: 'lllrrrrrrrrrrrr',
    rows: states
      .slice(0, STATES_SHOWN)
      .map((state) => [
        phaseName(state),
        state.state,
        state.from.slice(11, 23),
        formatSeconds(state.seconds),
        formatCount(state.streams),
        formatCount(state.packets),
        formatPercent(state.lossPercent),
        formatMs(state.jitterMs),
        formatMs(state.overStreams.jitterMs?.p95 ?? null),
        formatMs(state.delayVariationMs),
        formatMs(state.forwarding?.p95Ms ?? null),
        formatBitrate(state.bitrateBps),
        formatCount(state.freezes),
        formatMs(state.joinMs),
        formatScore(state.mos),
      ]),
  };
}

export function phaseName({ phase, repetition }: { phase: string | null; repetition: number | null }): string {
  if (phase === null) return '-';
  return (repetition ?? 1) > 1 ? `${visible(phase)} #${repetition}` : visible(phase);
}
