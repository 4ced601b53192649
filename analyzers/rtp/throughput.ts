import { type FirstRows, LogHistograms } from '../statistics/log-histogram.ts';
import { type Rows, THROUGHPUT_AT } from './rows.ts';

const MAX = THROUGHPUT_AT;
const MAX_BY_SECOND = THROUGHPUT_AT + 1;
const SECOND_END_NS = THROUGHPUT_AT + 2;
const SECOND_BYTES = THROUGHPUT_AT + 3;

/**
 * Throughput of streams over windows of one length that begin with the stream's first packet: the highest, and a
 * histogram. Windows without a packet count as zero. The last window is still open, and so is in no figure.
 */
export class Throughput {
  readonly windowNs: number;
  readonly #bitsPerSecondPerByte: number;
  readonly #histograms: LogHistograms;
  readonly #rows: Rows;
  readonly #max: number;

  /** @param maxField where in a row the highest is kept. @param first where the first rows' classes are counted. */
  constructor(rows: Rows, windowSeconds: number, maxField = MAX, first?: FirstRows) {
    this.#histograms = new LogHistograms(16, first);
    this.#rows = rows;
    this.windowNs = windowSeconds * 1e9;
    this.#bitsPerSecondPerByte = 8 / windowSeconds;
    this.#max = maxField;
  }

  open(row: number): void {
    this.#histograms.ensure(row + 1);
    this.#histograms.clear(row);
  }

  /** A window is over, and so many empty ones after it. */
  close(row: number, at: number, bytes: number, empty: number): void {
    const bitsPerSecond = bytes * this.#bitsPerSecondPerByte;
    const fields = this.#rows.fields;
    this.#histograms.add(row, bitsPerSecond);
    if (bitsPerSecond > fields[at + this.#max]) fields[at + this.#max] = bitsPerSecond;
    if (empty > 0) this.#histograms.addZeros(row, empty);
  }

  /** Over the windows that are complete; null before the first one is. */
  summaryBps(row: number, at: number): { max: number; p95: number } | null {
    if (this.#histograms.count(row) === 0) return null;
    const max = this.#rows.fields[at + this.#max];
    return { max, p95: Math.min(max, this.#histograms.quantile(row, 0.95) ?? 0) };
  }
}

/** Windows of a second beside series' windows of another length: they keep their own time. */
export class ThroughputBySecond {
  readonly throughput: Throughput;
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
    this.throughput = new Throughput(rows, 1, MAX_BY_SECOND);
  }

  start(row: number, at: number, arrivalNs: number): void {
    this.throughput.open(row);
    this.#rows.fields[at + SECOND_END_NS] = arrivalNs + this.throughput.windowNs;
  }

  packet(row: number, at: number, arrivalNs: number, bytes: number): void {
    const fields = this.#rows.fields;
    const endNs = fields[at + SECOND_END_NS];
    if (arrivalNs >= endNs) {
      const windowNs = this.throughput.windowNs;
      const empty = Math.floor((arrivalNs - endNs) / windowNs);
      this.throughput.close(row, at, fields[at + SECOND_BYTES], empty);
      fields[at + SECOND_BYTES] = 0;
      fields[at + SECOND_END_NS] = endNs + (empty + 1) * windowNs;
    }
    fields[at + SECOND_BYTES] += bytes;
  }
}
