import type { Timestamp } from '../timestamp.ts';

/** What stands in time order: a moment, and the place among equal ones. */
export interface Timed {
  readonly time: Timestamp;
  readonly order: number;
}

/** Whether `a` comes before `b`: by time, then by the order in which the captures were given. */
export function isBefore(a: Timed, b: Timed): boolean {
  if (a.time.seconds !== b.time.seconds) return a.time.seconds < b.time.seconds;
  if (a.time.nanoseconds !== b.time.nanoseconds) return a.time.nanoseconds < b.time.nanoseconds;
  return a.order < b.order;
}

/** A binary heap with the earliest entry on top. Entries change their time in place: say so with {@link topChanged}. */
export class TimeOrder<Entry extends Timed> {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  top(): Entry | undefined {
    return this.#entries[0];
  }

  /** The entry that would be on top without the top. */
  second(): Entry | undefined {
    const [, left, right] = this.#entries;
    return right === undefined || isBefore(left, right) ? left : right;
  }

  push(entry: Entry): void {
    const entries = this.#entries;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(entry, entries[above])) break;
      entries[at] = entries[above];
      at = above;
    }
    entries[at] = entry;
  }

  removeTop(): void {
    const last = this.#entries.pop();
    if (last === undefined || this.#entries.length === 0) return;
    this.#entries[0] = last;
    this.topChanged();
  }

  /** Puts the top in its place again after its time has moved on. */
  topChanged(): void {
    const entries = this.#entries;
    const entry = entries[0];
    if (entry === undefined) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= entries.length) break;
      if (below + 1 < entries.length && isBefore(entries[below + 1], entries[below])) below++;
      if (!isBefore(entries[below], entry)) break;
      entries[at] = entries[below];
      at = below;
    }
    entries[at] = entry;
  }
}
