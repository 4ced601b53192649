import type { FirstRows } from '../statistics/log-histogram.ts';
import { ROW_FIELDS, type Rows, SERIES_FACTOR, SERIES_LENGTH, STREAM_RARE_AT, WINDOW_AT } from './rows.ts';
import { Series, SeriesField, windowLimit } from './series.ts';
import { Throughput, ThroughputBySecond } from './throughput.ts';

/** The window at hand: what it adds up goes to the series when it is over. */
export const WINDOW_END_NS = WINDOW_AT;
export const WINDOW_BASE = WINDOW_AT + 1;
export const WINDOW_PACKETS = WINDOW_AT + 2;
export const WINDOW_BYTES = WINDOW_AT + 3;
const WINDOW_JITTER_COUNT = WINDOW_AT + 4;
const WINDOW_JITTER_SUM = WINDOW_AT + 5;
const WINDOW_JITTER_MAX = WINDOW_AT + 6;

const START_NS = STREAM_RARE_AT;

/** Where the windows of the first rows lie, in memory that others write to as well. */
export interface WindowMemory {
  /** How many of the first rows have their series here. */
  readonly sampledRows: number;
  readonly throughput: FirstRows;
  /** One number: how many windows a series may have. */
  readonly windowLimit: Float64Array;
  /** Room for the windows of a series. */
  windows(row: number): Float64Array;
}

/** What streams add up by windows of time that begin with their first packet: series, and throughput over them. */
export class StreamWindows {
  /** Length of the windows. */
  readonly lengthNs: number;
  readonly throughput: Throughput;
  /** Throughput over windows of a second, where the series' are of another length. */
  readonly throughputBySecond: ThroughputBySecond | null;
  readonly #rows: Rows;
  readonly #memory: WindowMemory | null;
  readonly #series: Series[] = [];

  /** @param memory where windows are to lie; in memory of their own where not given. */
  constructor(rows: Rows, seconds: number, memory: WindowMemory | null = null) {
    this.#rows = rows;
    this.#memory = memory;
    this.lengthNs = seconds * 1e9;
    this.throughput = new Throughput(rows, seconds, undefined, memory?.throughput);
    this.throughputBySecond = seconds === 1 ? null : new ThroughputBySecond(rows);
  }

  /** Empties the row for another stream, before its numbers are. */
  empty(row: number): void {
    if (row < this.#series.length) this.#seriesOf(row).empty();
  }

  /** Begins a stream with its first packet. */
  start(row: number, at: number, arrivalNs: number, length: number): void {
    const memory = this.#memory;
    if (row >= this.#series.length) {
      this.#series[row] = new Series(memory !== null && row < memory.sampledRows ? memory.windows(row) : null);
      if (memory !== null) memory.windowLimit[0] = windowLimit(this.#series.length);
    }
    const fields = this.#rows.fields;
    this.#reach(row, 0);
    this.throughput.open(row);
    this.throughputBySecond?.start(row, at, arrivalNs);
    this.throughputBySecond?.packet(row, at, arrivalNs, length);
    fields[at + WINDOW_END_NS] = arrivalNs + this.lengthNs;
    fields[at + WINDOW_PACKETS] = 1;
    fields[at + WINDOW_BYTES] = length;
  }

  /** The window at hand is over with a packet behind its end: its sums go to the series. */
  roll(row: number, at: number, arrivalNs: number): void {
    const fields = this.#rows.fields;
    const base = Math.floor((arrivalNs - fields[at + START_NS]) / this.lengthNs);
    this.over(row, fields, at + WINDOW_BASE, base);
    fields.fill(0, at + WINDOW_PACKETS, at + WINDOW_JITTER_MAX + 1);
    fields[at + WINDOW_BASE] = base;
    fields[at + WINDOW_END_NS] = fields[at + START_NS] + (base + 1) * this.lengthNs;
  }

  /**
   * A window's sums go to the series. They lie in `window` from `from` on as in a row: base, packets, bytes, jitter's
   * count, sum and maximum.
   *
   * @param next base of the window that follows.
   */
  over(row: number, window: Float64Array, from: number, next: number): void {
    flush(this.#series[row], window, from);
    this.throughput.close(row, row * ROW_FIELDS, window[from + 2], next - window[from] - 1);
    this.#reach(row, next);
  }

  /** Adds to the losses of the window that holds base window `base`. */
  addLost(row: number, base: number, lost: number): void {
    this.#series[row].add(base, SeriesField.lost, lost);
  }

  /** Forgets all jitter, the window at hand's included, before it is counted anew. */
  clearJitter(row: number, at: number): void {
    this.#seriesOf(row).clearJitter();
    this.#rows.fields.fill(0, at + WINDOW_JITTER_COUNT, at + WINDOW_JITTER_MAX + 1);
  }

  /** Hands the jitter of a window that is over to the series. */
  flushJitter(row: number, at: number, base: number): void {
    const fields = this.#rows.fields;
    this.#series[row].addJitter(
      base,
      fields[at + WINDOW_JITTER_COUNT],
      fields[at + WINDOW_JITTER_SUM],
      fields[at + WINDOW_JITTER_MAX],
    );
    fields.fill(0, at + WINDOW_JITTER_COUNT, at + WINDOW_JITTER_MAX + 1);
  }

  /** The series, the window at hand included: a copy. */
  series(row: number): Series {
    const copy = this.#seriesOf(row).copy();
    flush(copy, this.#rows.fields, row * ROW_FIELDS + WINDOW_BASE);
    return copy;
  }

  #reach(row: number, base: number): void {
    const series = this.#seriesOf(row);
    const fields = this.#rows.fields;
    const at = row * ROW_FIELDS;
    series.reach(base, windowLimit(this.#series.length));
    fields[at + SERIES_FACTOR] = series.factor;
    fields[at + SERIES_LENGTH] = series.length;
  }

  #seriesOf(row: number): Series {
    const series = this.#series[row];
    // Whoever shares the memory lengthens it in the row.
    if (this.#memory !== null && row < this.#memory.sampledRows) {
      series.length = this.#rows.fields[row * ROW_FIELDS + SERIES_LENGTH];
    }
    return series;
  }
}

export function addWindowJitter(fields: Float64Array, at: number, jitterNs: number): void {
  fields[at + WINDOW_JITTER_COUNT]++;
  fields[at + WINDOW_JITTER_SUM] += jitterNs;
  fields[at + WINDOW_JITTER_MAX] = Math.max(fields[at + WINDOW_JITTER_MAX], jitterNs);
}

/** Adds the sums of a window, as {@link StreamWindows.over} has them. */
function flush(series: Series, window: Float64Array, from: number): void {
  const base = window[from];
  series.add(base, SeriesField.packets, window[from + 1]);
  series.add(base, SeriesField.bytes, window[from + 2]);
  series.addJitter(base, window[from + 3], window[from + 4], window[from + 5]);
}
