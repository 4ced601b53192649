import { LogHistograms } from '../statistics/log-histogram.ts';
import { Columns } from './columns.ts';

/*
 * Interarrival jitter (RFC 3550, section 6.4.1, and appendix A.8):
 *
 *   D(i-1,i) = (R_i - R_i-1) - (S_i - S_i-1)          R arrival, S RTP timestamp, both in the same unit
 *   J(i)     = J(i-1) + (|D(i-1,i)| - J(i-1)) / 16
 *
 * Every packet counts in the order of arrival, late ones too (6.4.1: "regardless of the order of packets"). Duplicates
 * are left out: they were not sent. The unit here is the nanosecond, so that fractions of a timestamp tick are kept
 * and a clock rate such as 11025 Hz needs no rounding.
 */
const GAIN = 1 / 16;

/** Jitter of many streams, one a row. */
export class Jitter extends Columns {
  #previousNs = new Float64Array(0);
  #previousTimestamp = new Int32Array(0);
  #jitterNs = new Float64Array(0);
  #sumNs = new Float64Array(0);
  #maxNs = new Float64Array(0);
  #count = new Float64Array(0);
  readonly #histograms = new LogHistograms();

  protected override grow(rows: number): void {
    this.#previousNs = this.float64(this.#previousNs, rows);
    this.#previousTimestamp = this.int32(this.#previousTimestamp, rows);
    this.#jitterNs = this.float64(this.#jitterNs, rows);
    this.#sumNs = this.float64(this.#sumNs, rows);
    this.#maxNs = this.float64(this.#maxNs, rows);
    this.#count = this.float64(this.#count, rows);
    this.#histograms.ensure(rows);
  }

  /** Begins a stream, or begins anew after a change of clock rate or a restart: the next D is counted from here. */
  start(row: number, arrivalNs: number, timestamp: number): void {
    this.#previousNs[row] = arrivalNs;
    this.#previousTimestamp[row] = timestamp;
  }

  /**
   * @param arrivalNs arrival by any clock whose zero stays the same.
   * @param timestamp the packet's RTP timestamp; only the low 32 bits count.
   * @param nsPerTick 1e9 / clock rate.
   * @returns J after this packet, in nanoseconds.
   */
  packet(row: number, arrivalNs: number, timestamp: number, nsPerTick: number): number {
    // The difference modulo 2^32 as a signed number carries over the timestamp's wrap.
    const ticks = (timestamp - this.#previousTimestamp[row]) | 0;
    const d = arrivalNs - this.#previousNs[row] - ticks * nsPerTick;
    const before = this.#jitterNs[row];
    const jitterNs = before + ((d < 0 ? -d : d) - before) * GAIN;
    this.#previousNs[row] = arrivalNs;
    this.#previousTimestamp[row] = timestamp;
    this.#jitterNs[row] = jitterNs;
    this.#sumNs[row] += jitterNs;
    this.#count[row]++;
    if (jitterNs > this.#maxNs[row]) this.#maxNs[row] = jitterNs;
    this.#histograms.add(row, jitterNs);
    return jitterNs;
  }

  /** J as it stands, in nanoseconds. */
  currentNs(row: number): number {
    return this.#jitterNs[row];
  }

  /** @returns mean, maximum and 95th percentile of J over the packets, null where there was no pair of packets. */
  summaryMs(row: number): { mean: number; max: number; p95: number } | null {
    const count = this.#count[row];
    if (count === 0) return null;
    const maxNs = this.#maxNs[row];
    const p95Ns = Math.min(this.#histograms.quantile(row, 0.95) ?? 0, maxNs);
    return { mean: this.#sumNs[row] / count / 1e6, max: maxNs / 1e6, p95: p95Ns / 1e6 };
  }

  override clear(row: number): void {
    this.#jitterNs[row] = this.#sumNs[row] = this.#maxNs[row] = this.#count[row] = 0;
    this.#histograms.clear(row);
  }
}
