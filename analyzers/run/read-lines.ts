import { historyTimeMs } from '../states/history-time.ts';
import { isObject, type JsonObject } from '../states/json-documents.ts';

export interface TimedLine {
  readonly timeMs: number;
  readonly fields: JsonObject;
}

/** The lines of a `.jsonl` file in time order. The last may be cut; others that are not valid are counted. */
export function readLines(text: string): { lines: TimedLine[]; refused: number } {
  const lines: TimedLine[] = [];
  let refused = 0;
  const all = text.split('\n');
  for (const [place, line] of all.entries()) {
    if (line.trim() === '') continue;
    let value: unknown = null;
    try {
      value = JSON.parse(line);
    } catch {
      if (place === all.length - 1) continue;
    }
    const timeMs = isObject(value) ? historyTimeMs(value['time']) : null;
    if (timeMs === null) refused++;
    else lines.push({ timeMs, fields: value as JsonObject });
  }
  return { lines: lines.sort((a, b) => a.timeMs - b.timeMs), refused };
}
