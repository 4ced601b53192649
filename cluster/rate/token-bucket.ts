/** So much at once, and so much a second. */
export class TokenBucket {
  #tokens: number;
  #atMs: number;
  readonly #perSecond: number;
  readonly #burst: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#tokens = burst;
    this.#atMs = nowMs;
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** @returns whether there is enough left; what there is not, is not taken. */
  take(nowMs: number, amount = 1): boolean {
    const passed = Math.max(0, nowMs - this.#atMs) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + passed * this.#perSecond);
    this.#atMs = nowMs;
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }
}
