/** Later than this a timer is not late, but the machine, or this process, stood still. */
const STALL_MS = 2000;
/** Less of a phase than this changes no figure. */
const SHARE = 0.02;

/** Notes when nothing ran here, by timers that came too late: what was measured then is not the service's doing. */
export class StallWatch {
  #count = 0;
  #sumMs = 0;
  #longestMs = 0;
  #firstMs = 0;

  /** A timer that was set at `fromMs`, for so long, has just fired. */
  fired(fromMs: number, waitedForMs: number, nowMs: number): void {
    const lateMs = nowMs - fromMs - Math.max(0, waitedForMs);
    if (lateMs < STALL_MS) return;
    if (this.#count++ === 0) this.#firstMs = fromMs;
    this.#sumMs += lateMs;
    this.#longestMs = Math.max(this.#longestMs, lateMs);
  }

  /** @returns what to tell of a phase of this length, and when it began; null where it was nothing. */
  told(phase: string, lengthMs: number): { readonly time: string; readonly text: string } | null {
    if (this.#count === 0 || this.#sumMs < SHARE * lengthMs) return null;
    const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
    return {
      time: new Date(this.#firstMs).toISOString(),
      text: `this machine stood still, or had no time for the run, ${this.#count === 1 ? 'once' : `${this.#count} times`} in ${phase}: ${seconds(this.#sumMs)} in all, ${seconds(this.#longestMs)} at most`,
    };
  }
}
