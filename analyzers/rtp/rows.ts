import { ROW_FIELDS } from './row-layout.ts';

/*
 * What is known of a stream while packets come lies in one row of numbers: each measurement has its fields side by side,
 * those that every packet touches first. So a packet touches a few cache lines, with 50 streams or with 10,000, and
 * allocates nothing. A measurement is a handful of functions over (fields, at), `at` being where the stream's row begins.
 */

export * from './row-layout.ts';

const FIRST_ROWS = 64;

/** The rows of all streams, one behind the other. */
export class Rows {
  fields: Float64Array;

  /** @param fields where rows are to lie, all zero; in memory of their own where not given. */
  constructor(fields: Float64Array = new Float64Array(FIRST_ROWS * ROW_FIELDS)) {
    this.fields = fields;
  }

  /** Makes room for `row` and empties it. */
  open(row: number): void {
    const end = (row + 1) * ROW_FIELDS;
    if (end > this.fields.length) {
      const fields = new Float64Array(this.fields.length * 2);
      fields.set(this.fields);
      this.fields = fields;
    } else {
      this.fields.fill(0, row * ROW_FIELDS, end);
    }
  }
}
