import { SERIES_FIELDS as FIELDS, MOST_WINDOWS } from './stream-limits.ts';

const FEWEST_WINDOWS = 120;
/** Windows kept over all streams before the limit for each falls, so that memory stays flat. */
const WINDOW_BUDGET = 600_000;

/** How many windows each of so many streams may keep. */
export function windowLimit(streams: number): number {
  return Math.max(FEWEST_WINDOWS, Math.min(MOST_WINDOWS, Math.floor(WINDOW_BUDGET / Math.max(1, streams))));
}

/** What one window adds up; the numbers of a window lie side by side. */
export const SeriesField = { packets: 0, bytes: 1, lost: 2, jitterCount: 3, jitterSumNs: 4, jitterMaxNs: 5 } as const;
/** Most sources in a flood of made-up ones never see a second window. */
const FIRST_WINDOWS = 1;
const { jitterCount, jitterSumNs, jitterMaxNs } = SeriesField;

/** One stream over time: sums by window, which grow with the stream and are halved in number when they grow too many. */
export class Series {
  /** How many base windows make one here: 1, 2, 4, ... */
  factor = 1;
  /** Windows present. */
  length = 0;
  #values: Float64Array;
  readonly #given: boolean;

  /** @param values room for the most windows, all zero, which others write to as well; room of its own, which grows, where not given. */
  constructor(values: Float64Array | null = null) {
    this.#given = values !== null;
    this.#values = values ?? new Float64Array(FIRST_WINDOWS * FIELDS);
  }

  /**
   * Makes the window present that holds base window `base`, and all before it.
   *
   * @param limit from {@link windowLimit}.
   */
  reach(base: number, limit: number): void {
    while (Math.floor(base / this.factor) >= limit) this.#halve();
    const window = Math.floor(base / this.factor);
    if (window < this.length) return;
    if ((window + 1) * FIELDS > this.#values.length) {
      const values = new Float64Array(Math.max(this.#values.length * 2, (window + 1) * FIELDS));
      values.set(this.#values);
      this.#values = values;
    }
    this.length = window + 1;
  }

  /** Adds to the window that holds base window `base`, which must have been reached. */
  add(base: number, field: number, value: number): void {
    this.#values[Math.floor(base / this.factor) * FIELDS + field] += value;
  }

  addJitter(base: number, count: number, sumNs: number, maxNs: number): void {
    const at = Math.floor(base / this.factor) * FIELDS;
    this.#values[at + jitterCount] += count;
    this.#values[at + jitterSumNs] += sumNs;
    if (maxNs > this.#values[at + jitterMaxNs]) this.#values[at + jitterMaxNs] = maxNs;
  }

  /** Forgets everything: the place goes to another stream. */
  empty(): void {
    if (this.#given) this.#values.fill(0, 0, this.length * FIELDS);
    this.factor = 1;
    this.length = 0;
    if (this.#given) return;
    if (this.#values.length > FIRST_WINDOWS * FIELDS) this.#values = new Float64Array(FIRST_WINDOWS * FIELDS);
    else this.#values.fill(0);
  }

  copy(): Series {
    const copy = new Series();
    copy.factor = this.factor;
    copy.length = this.length;
    copy.#values = this.#values.slice(0, Math.max(1, this.length) * FIELDS);
    return copy;
  }

  value(window: number, field: number): number {
    return this.#values[window * FIELDS + field];
  }

  /** Forgets all jitter, before it is counted anew with another clock rate. */
  clearJitter(): void {
    for (let at = 0; at < this.length * FIELDS; at += FIELDS) this.#values.fill(0, at + jitterCount, at + FIELDS);
  }

  #halve(): void {
    const values = this.#values;
    const half = (this.length + 1) >>> 1;
    for (let window = 0; window < half; window++) {
      const a = window * 2 * FIELDS;
      const b = window * 2 + 1 < this.length ? a + FIELDS : -1;
      const to = window * FIELDS;
      for (let field = 0; field < FIELDS; field++) {
        const other = b < 0 ? 0 : values[b + field];
        values[to + field] = field === jitterMaxNs ? Math.max(values[a + field], other) : values[a + field] + other;
      }
    }
    values.fill(0, half * FIELDS, this.length * FIELDS);
    this.length = half;
    this.factor *= 2;
  }
}
