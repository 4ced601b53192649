import type { StateAnalysis } from '../../../analyzers/index.ts';
import { stateRows } from '../../run/state-rows.ts';
import type { Markup } from '../markup.ts';
import { section } from './paths.ts';
import { table } from './table.ts';

/** What the streams came to in each phase and scaling state. */
export function statesSection(states: readonly StateAnalysis[]): Markup | null {
  const { titles, align, rows } = stateRows(states);
  const columns = titles.map((title, place) => ({
    title,
    numeric: align[place] === 'r',
    cell: (row: readonly string[]) => row[place],
  }));
  return section('states', 'States', [table('Figures by phase and scaling state', columns, rows)]);
}
