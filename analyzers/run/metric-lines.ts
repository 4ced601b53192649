import type { TimedLine } from './read-lines.ts';

/** Of several that measured the same node or pod, the one to go by: Prometheus, whose samples are evenly spaced, before others. */
const PREFERRED = 'prometheus';

/**
 * Lines of `metrics.jsonl`, of each node and pod those of one source: two that measure the same thing over windows of their own would
 * make one jagged line, and a mean that counts it twice.
 */
export function linesOfOneSource(lines: readonly TimedLine[]): TimedLine[] {
  const nameOf = ({ fields }: TimedLine) => `${fields['kind']} ${fields['name']}`;
  const chosen = new Map<string, unknown>();
  for (const line of lines) {
    const name = nameOf(line);
    const { source } = line.fields;
    if (!chosen.has(name) || source === PREFERRED) chosen.set(name, source);
  }
  return lines.filter((line) => chosen.get(nameOf(line)) === line.fields['source']);
}
