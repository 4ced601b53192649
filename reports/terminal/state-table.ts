import type { StateAnalysis } from '../../analyzers/index.ts';
import { type RowsOfText, stateRows } from '../run/state-rows.ts';
import { displayWidth, padEnd, padStart } from '../text/display-width.ts';

/** The states as lines of a terminal. */
export function stateLines(states: readonly StateAnalysis[]): string[] {
  return ['States', ...textTable(stateRows(states)).map((line) => `  ${line}`)];
}

/** Columns side by side, two blanks between. */
export function textTable({ titles, align, rows }: RowsOfText): string[] {
  const all = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...all.map((cells) => displayWidth(cells[column]))));
  return all.map((cells) =>
    cells
      .map((cell, column) => (align[column] === 'r' ? padStart : padEnd)(cell, widths[column]))
      .join('  ')
      .trimEnd(),
  );
}
