interface Held {
  readonly dueMs: number;
  readonly order: number;
  readonly bytes: Buffer;
}

/** A stalled link would otherwise fill the memory. */
const LONGEST = 10_000;

/** Packets that wait for their time, released in the order of it. A binary heap. */
export class DelayLine {
  readonly #release: (bytes: Buffer) => void;
  readonly #heap: Held[] = [];
  #order = 0;
  overflowed = 0;

  constructor(release: (bytes: Buffer) => void) {
    this.#release = release;
  }

  get length(): number {
    return this.#heap.length;
  }

  /** @param bytes kept as they are: the caller must not use them again. */
  hold(bytes: Buffer, dueMs: number): void {
    const heap = this.#heap;
    if (heap.length >= LONGEST) {
      this.overflowed++;
      return;
    }
    const held = { dueMs, order: this.#order++, bytes };
    let at = heap.length;
    heap.push(held);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(held, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = held;
  }

  releaseDue(nowMs: number): void {
    while (this.#heap.length > 0 && this.#heap[0].dueMs <= nowMs) this.#release(this.#pop().bytes);
  }

  #pop(): Held {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (one: Held, other: Held) =>
  one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
