import { elapsedNs, type Timestamp } from '../../captures/index.ts';
import { ROW_FIELDS } from '../rtp/rows.ts';
import type { RtpStreams } from '../rtp/rtp-streams.ts';
import { received } from '../rtp/sequence.ts';
import { readTotals, TOTALS, Total } from './stream-totals.ts';

/** Streams times segments that are kept, at some 200 bytes each. */
const MOST_CELLS = 300_000;
/** Rows looked at because times went back over a boundary; beyond, what comes late counts where the walk stands. */
const MOST_STEPS_BACK = 5_000_000;

interface RowSegments {
  /** Which stream: a row may go to another one. */
  readonly order: number;
  readonly base: Float64Array;
  readonly bySegment: Map<number, Float64Array>;
}

/**
 * Splits what is counted of streams at moments known beforehand. Nothing is done for a packet: when the walk crosses a boundary,
 * what each stream has added since the last one is put to the segment that was left. So the segments' sums are the whole, to
 * the packet.
 */
export class StateSegments {
  /** Segment `n` ends at boundary `n`, the last one never. */
  readonly boundaries: readonly Timestamp[];
  readonly #streams: RtpStreams;
  readonly #roundTrips: (into: Float64Array) => void;
  readonly #rows: (RowSegments | undefined)[] = [];
  readonly #now = new Float64Array(TOTALS);
  readonly #roundTripBase = new Float64Array(2);
  readonly #roundTripsBySegment = new Map<number, Float64Array>();
  #current = 0;
  #cells = 0;
  #stepsBack = 0;

  /** @param roundTrips fills in number and sum (ns) of all round trips so far. */
  constructor(boundaries: readonly Timestamp[], streams: RtpStreams, roundTrips: (into: Float64Array) => void) {
    this.boundaries = boundaries;
    this.#streams = streams;
    this.#roundTrips = roundTrips;
    streams.onRecount = (row) => this.#recount(row);
  }

  /** The segment of the records at hand. */
  get current(): number {
    return this.#current;
  }

  /** Tells the time of the record that comes next. */
  advance(time: Timestamp): void {
    const { boundaries } = this;
    let segment = this.#current;
    if (segment < boundaries.length && elapsedNs(boundaries[segment], time) >= 0) {
      while (segment < boundaries.length && elapsedNs(boundaries[segment], time) >= 0) segment++;
    } else if (segment > 0 && elapsedNs(boundaries[segment - 1], time) < 0) {
      this.#stepsBack += this.#streams.table.rows;
      if (this.#stepsBack > MOST_STEPS_BACK) return;
      while (segment > 0 && elapsedNs(boundaries[segment - 1], time) < 0) segment--;
    } else return;
    this.#settle();
    this.#current = segment;
  }

  /** What a stream's packets came to in each segment that it has packets in; {@link Total} says what stands where. */
  totalsOf(row: number): Map<number, Float64Array> {
    this.#settleRow(row);
    return this.#rows[row]?.bySegment ?? new Map();
  }

  /** Number and sum (ns) of the round trips by segment. */
  roundTrips(): ReadonlyMap<number, Float64Array> {
    this.#settleRoundTrips();
    return this.#roundTripsBySegment;
  }

  segmentOf(time: Timestamp): number {
    let low = 0;
    let high = this.boundaries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (elapsedNs(this.boundaries[middle], time) >= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #settle(): void {
    for (let row = 0; row < this.#streams.table.rows; row++) if (this.#streams.table.isLive(row)) this.#settleRow(row);
    this.#settleRoundTrips();
  }

  #settleRow(row: number): void {
    const order = this.#streams.appearance(row);
    let kept = this.#rows[row];
    if (kept === undefined || kept.order !== order) {
      kept = { order, base: new Float64Array(TOTALS), bySegment: new Map() };
      this.#rows[row] = kept;
    }
    if (kept.base[Total.packets] === received(this.#streams.rows.fields, row * ROW_FIELDS)) return;
    const now = this.#now;
    readTotals(this.#streams, row, now);
    let cell = kept.bySegment.get(this.#current);
    if (cell === undefined) {
      // Beyond the limit a stream's segments flow together into its last one: the sum stays true.
      if (this.#cells >= MOST_CELLS) cell = [...kept.bySegment.values()].at(-1);
      if (cell === undefined) {
        cell = new Float64Array(TOTALS);
        kept.bySegment.set(this.#current, cell);
        this.#cells++;
      }
    }
    for (let total = 0; total < TOTALS; total++) cell[total] += now[total] - kept.base[total];
    kept.base.set(now);
  }

  #settleRoundTrips(): void {
    const now = new Float64Array(2);
    this.#roundTrips(now);
    const cell = this.#roundTripsBySegment.get(this.#current) ?? new Float64Array(2);
    if (now[0] === this.#roundTripBase[0]) return;
    this.#roundTripsBySegment.set(this.#current, cell);
    for (const place of [0, 1]) cell[place] += now[place] - this.#roundTripBase[place];
    this.#roundTripBase.set(now);
  }

  /** The jitter of a stream was counted anew from its samples, which are complete then: so are the segments'. */
  #recount(row: number): void {
    const kept = this.#rows[row];
    if (kept === undefined || kept.order !== this.#streams.appearance(row)) return;
    for (const cell of kept.bySegment.values()) cell[Total.jitterCount] = cell[Total.jitterSumNs] = 0;
    const { arrivalNs, jitterNs, count } = this.#streams.samples(row);
    const { startSeconds } = this.#streams.times(row);
    kept.base[Total.jitterCount] = kept.base[Total.jitterSumNs] = 0;
    for (let sample = 0; sample < count; sample++) {
      if (jitterNs[sample] < 0) continue;
      const segment = this.segmentOf({ seconds: startSeconds, nanoseconds: arrivalNs[sample] });
      const cell = kept.bySegment.get(segment);
      if (cell === undefined || (segment === this.#current && sample >= kept.base[Total.packets])) continue;
      cell[Total.jitterCount]++;
      cell[Total.jitterSumNs] += jitterNs[sample];
      kept.base[Total.jitterCount]++;
      kept.base[Total.jitterSumNs] += jitterNs[sample];
    }
  }
}
