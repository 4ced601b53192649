import { Columns } from './columns.ts';

/*
 * Silence suppression and DTX (RFC 3551, 4.1; RFC 7587, 3.1.3): the sender stops for a while. Numbers run on without a
 * hole, the timestamp jumps by the time that passed: a pause, no loss.
 */
/** A step of the timestamp is a pause from this many usual steps. */
const PAUSE_STEPS = 2;
const AGREEING_STEPS = 2;
/**
 * So many equal longer steps in a row, none longer than this multiple, are another packet time, not pauses. DTX sends an
 * update every 400 ms or so (RFC 7587): such steps stay pauses, however often they come.
 */
const CHANGED_STEPS = 8;
const LONGEST_CHANGE = 6;

/** Pauses of many streams, one a row: fed with packets that follow on the one before by number. */
export class Silences extends Columns {
  #previous = new Int32Array(0);
  #usual = new Int32Array(0);
  #candidate = new Int32Array(0);
  #agreeing = new Int32Array(0);
  #pauses = new Float64Array(0);
  #pausedTicks = new Float64Array(0);

  protected override grow(rows: number): void {
    this.#previous = this.int32(this.#previous, rows);
    this.#usual = this.int32(this.#usual, rows);
    this.#candidate = this.int32(this.#candidate, rows);
    this.#agreeing = this.int32(this.#agreeing, rows);
    this.#pauses = this.float64(this.#pauses, rows);
    this.#pausedTicks = this.float64(this.#pausedTicks, rows);
  }

  /** The next step is counted from this timestamp: at the start and after a hole. */
  start(row: number, timestamp: number): void {
    this.#previous[row] = timestamp;
  }

  /** @param timestamp of the packet whose number follows on the last one's. */
  packet(row: number, timestamp: number): void {
    const step = (timestamp - this.#previous[row]) | 0;
    this.#previous[row] = timestamp;
    if (step === this.#usual[row] || step <= 0) return;
    this.#unusual(row, step);
  }

  #unusual(row: number, step: number): void {
    const usual = this.#usual[row];
    this.#agreeing[row] = step === this.#candidate[row] ? this.#agreeing[row] + 1 : 1;
    this.#candidate[row] = step;
    const agreeing = this.#agreeing[row];
    if (usual > 0 && step >= usual * PAUSE_STEPS) {
      this.#pauses[row]++;
      this.#pausedTicks[row] += step - usual;
      if (agreeing >= CHANGED_STEPS && step <= usual * LONGEST_CHANGE) {
        this.#pauses[row] -= agreeing;
        this.#pausedTicks[row] -= agreeing * (step - usual);
        this.#usual[row] = step;
      }
    } else if (agreeing >= AGREEING_STEPS) {
      // A smaller step, or the first: usual once it comes twice in a row.
      this.#usual[row] = step;
    }
  }

  /** Timestamp ticks of one packet, 0 where not known. */
  usualTicks(row: number): number {
    return this.#usual[row];
  }

  pauses(row: number): number {
    return this.#pauses[row];
  }

  pausedTicks(row: number): number {
    return this.#pausedTicks[row];
  }

  override clear(row: number): void {
    this.#usual[row] = this.#candidate[row] = this.#agreeing[row] = this.#pauses[row] = this.#pausedTicks[row] = 0;
  }
}
