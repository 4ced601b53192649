import { LogHistograms } from '../statistics/log-histogram.ts';
import { Columns } from './columns.ts';

/**
 * Throughput of many streams over windows of one length that begin with the stream's first packet. Windows without a
 * packet count as zero. The last window is still open, and so is in no figure.
 */
export class Throughput extends Columns {
  readonly #windowNs: number;
  readonly #bitsPerSecondPerByte: number;
  #endNs = new Float64Array(0);
  #bytes = new Float64Array(0);
  #max = new Float64Array(0);
  readonly #histograms = new LogHistograms();

  constructor(windowSeconds: number) {
    super();
    this.#windowNs = windowSeconds * 1e9;
    this.#bitsPerSecondPerByte = 8 / windowSeconds;
  }

  protected override grow(rows: number): void {
    this.#endNs = this.float64(this.#endNs, rows);
    this.#bytes = this.float64(this.#bytes, rows);
    this.#max = this.float64(this.#max, rows);
    this.#histograms.ensure(rows);
  }

  start(row: number, arrivalNs: number): void {
    this.#endNs[row] = arrivalNs + this.#windowNs;
  }

  packet(row: number, arrivalNs: number, bytes: number): void {
    if (arrivalNs >= this.#endNs[row]) this.#roll(row, arrivalNs);
    this.#bytes[row] += bytes;
  }

  #roll(row: number, arrivalNs: number): void {
    const bitsPerSecond = this.#bytes[row] * this.#bitsPerSecondPerByte;
    this.#histograms.add(row, bitsPerSecond);
    if (bitsPerSecond > this.#max[row]) this.#max[row] = bitsPerSecond;
    this.#bytes[row] = 0;
    const empty = Math.floor((arrivalNs - this.#endNs[row]) / this.#windowNs);
    if (empty > 0) this.#histograms.addZeros(row, empty);
    this.#endNs[row] += (empty + 1) * this.#windowNs;
  }

  /** Over the windows that are complete; null before the first one is. */
  summaryBps(row: number): { max: number; p95: number } | null {
    if (this.#histograms.count(row) === 0) return null;
    const max = this.#max[row];
    return { max, p95: Math.min(max, this.#histograms.quantile(row, 0.95) ?? 0) };
  }

  override clear(row: number): void {
    this.#bytes[row] = this.#max[row] = 0;
    this.#histograms.clear(row);
  }
}
