/*
 * What is known of a stream while packets come lies in one row of numbers: each measurement has its fields side by side,
 * those that every packet touches first. So a packet touches a few cache lines, with 50 streams or with 10,000, and
 * allocates nothing. A measurement is a handful of functions over (fields, at), `at` being where the stream's row begins.
 */
/** Where the fields of each measurement begin in a row. */
export const SEQUENCE_AT = 0;
export const STREAM_AT = 8;
export const WINDOW_AT = 16;
export const JITTER_AT = 24;
export const DELTA_AT = 32;
export const SILENCE_AT = 34;
export const FRAME_AT = 40;
export const SEQUENCE_RARE_AT = 56;
export const STREAM_RARE_AT = 64;
export const THROUGHPUT_AT = 80;
/** Arrival of the packet at hand, in ns since the stream's first second: handed on here, because a call would box it. */
export const NOW_NS = WINDOW_AT + 7;
/** Numbers in a row: a multiple of eight, which is one cache line. */
export const ROW_FIELDS = 88;

const FIRST_ROWS = 64;

/** The rows of all streams, one behind the other. */
export class Rows {
  fields = new Float64Array(FIRST_ROWS * ROW_FIELDS);

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
