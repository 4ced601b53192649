/** What must hold for any report, whatever the packets said. Each fault is a line. */
export interface Reports {
  readonly terminal: string;
  readonly plain: string;
  readonly csv: string;
  readonly markdown: string;
  readonly html: string | null;
}

const NOT_A_FIGURE = /\b(NaN|undefined|Infinity|\[object Object\])\b/;
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const COLOR = /\u001b\[[0-9;]*m/g;

export function reportFaults({ terminal, plain, csv, markdown, html }: Reports): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) faults.push(what);
  };
  for (const [name, text] of Object.entries({ terminal: plain, csv, markdown })) {
    const line = text.split('\n').find((candidate) => NOT_A_FIGURE.test(candidate));
    must(line === undefined, `${name}: no figure: ${line}`);
  }
  const control = CONTROL.exec(terminal.replace(COLOR, ''));
  must(control === null, `terminal: control character ${control?.[0].charCodeAt(0)}`);
  must(!CONTROL.test(plain), 'terminal without colour: a control character');
  must(!CONTROL.test(markdown), 'markdown: a control character');
  must(!/<(script|img)|(?<!\\)\]\(/i.test(markdown), 'markdown: HTML or a link to run');
  faults.push(...csvFaults(csv));
  if (html !== null) faults.push(...htmlFaults(html));
  return faults;
}

function csvFaults(csv: string): string[] {
  const faults: string[] = [];
  const rows = csvRows(csv);
  for (const row of rows) {
    if (row.length !== rows[0].length) faults.push(`csv: a row of ${row.length} cells under ${rows[0].length} names`);
    for (const cell of row) {
      if (/^[=+\-@\t\r]/.test(cell) && !/^-?\d/.test(cell)) faults.push(`csv: a formula: ${cell.slice(0, 40)}`);
    }
  }
  return faults;
}

/** RFC 4180. */
function csvRows(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const match of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (match[0] === '') break;
    rows.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

/** The page's own scripts apart, no element may run, load or refresh anything. */
function htmlFaults(html: string): string[] {
  const faults: string[] = [];
  const scripts = html.match(/<script\b/gi)?.length ?? 0;
  if (scripts !== 2) faults.push(`html: ${scripts} script elements, not 2`);
  const markup = html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/gi, '').replace(/<style>[\s\S]*?<\/style>/gi, '');
  const tags = markup.match(/<[a-z][^>]*>/gi) ?? [];
  for (const tag of tags) {
    const bare = tag.replace(/"[^"]*"/g, '""');
    if (/\son[a-z]+\s*=/i.test(bare) || /^<(img|iframe|object|embed|base|meta http-equiv="refresh)\b/i.test(bare))
      faults.push(`html: ${tag.slice(0, 80)}`);
    if (/(href|src)="(?!#|data:,)/i.test(tag)) faults.push(`html: ${tag.slice(0, 80)}`);
  }
  const line = markup.match(/>[^<>]*\b(NaN|undefined|Infinity)\b[^<>]*</)?.[0];
  if (line !== undefined) faults.push(`html: no figure: ${line}`);
  return faults;
}
