const EMPTY = -1;

/**
 * Numbers keys of three 32-bit words in the order of appearance, up to a limit, so that made-up traffic cannot fill the
 * memory. Looking up a key allocates nothing.
 */
export class KeyTable {
  readonly #limit: number;
  readonly #hashSeed: number;
  #count = 0;
  #keys = new Int32Array(3 * 32);
  #slots = new Int32Array(64).fill(EMPTY);

  /** @param hashSeed any 32 bits, best ones that nobody can guess: as with the flow table. */
  constructor(limit: number, hashSeed = 0) {
    this.#limit = limit;
    this.#hashSeed = hashSeed | 0;
  }

  get size(): number {
    return this.#count;
  }

  /** @returns the key's number, -1 where it has none. */
  find(a: number, b: number, c: number): number {
    return this.#slots[this.#slotOf(a | 0, b | 0, c | 0)];
  }

  /** @returns the key's number, which is `size - 1` where it is new; -1 where it is new and the table is full. */
  intern(a: number, b: number, c: number): number {
    const slot = this.#slotOf(a | 0, b | 0, c | 0);
    const known = this.#slots[slot];
    if (known !== EMPTY) return known;
    if (this.#count === this.#limit) return -1;
    const number = this.#count++;
    if (number * 3 === this.#keys.length) {
      const keys = new Int32Array(this.#keys.length * 2);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.#keys[number * 3] = a;
    this.#keys[number * 3 + 1] = b;
    this.#keys[number * 3 + 2] = c;
    this.#slots[slot] = number;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return number;
  }

  /** The slot that holds the key, or the empty one where it belongs. */
  #slotOf(a: number, b: number, c: number): number {
    const keys = this.#keys;
    const mask = this.#slots.length - 1;
    for (let slot = mix(a, b, c, this.#hashSeed) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot];
      if (number === EMPTY) return slot;
      const at = number * 3;
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c) return slot;
    }
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    for (let number = 0; number < this.#count; number++) {
      const at = number * 3;
      this.#slots[this.#slotOf(this.#keys[at], this.#keys[at + 1], this.#keys[at + 2])] = number;
    }
  }
}

function mix(a: number, b: number, c: number, seed: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b ^ seed, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(c ^ seed, 0x2545f491), 0xc2b2ae35);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0x27d4eb2f);
  return hash ^ (hash >>> 16);
}
