import { historyTimeMs } from '../states/history-time.ts';

/** One HTTP request as JMeter recorded it. */
export interface HttpSample {
  readonly timeMs: number;
  readonly elapsedMs: number;
  readonly label: string;
  readonly thread: string;
  readonly success: boolean;
}

const MOST_SAMPLES = 2_000_000;
/** Columns of a file without a header row, as JMeter writes them by default. */
const DEFAULT = [
  'timeStamp',
  'elapsed',
  'label',
  'responseCode',
  'responseMessage',
  'threadName',
  'dataType',
  'success',
];

/** Reads JMeter's results: CSV with or without a header row, or XML. @returns what could not be used is counted. */
export function readJtl(text: string): { samples: HttpSample[]; refused: number } {
  return /^\s*<(\?xml|testResults)/.test(text) ? readXml(text) : readCsv(text);
}

function readCsv(text: string): { samples: HttpSample[]; refused: number } {
  const samples: HttpSample[] = [];
  let refused = 0;
  let columns: readonly string[] = DEFAULT;
  let first = true;
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || samples.length >= MOST_SAMPLES) continue;
    const cells = csvCells(line);
    if (first) {
      first = false;
      if (cells.includes('elapsed')) {
        columns = cells;
        continue;
      }
    }
    const of = (name: string) => cells[columns.indexOf(name)] ?? '';
    const sample = sampleOf(of('timeStamp'), of('elapsed'), of('label'), of('threadName'), of('success'));
    if (sample === null) refused++;
    else samples.push(sample);
  }
  return { samples: samples.sort((a, b) => a.timeMs - b.timeMs), refused };
}

function readXml(text: string): { samples: HttpSample[]; refused: number } {
  const samples: HttpSample[] = [];
  let refused = 0;
  for (const [, attributes] of text.matchAll(/<(?:httpSample|sample)\s([^<>]{1,4000})>/g)) {
    if (samples.length >= MOST_SAMPLES) break;
    const of = (name: string) => new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
    const sample = sampleOf(of('ts'), of('t'), of('lb'), of('tn'), of('s'));
    if (sample === null) refused++;
    else samples.push(sample);
  }
  return { samples: samples.sort((a, b) => a.timeMs - b.timeMs), refused };
}

function sampleOf(time: string, elapsed: string, label: string, thread: string, success: string): HttpSample | null {
  const timeMs = historyTimeMs(time);
  if (timeMs === null || !/^\d{1,9}$/.test(elapsed)) return null;
  return { timeMs, elapsedMs: Number(elapsed), label, thread, success: success === 'true' };
}

function csvCells(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
  }
  return cells;
}
