const FIRST_ROWS = 64;

/**
 * One measurement of many streams: typed columns with one row a stream, which grow together. A packet touches a row in
 * each column and allocates nothing; ten thousand streams are ten thousand rows, not ten thousand objects.
 */
export abstract class Columns {
  #rows = 0;

  /** Makes room for `row`. */
  ensure(row: number): void {
    if (row < this.#rows) return;
    this.#rows = Math.max(FIRST_ROWS, this.#rows * 2, row + 1);
    this.grow(this.#rows);
  }

  /** Replaces the columns by longer ones. */
  protected abstract grow(rows: number): void;

  /** Empties a row for another stream. */
  abstract clear(row: number): void;

  protected float64(column: Float64Array, rows: number): Float64Array<ArrayBuffer> {
    const next = new Float64Array(rows);
    next.set(column);
    return next;
  }

  protected int32(column: Int32Array, rows: number): Int32Array<ArrayBuffer> {
    const next = new Int32Array(rows);
    next.set(column);
    return next;
  }
}
