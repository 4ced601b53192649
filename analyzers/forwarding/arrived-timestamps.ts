const SLOTS = 1 << 15;

/** Which stream brought a timestamp to a place last. Old entries are overwritten: whoever asks looks whether it is true. */
export class ArrivedTimestamps {
  readonly #rows = new Int32Array(SLOTS).fill(-1);

  put(place: number, timestamp: number, row: number): void {
    this.#rows[slotOf(place, timestamp)] = row;
  }

  /** @returns a row, -1 for none. */
  get(place: number, timestamp: number): number {
    return this.#rows[slotOf(place, timestamp)];
  }
}

function slotOf(place: number, timestamp: number): number {
  let hash = Math.imul(place + 1, 0x9e3779b1) ^ Math.imul(timestamp, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}
