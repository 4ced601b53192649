import { LogHistograms } from '../statistics/log-histogram.ts';
import { Columns } from './columns.ts';

/** Time between the packets of a stream as they arrive, duplicates left out. Negative only where the capture's time runs backwards. */
export class Deltas extends Columns {
  #min = new Float64Array(0);
  #max = new Float64Array(0);
  #sum = new Float64Array(0);
  readonly #histograms = new LogHistograms();

  protected override grow(rows: number): void {
    this.#min = this.float64(this.#min, rows);
    this.#max = this.float64(this.#max, rows);
    this.#sum = this.float64(this.#sum, rows);
    this.#histograms.ensure(rows);
  }

  start(row: number): void {
    this.#min[row] = Number.POSITIVE_INFINITY;
    this.#max[row] = Number.NEGATIVE_INFINITY;
  }

  packet(row: number, deltaNs: number): void {
    if (deltaNs < this.#min[row]) this.#min[row] = deltaNs;
    if (deltaNs > this.#max[row]) this.#max[row] = deltaNs;
    this.#sum[row] += deltaNs;
    this.#histograms.add(row, deltaNs);
  }

  summaryMs(row: number): { min: number; mean: number; max: number; p95: number } | null {
    const count = this.#histograms.count(row);
    if (count === 0) return null;
    const max = this.#max[row];
    const p95 = Math.min(max, this.#histograms.quantile(row, 0.95) ?? 0);
    return { min: this.#min[row] / 1e6, mean: this.#sum[row] / count / 1e6, max: max / 1e6, p95: p95 / 1e6 };
  }

  override clear(row: number): void {
    this.#sum[row] = 0;
    this.#histograms.clear(row);
  }
}
