/** Upper bounds of the buckets, seconds: from an event loop that is idle to one that is far behind. */
export const DELAY_BOUNDS_S = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

/** Time between a packet's arrival at the process and its last copy being handed to the kernel, counted without allocation. */
export class DelayHistogram {
  readonly counts = new Float64Array(DELAY_BOUNDS_S.length + 1);
  sumSeconds = 0;
  count = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < DELAY_BOUNDS_S.length && seconds > DELAY_BOUNDS_S[bucket]) bucket++;
    this.counts[bucket]++;
    this.sumSeconds += seconds;
    this.count++;
  }
}
