const KEPT = 16;
const UNIT_NS = 1e9 / 65536;
/** DLSR is rounded to 15 µs, and taken on another clock than the capture's: so much below zero is still zero. */
const TOLERANCE_NS = 1e6;

/** When the last few reports of one source passed the capture point, by the middle 32 bits of their NTP times. */
export class ReportTimes {
  readonly #middles = new Int32Array(KEPT);
  readonly #arrivals = new Float64Array(KEPT).fill(Number.NaN);
  #next = 0;

  add(middle: number, arrivalNs: number): void {
    this.#middles[this.#next] = middle;
    this.#arrivals[this.#next] = arrivalNs;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** @returns NaN where no report with this time is remembered. */
  arrivalOf(middle: number): number {
    for (let back = 1; back <= KEPT; back++) {
      const at = (this.#next - back + KEPT) % KEPT;
      if (this.#middles[at] === (middle | 0)) return this.#arrivals[at];
    }
    return Number.NaN;
  }
}

/**
 * Round trip between the capture point and the far end (RFC 3550, 6.4.1, with the capture point in the sender's place):
 * the report passed at `reportNs`, its answer at `answerNs`, and in between the far end held it for `delay`.
 *
 * @param delay DLSR or DLRR in 1/65536 s.
 * @returns NaN where the three contradict each other.
 */
export function roundTripNs(reportNs: number, answerNs: number, delay: number): number {
  const roundTrip = answerNs - reportNs - delay * UNIT_NS;
  return roundTrip >= -TOLERANCE_NS ? Math.max(0, roundTrip) : Number.NaN;
}
