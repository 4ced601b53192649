/** What the capture itself saw of a stream on which somebody reports, asked at the moment of the report. */
export interface ObservedLoss {
  /** @returns the stream's row that fits best to the flow of the report, -1 where there is none so far. */
  rowOf(mediaSsrc: number, reportFlow: number): number;
  flowOf(row: number): number;
  /**
   * @param sequenceNumber the low 16 bits of the highest number that the receiver has.
   * @returns how many packets up to this one have not passed by now; NaN where the row is not this stream's any more, or
   *   the number was not seen here yet.
   */
  lostUpTo(row: number, mediaSsrc: number, sequenceNumber: number): number;
}
