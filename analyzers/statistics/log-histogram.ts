import { OCTAVES, STEPS, STEPS_BITS } from './log-classes.ts';
import type { Sketch } from './sketch.ts';

const NO_PAGE = -1;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Classes of the first rows, all of them side by side, in memory that others write to as well. */
export interface FirstRows {
  /** Values counted, one number a row. */
  readonly counts: Float64Array;
  /** Those of them that count as zero. */
  readonly zeros: Float64Array;
  /** Octaves times steps a row. */
  readonly classes: Uint32Array;
}

const NONE: FirstRows = { counts: new Float64Array(0), zeros: new Float64Array(0), classes: new Uint32Array(0) };

/**
 * Many histograms over positive numbers with logarithmic classes, one a row, for quantiles in one pass and bounded
 * memory. The class of a value is read off its floating-point bits. Only the octaves that a row meets take memory.
 *
 * Values below 1 are counted as zero, those above 2^40 in the highest class.
 */
export class LogHistograms {
  #pageOf: Int32Array;
  #zeros: Float64Array;
  #counts: Float64Array;
  #pages = new Uint32Array(64 * STEPS);
  #pageCount = 0;
  readonly #first: FirstRows;

  /** @param first classes of the first rows, all zero; pages as for the others where not given. */
  constructor(rows = 16, first: FirstRows = NONE) {
    this.#first = first;
    this.#pageOf = new Int32Array(rows * OCTAVES).fill(NO_PAGE);
    this.#zeros = new Float64Array(rows);
    this.#counts = new Float64Array(rows);
  }

  /** Makes room for rows 0 to `rows - 1`. */
  ensure(rows: number): void {
    if (rows <= this.#zeros.length) return;
    const size = Math.max(rows, this.#zeros.length * 2);
    const pageOf = new Int32Array(size * OCTAVES).fill(NO_PAGE);
    pageOf.set(this.#pageOf);
    this.#pageOf = pageOf;
    this.#zeros = widened(this.#zeros, size);
    this.#counts = widened(this.#counts, size);
  }

  add(row: number, value: number): void {
    const { counts, classes } = this.#first;
    if (row < counts.length) counts[row]++;
    else this.#counts[row]++;
    if (value < 1) {
      this.#zerosOf(row)[row]++;
      return;
    }
    float[0] = value;
    const high = words[HIGH];
    let octave = (high >>> 20) - 1023;
    let step = (high >>> (20 - STEPS_BITS)) & (STEPS - 1);
    if (octave >= OCTAVES) {
      octave = OCTAVES - 1;
      step = STEPS - 1;
    }
    const slot = row * OCTAVES + octave;
    if (row < counts.length) {
      classes[slot * STEPS + step]++;
      return;
    }
    let page = this.#pageOf[slot];
    if (page === NO_PAGE) page = this.#addPage(slot);
    this.#pages[page + step]++;
  }

  /** Counts `times` zeros at once, such as windows without a packet. */
  addZeros(row: number, times: number): void {
    this.#zerosOf(row)[row] += times;
    if (row < this.#first.counts.length) this.#first.counts[row] += times;
    else this.#counts[row] += times;
  }

  #zerosOf(row: number): Float64Array {
    return row < this.#first.zeros.length ? this.#first.zeros : this.#zeros;
  }

  count(row: number): number {
    return row < this.#first.counts.length ? this.#first.counts[row] : this.#counts[row];
  }

  /** Forgets a row, for a place that is given to another stream. */
  clear(row: number): void {
    const { counts, classes } = this.#first;
    if (row < counts.length && counts[row] > 0) {
      counts[row] = 0;
      this.#first.zeros[row] = 0;
      classes.fill(0, row * OCTAVES * STEPS, (row + 1) * OCTAVES * STEPS);
    }
    for (let slot = row * OCTAVES; slot < (row + 1) * OCTAVES; slot++) {
      const page = this.#pageOf[slot];
      if (page !== NO_PAGE) this.#pages.fill(0, page, page + STEPS);
    }
    this.#zeros[row] = 0;
    this.#counts[row] = 0;
  }

  /**
   * The value at or below which a share of the row's values lies (nearest rank).
   *
   * @param share 0 to 1.
   * @returns the middle of the class, at most 0.8 % off; null for a row without values.
   */
  quantile(row: number, share: number): number | null {
    const total = this.count(row);
    const { counts, classes } = this.#first;
    const isFirst = row < counts.length;
    if (total === 0) return null;
    let left = Math.max(1, Math.ceil(share * total)) - this.#zerosOf(row)[row];
    if (left <= 0) return 0;
    for (let octave = 0; octave < OCTAVES; octave++) {
      const slot = row * OCTAVES + octave;
      const page = isFirst ? slot * STEPS : this.#pageOf[slot];
      if (page === NO_PAGE) continue;
      const pages = isFirst ? classes : this.#pages;
      for (let step = 0; step < STEPS; step++) {
        left -= pages[page + step];
        if (left <= 0) return 2 ** octave * (1 + (step + 0.5) / STEPS);
      }
    }
    return null;
  }

  /** What a row holds: middle and count of each class, ascending. */
  sketch(row: number): Sketch {
    const { counts, classes } = this.#first;
    const isFirst = row < counts.length;
    const zeros = this.#zerosOf(row)[row];
    const held: [number, number][] = zeros > 0 ? [[0, zeros]] : [];
    for (let octave = 0; octave < OCTAVES; octave++) {
      const slot = row * OCTAVES + octave;
      const page = isFirst ? slot * STEPS : this.#pageOf[slot];
      if (page === NO_PAGE) continue;
      for (let step = 0; step < STEPS; step++) {
        const count = (isFirst ? classes : this.#pages)[page + step];
        if (count > 0) held.push([2 ** octave * (1 + (step + 0.5) / STEPS), count]);
      }
    }
    return held;
  }

  /** The same over several rows together. */
  quantileOf(rows: readonly number[], share: number): number | null {
    let total = 0;
    let zeros = 0;
    for (const row of rows) {
      total += this.#counts[row];
      zeros += this.#zeros[row];
    }
    if (total === 0) return null;
    let left = Math.max(1, Math.ceil(share * total)) - zeros;
    if (left <= 0) return 0;
    for (let octave = 0; octave < OCTAVES; octave++) {
      const pages = rows.map((row) => this.#pageOf[row * OCTAVES + octave]).filter((page) => page !== NO_PAGE);
      for (let step = 0; step < STEPS && pages.length > 0; step++) {
        for (const page of pages) left -= this.#pages[page + step];
        if (left <= 0) return 2 ** octave * (1 + (step + 0.5) / STEPS);
      }
    }
    return null;
  }

  #addPage(slot: number): number {
    const page = this.#pageCount * STEPS;
    this.#pageCount++;
    if (page + STEPS > this.#pages.length) {
      const pages = new Uint32Array(this.#pages.length * 2);
      pages.set(this.#pages);
      this.#pages = pages;
    }
    this.#pageOf[slot] = page;
    return page;
  }
}

function widened(column: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(size);
  next.set(column);
  return next;
}
