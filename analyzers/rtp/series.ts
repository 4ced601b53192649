/** Windows kept a stream: an hour of seconds. Beyond it, and with many streams, windows are joined in pairs. */
const MOST_WINDOWS = 3600;
const FEWEST_WINDOWS = 120;
/** Windows kept over all streams before the limit a stream falls, so that memory stays flat. */
const WINDOW_BUDGET = 600_000;

/** How many windows each of so many streams may keep. */
export function windowLimit(streams: number): number {
  return Math.max(FEWEST_WINDOWS, Math.min(MOST_WINDOWS, Math.floor(WINDOW_BUDGET / Math.max(1, streams))));
}

/** One stream over time: sums by window, in columns that grow with the stream and are halved when they grow too long. */
export class Series {
  /** How many base windows make one here: 1, 2, 4, ... */
  factor = 1;
  /** Windows in use. */
  length = 0;
  packets = new Uint32Array(16);
  bytes = new Float64Array(16);
  lost = new Int32Array(16);
  jitterCount = new Uint32Array(16);
  jitterSumNs = new Float64Array(16);
  jitterMaxNs = new Float64Array(16);

  /**
   * Makes the window present that holds base window `base`, and all before it.
   *
   * @returns the window's number.
   */
  reach(base: number, limit: number): number {
    while (Math.floor(base / this.factor) >= limit) this.#halve();
    const window = Math.floor(base / this.factor);
    if (window >= this.length) {
      while (window >= this.packets.length) this.#grow();
      this.length = window + 1;
    }
    return window;
  }

  addJitter(window: number, jitterNs: number): void {
    this.jitterCount[window]++;
    this.jitterSumNs[window] += jitterNs;
    if (jitterNs > this.jitterMaxNs[window]) this.jitterMaxNs[window] = jitterNs;
  }

  /** Forgets all jitter, before it is counted anew with another clock rate. */
  clearJitter(): void {
    this.jitterCount.fill(0);
    this.jitterSumNs.fill(0);
    this.jitterMaxNs.fill(0);
  }

  #grow(): void {
    const size = this.packets.length * 2;
    const grow = <T extends Uint32Array | Int32Array | Float64Array>(column: T, next: T): T => {
      next.set(column);
      return next;
    };
    this.packets = grow(this.packets, new Uint32Array(size));
    this.bytes = grow(this.bytes, new Float64Array(size));
    this.lost = grow(this.lost, new Int32Array(size));
    this.jitterCount = grow(this.jitterCount, new Uint32Array(size));
    this.jitterSumNs = grow(this.jitterSumNs, new Float64Array(size));
    this.jitterMaxNs = grow(this.jitterMaxNs, new Float64Array(size));
  }

  #halve(): void {
    const half = (this.length + 1) >>> 1;
    for (let window = 0; window < half; window++) {
      const a = window * 2;
      const b = a + 1 < this.length ? a + 1 : -1;
      for (const column of [this.packets, this.bytes, this.lost, this.jitterCount, this.jitterSumNs]) {
        column[window] = column[a] + (b < 0 ? 0 : column[b]);
      }
      this.jitterMaxNs[window] = Math.max(this.jitterMaxNs[a], b < 0 ? 0 : this.jitterMaxNs[b]);
    }
    for (const column of [this.packets, this.bytes, this.lost, this.jitterCount, this.jitterSumNs, this.jitterMaxNs]) {
      column.fill(0, half, this.length);
    }
    this.length = half;
    this.factor *= 2;
  }
}
