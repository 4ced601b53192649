/**
 * A map that forgets: two generations of at most `mostEntries` keys each. When the newer one is full the older one is
 * dropped, which costs nothing per entry, and a flood of keys takes no more memory than that.
 */
export class RecentMap<Value> {
  readonly #mostEntries: number;
  #newer = new Map<string, Value>();
  #older = new Map<string, Value>();

  constructor(mostEntries: number) {
    this.#mostEntries = mostEntries;
  }

  get(key: string): Value | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  /** @returns the values forgotten to make room, null for none. */
  set(key: string, value: Value): Iterable<Value> | null {
    let forgotten: Iterable<Value> | null = null;
    if (this.#newer.size >= this.#mostEntries) {
      forgotten = this.#older.values();
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, value);
    return forgotten;
  }

  /** All that is remembered; a key set anew while its old value is still there gives both. */
  *values(): Iterable<Value> {
    yield* this.#older.values();
    yield* this.#newer.values();
  }
}
