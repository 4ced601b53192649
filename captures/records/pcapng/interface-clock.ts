/** Above this the remainder's thousandfold would not fit a double exactly. */
const LARGEST_FAST_UNITS = 2 ** 43;
const TWO_TO_32 = 0x100000000;

/**
 * Turns the 64-bit timestamps of one pcapng interface into seconds and nanoseconds, exactly and without a BigInt a packet
 * (draft-ietf-opsawg-pcapng, 4.2 if_tsresol and if_tsoffset, 4.3 timestamps).
 *
 * The upper 32 bits of the ticks change rarely (every 4.3 s at nanoseconds, every 72 min at microseconds): what they come
 * to is worked out once, and a packet costs one division of a number that a double holds exactly.
 */
export class InterfaceClock {
  seconds = 0;
  nanoseconds = 0;

  readonly #unitsPerSecond: number;
  readonly #exactUnits: bigint;
  readonly #offsetSeconds: number;
  /** Nanoseconds a unit where that is whole, else 0. */
  readonly #nanosecondsPerUnit: number;
  #upper = -1;
  #upperSeconds = 0;
  #upperRest = 0;

  /**
   * @param resolution the octet of if_tsresol: a negative power of 10, or of 2 where its most significant bit is set.
   * @param offsetSeconds if_tsoffset, added to every time.
   */
  constructor(resolution: number, offsetSeconds: number) {
    const exponent = BigInt(resolution & 0x7f);
    this.#exactUnits = (resolution & 0x80 ? 2n : 10n) ** exponent;
    this.#unitsPerSecond = Number(this.#exactUnits);
    this.#offsetSeconds = offsetSeconds;
    this.#nanosecondsPerUnit = 1e9 % this.#unitsPerSecond === 0 ? 1e9 / this.#unitsPerSecond : 0;
  }

  /** Sets `seconds` and `nanoseconds` (rounded down) from the two halves of a timestamp. */
  set(upper: number, lower: number): void {
    const units = this.#unitsPerSecond;
    if (units > LARGEST_FAST_UNITS) {
      this.#setExactly(upper, lower);
      return;
    }
    if (upper !== this.#upper) this.#takeUpper(upper);
    const total = this.#upperRest + lower;
    const whole = Math.floor(total / units);
    const rest = total - whole * units;
    this.seconds = this.#upperSeconds + whole;
    this.nanoseconds = this.#nanosecondsPerUnit !== 0 ? rest * this.#nanosecondsPerUnit : this.#toNanoseconds(rest);
  }

  #takeUpper(upper: number): void {
    const ticks = BigInt(upper) << 32n;
    this.#upper = upper;
    this.#upperSeconds = Number(ticks / this.#exactUnits) + this.#offsetSeconds;
    this.#upperRest = Number(ticks % this.#exactUnits);
  }

  /** Three decimal places at a time, so that each product stays below 2^53. */
  #toNanoseconds(rest: number): number {
    const units = this.#unitsPerSecond;
    let nanoseconds = 0;
    let left = rest;
    for (let step = 0; step < 3; step++) {
      left *= 1000;
      const digits = Math.floor(left / units);
      left -= digits * units;
      nanoseconds = nanoseconds * 1000 + digits;
    }
    return nanoseconds;
  }

  /** Resolutions finer than a tenth of a picosecond, which no clock has: right, not fast. */
  #setExactly(upper: number, lower: number): void {
    const ticks = BigInt(upper) * BigInt(TWO_TO_32) + BigInt(lower);
    this.seconds = Number(ticks / this.#exactUnits) + this.#offsetSeconds;
    this.nanoseconds = Number(((ticks % this.#exactUnits) * 1_000_000_000n) / this.#exactUnits);
  }
}

/** Decimal places of a second that a resolution tells apart; at most 9 are kept. */
export function timeDigitsOf(resolution: number): number {
  const exponent = resolution & 0x7f;
  return Math.min(9, resolution & 0x80 ? Math.ceil(exponent * Math.log10(2)) : exponent);
}
