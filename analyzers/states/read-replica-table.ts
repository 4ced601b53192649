import { historyTimeMs } from './history-time.ts';
import { HistoryBuilder, type HistoryError, type ReplicaHistory, replicaCount } from './replica-history.ts';

type Column = 'time' | 'desired' | 'current' | 'ready' | 'target';

const NAMES: readonly (readonly [Column, RegExp])[] = [
  ['time', /^(time|timestamp|date|datetime|ts|@timestamp)$/],
  ['ready', /ready|available/],
  ['desired', /desired|wanted|spec/],
  ['current', /replica|current|pods|count|value/],
  ['target', /^(target|name|deployment|workload)$/],
];

/**
 * Reads a table of time and replicas: commas, semicolons or tabs; with a header row (`time,desired,ready`, `Time,replicas`, ...), or
 * without one: time first, replicas second, ready pods third where there is a third column.
 */
export function readReplicaTable(text: string, target: string | null): ReplicaHistory | HistoryError {
  const rows = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (rows.length === 0) return { error: 'is empty' };
  const separator = [';', '\t', ','].find((mark) => rows[0].includes(mark)) ?? ',';
  const cells = (row: string) => row.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  const first = cells(rows[0]);
  const headed = historyTimeMs(first[0]) === null && first.every((cell) => historyTimeMs(cell) === null);
  const columns = headed
    ? named(first)
    : (['time', 'current', 'ready'] as Column[]).slice(0, Math.max(2, first.length));
  if (!columns.includes('time')) return { error: 'has no column of times' };
  const builder = new HistoryBuilder();
  for (const row of headed ? rows.slice(1) : rows) {
    const values = cells(row);
    const of = (column: Column) => values[columns.indexOf(column)];
    const timeMs = historyTimeMs(of('time'));
    const sample = {
      desired: replicaCount(of('desired')),
      current: replicaCount(of('current')),
      ready: replicaCount(of('ready')),
    };
    if (timeMs === null || Object.values(sample).every((value) => value === null)) builder.refused++;
    else builder.add(of('target') ?? '', { timeMs, ...sample });
  }
  return builder.build('CSV', target);
}

function named(header: readonly string[]): (Column | undefined)[] {
  const taken = new Set<Column>();
  return header.map((title) => {
    const found = NAMES.find(([column, pattern]) => !taken.has(column) && pattern.test(title.toLowerCase()))?.[0];
    if (found !== undefined) taken.add(found);
    return found;
  });
}
