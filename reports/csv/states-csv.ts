import type { StateAnalysis } from '../../analyzers/index.ts';
import { field } from './render-csv.ts';

/** One row a state, all its figures; names are those of the JSON, flattened with `_`. */
export function renderStatesCsv(states: readonly StateAnalysis[]): string {
  const rows = states.map((state) => flat(state));
  return renderRows(Object.keys(rows[0] ?? {}), rows);
}

/** RFC 4180, as for the streams. */
export function renderRows(
  names: readonly string[],
  rows: readonly Readonly<Record<string, string | number | boolean | null>>[],
): string {
  const lines = [names.join(','), ...rows.map((row) => names.map((name) => field(row[name] ?? null)).join(','))];
  return `${lines.join('\r\n')}\r\n`;
}

function flat(state: StateAnalysis): Record<string, string | number | boolean | null> {
  const { perStream: _, unknown: __, joinTimesMs: ___, forwarding, overStreams, overTime, ...figures } = state;
  const row: Record<string, string | number | boolean | null> = { ...figures };
  for (const [group, spreads] of Object.entries({ overStreams, overTime })) {
    for (const [metric, spread] of Object.entries(spreads)) {
      for (const part of ['p50', 'p95', 'max'] as const) row[`${group}_${metric}_${part}`] = spread?.[part] ?? null;
    }
  }
  for (const part of FORWARDING) row[`forwarding_${part}`] = forwarding?.[part] ?? null;
  return row;
}

const FORWARDING = [
  'streams',
  'packets',
  'followedPercent',
  'byPatternPercent',
  'p50Ms',
  'p95Ms',
  'p99Ms',
  'maxMs',
] as const;
