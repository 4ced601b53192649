/** Reads bits from the highest of each byte on. Beyond the end it reads zeroes and says so. */
export class Bits {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** @param from and @param end in bytes. */
  constructor(bytes: Uint8Array, from: number, end: number) {
    this.#bytes = bytes;
    this.#at = from * 8;
    this.#end = Math.min(end, bytes.length) * 8;
  }

  get isBeyond(): boolean {
    return this.#at > this.#end;
  }

  /** @param count 0 to 32. */
  take(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--, this.#at++) {
      const bit = this.#at < this.#end ? (this.#bytes[this.#at >> 3] >> (7 - (this.#at & 7))) & 1 : 0;
      value = value * 2 + bit;
    }
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** Exp-Golomb code without sign, ue(v) (ITU-T H.264 section 9.1). */
  golomb(): number {
    let zeroes = 0;
    while (zeroes < 32 && !this.isBeyond && this.take(1) === 0) zeroes++;
    return zeroes >= 32 ? 0 : 2 ** zeroes - 1 + this.take(zeroes);
  }
}
