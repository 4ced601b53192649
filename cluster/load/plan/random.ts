/** A generator of numbers from a seed (SplitMix32): the same seed, the same numbers, on every machine. Not for secrets. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.floor(seed % 2 ** 32) | 0;
  }

  /** @returns a number from 0 up to but not 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** @returns a whole number from 0 up to but not `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** @returns a generator of its own for a part of the work, so that what one part draws does not shift the others. */
  fork(label: number): SeededRandom {
    return new SeededRandom(this.#state ^ Math.imul(label + 1, 0x85ebca6b));
  }
}
