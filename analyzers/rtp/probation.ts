/** Sources in probation at a time: more than the streams of a large service that all begin at once. Of more, the oldest is forgotten. */
const MOST_IN_PROBATION = 32_768;

/** The sources that appeared last, in order: a ring of rows. */
export class Probation {
  readonly #rows = new Int32Array(MOST_IN_PROBATION).fill(-1);
  readonly #orders = new Float64Array(MOST_IN_PROBATION);
  #next = 0;

  /** Row of the source that the next one to come takes the place of, -1 where there is none. */
  get oldestRow(): number {
    return this.#rows[this.#next];
  }

  /** Its place in the order of appearance: of what is in the row now it may be another's. */
  get oldestOrder(): number {
    return this.#orders[this.#next];
  }

  add(row: number, order: number): void {
    this.#rows[this.#next] = row;
    this.#orders[this.#next] = order;
    this.#next = (this.#next + 1) % MOST_IN_PROBATION;
  }
}
