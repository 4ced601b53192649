/** Steps an octave: a value is known to one part in 64 of its octave, its middle to 0.8 %. */
const STEPS_BITS = 6;
const STEPS = 1 << STEPS_BITS;
/** From 1 up to 2^40: in nanoseconds 18 minutes, in bits per second a terabit. */
const OCTAVES = 40;
const NO_PAGE = -1;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

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

  constructor(rows = 16) {
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
    this.#counts[row]++;
    if (value < 1) {
      this.#zeros[row]++;
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
    let page = this.#pageOf[slot];
    if (page === NO_PAGE) page = this.#addPage(slot);
    this.#pages[page + step]++;
  }

  /** Counts `times` zeros at once, such as windows without a packet. */
  addZeros(row: number, times: number): void {
    this.#zeros[row] += times;
    this.#counts[row] += times;
  }

  count(row: number): number {
    return this.#counts[row];
  }

  /** Forgets a row, for a place that is given to another stream. */
  clear(row: number): void {
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
    const total = this.#counts[row];
    if (total === 0) return null;
    let left = Math.max(1, Math.ceil(share * total)) - this.#zeros[row];
    if (left <= 0) return 0;
    for (let octave = 0; octave < OCTAVES; octave++) {
      const page = this.#pageOf[row * OCTAVES + octave];
      if (page === NO_PAGE) continue;
      for (let step = 0; step < STEPS; step++) {
        left -= this.#pages[page + step];
        if (left <= 0) return 2 ** octave * (1 + (step + 0.5) / STEPS);
      }
    }
    return null;
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
