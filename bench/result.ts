/** What a benchmark comes to. Null stands where a peer is not installed. */
export interface BenchResult {
  readonly name: string;
  /** Measured values, the unit in the name. */
  readonly figures: Readonly<Record<string, number | null>>;
  /** How many times faster (or smaller) rtcscope is than the peer: above 1 is better. */
  readonly ratios: Readonly<Record<string, number | null>>;
}

function shown(value: number | null): string {
  if (value === null) return 'not installed';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3);
}

/** Prints the result as one JSON object or as a table; nothing else goes to standard output. */
export function printResult(result: BenchResult, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const rows = [
    ...Object.entries(result.figures).map(([name, value]) => [name, shown(value)]),
    ...Object.entries(result.ratios).map(([name, value]) => [
      `${name} (ratio)`,
      value === null ? shown(value) : `${shown(value)} x`,
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(width)}  ${value.padStart(14)}\n`);
}

/** Progress on standard error, where a person watches. */
export function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
