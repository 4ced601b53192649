import type { StateAnalysis, StateGroup } from '../../analyzers/index.ts';
import { field } from './render-csv.ts';

/** A row of a table as data: what is not known is null, and an empty cell. */
export type CsvRow = Readonly<Record<string, string | number | boolean | null>>;

/** One row a state, all its figures; names are those of the JSON, flattened with `_`. */
export function renderStatesCsv(states: readonly Omit<StateAnalysis, 'perStream' | 'joinTimesMs'>[]): string {
  return renderTable(states.map((state) => flatFigures(state)));
}

/** A table whose rows have all columns; without rows there is nothing to name them by. */
export function renderTable(rows: readonly CsvRow[]): string {
  return renderRows(Object.keys(rows[0] ?? {}), rows);
}

/** RFC 4180, as for the streams. */
export function renderRows(names: readonly string[], rows: readonly CsvRow[]): string {
  const lines = [names.join(','), ...rows.map((row) => names.map((name) => field(row[name] ?? null)).join(','))];
  return `${lines.join('\r\n')}\r\n`;
}

type Listed = 'perStream' | 'joinTimesMs';

/** Figures of a state or a phase, the same columns whatever is known. */
export function flatFigures(figures: Omit<StateAnalysis, Listed> | Omit<StateGroup, Listed>): CsvRow {
  const row: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(figures)) {
    if (value === null ? !NESTED.has(name) : typeof value !== 'object') row[name] = value as string | number | null;
  }
  for (const group of ['overStreams', 'overTime'] as const) {
    for (const [metric, spread] of Object.entries(figures[group])) {
      Object.assign(row, cells(`${group}_${metric}`, spread, SPREAD));
    }
  }
  return { ...row, ...cells('forwarding', figures.forwarding, FORWARDING) };
}

/** Members of what may be null, as columns. */
export function cells<Name extends string>(
  prefix: string,
  group: Readonly<Record<Name, number>> | null,
  names: readonly Name[],
): CsvRow {
  return Object.fromEntries(names.map((name) => [`${prefix}_${name}`, group?.[name] ?? null]));
}

export const SPREAD = ['p50', 'p95', 'max'] as const;
const FORWARDING = [
  'streams',
  'packets',
  'followedPercent',
  'byPatternPercent',
  'meanMs',
  'p50Ms',
  'p95Ms',
  'p99Ms',
  'maxMs',
] as const;
/** What is null or a group: its members are columns of their own. */
const NESTED: ReadonlySet<string> = new Set(['forwarding', 'participants', 'http']);
