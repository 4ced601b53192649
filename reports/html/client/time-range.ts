/** The part of the time that all charts over time show. */
export class TimeRange {
  from: number;
  to: number;
  readonly #whole: { readonly startMs: number; readonly endMs: number };
  readonly #leastMs: number;
  readonly #listeners: (() => void)[] = [];

  /** @param leastMs the shortest time that can be shown: less than a window has nothing to show. */
  constructor(whole: { readonly startMs: number; readonly endMs: number }, leastMs: number) {
    this.#whole = whole;
    this.#leastMs = Math.min(leastMs, whole.endMs - whole.startMs);
    this.from = whole.startMs;
    this.to = whole.endMs;
  }

  set(from: number, to: number): void {
    const { startMs, endMs } = this.#whole;
    const length = Math.min(endMs - startMs, Math.max(this.#leastMs, to - from));
    const middle = (from + to) / 2;
    this.from = Math.max(startMs, Math.min(endMs - length, middle - length / 2));
    this.to = this.from + length;
    for (const listener of this.#listeners) listener();
  }

  reset(): void {
    this.set(this.#whole.startMs, this.#whole.endMs);
  }

  /** Twice as near for 0.5, twice as far for 2. */
  zoom(factor: number): void {
    const middle = (this.from + this.to) / 2;
    const half = ((this.to - this.from) * factor) / 2;
    this.set(middle - half, middle + half);
  }

  /** By a share of what is shown: negative for earlier. */
  move(share: number): void {
    const step = (this.to - this.from) * share;
    this.set(this.from + step, this.to + step);
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
