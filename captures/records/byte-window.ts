/** Where bytes come from: a file, standard input, a decompressor. */
export interface ByteSource {
  /** Shown in messages: a path, or `-` for standard input. */
  readonly name: string;
  /** Puts the next bytes at the start of `into`. Returns their number, 0 at the end; never waits for `into` to be full. */
  read(into: Uint8Array): number | Promise<number>;
  /**
   * As `read`, by another thread while this one does other work; `into` belongs to it until then. No other read may begin before.
   *
   * @returns null where bytes may be long in coming, so that they are better asked for when they are needed.
   */
  readAhead?(into: Uint8Array): Promise<number> | null;
  close(): Promise<void>;
}

/** No record of a sane capture is larger (libpcap allows 128 MiB for USB and D-Bus alone, never for networks). */
export const LARGEST_RECORD_BYTES = 16 * 1024 * 1024;

/** Read at a time ahead of the use: the threads seldom meet, and what was read is still in a cache. */
const AHEAD_BYTES = 2 * 1024 * 1024;
/** What was not used yet goes before what was read ahead. Whole records are not larger, but for absurd ones. */
const LEFT_BYTES = 256 * 1024;
/** Two places to read to in turn, each with room before it. */
const AHEAD_PLACES = [LEFT_BYTES, 2 * LEFT_BYTES + AHEAD_BYTES];

/**
 * A sliding view of a byte source: `bytes[start..end)` is what was read and not yet used. It moves what is left to the
 * front before it reads on, so that a record is always whole and contiguous once `fill` has brought it.
 */
export class ByteWindow {
  bytes: Uint8Array;
  start = 0;
  end = 0;
  /** True once the source has said that there is no more. */
  ended = false;
  /** Bytes taken from the source so far, the ones not yet used included. */
  bytesRead = 0;
  readonly source: ByteSource;
  /** Where `bytes` lies and grows, where it has been given a place. */
  #room: Uint8Array | null = null;
  /** What is being read ahead of its use, and into which of the places. */
  #ahead: Promise<number> | null = null;
  #place = 0;

  /** @param size bytes read at a time; small enough to stay in the processor's cache, large enough to amortise a call. */
  constructor(source: ByteSource, size = 256 * 1024) {
    this.source = source;
    this.bytes = new Uint8Array(size);
  }

  /** Moves what was read into `room`, which must hold the window's size, and stays there as long as records fit. */
  moveInto(room: Uint8Array): void {
    const bytes = room.subarray(0, this.bytes.length);
    bytes.set(this.bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.bytes = bytes;
    this.#room = room;
    // What is used first must not lie where is read to.
    if (bytes.length <= AHEAD_PLACES[1] && room.length >= AHEAD_PLACES[1] + AHEAD_BYTES) this.#readAhead(room, 1);
  }

  /** Whether bytes come from another thread while those before are used. */
  get readsAhead(): boolean {
    return this.#ahead !== null;
  }

  /**
   * Reads until at least `needed` bytes lie between `start` and `end`, or the source ends.
   * Positions change: whoever keeps an offset into `bytes` takes it anew.
   */
  async fill(needed: number): Promise<void> {
    while (this.#ahead !== null && !this.ended && this.end - this.start < needed) await this.#takeAhead(this.#ahead);
    if (this.end - this.start >= needed) return;
    this.#makeRoom(needed);
    while (!this.ended && this.end - this.start < needed) {
      const result = this.source.read(this.end === 0 ? this.bytes : this.bytes.subarray(this.end));
      const count = typeof result === 'number' ? result : await result;
      if (count === 0) this.ended = true;
      this.end += count;
      this.bytesRead += count;
    }
  }

  #readAhead(room: Uint8Array, place: number): void {
    const from = AHEAD_PLACES[place];
    this.#place = place;
    this.#ahead = this.source.readAhead?.(room.subarray(from, from + AHEAD_BYTES)) ?? null;
  }

  async #takeAhead(ahead: Promise<number>): Promise<void> {
    const count = await ahead;
    this.#ahead = null;
    this.bytesRead += count;
    if (count === 0) {
      this.ended = true;
      return;
    }
    const room = this.#room as Uint8Array;
    const left = this.end - this.start;
    const at = AHEAD_PLACES[this.#place];
    if (left <= LEFT_BYTES) {
      room.set(this.bytes.subarray(this.start, this.end), at - left);
      this.bytes = room;
      this.start = at - left;
      this.end = at + count;
      this.#readAhead(room, 1 - this.#place);
      return;
    }
    // An absurdly large record: bytes are read when they are needed from here on.
    const read = room.slice(at, at + count);
    this.#makeRoom(left + count);
    this.bytes.set(read, left);
    this.end = left + count;
  }

  #makeRoom(needed: number): void {
    const left = this.end - this.start;
    const size = this.bytes.length;
    if (needed > size) {
      const wanted = Math.max(needed, Math.min(size * 2, LARGEST_RECORD_BYTES));
      const room = this.#room;
      const grown = room !== null && wanted <= room.length ? room.subarray(0, wanted) : new Uint8Array(wanted);
      grown.set(this.bytes.subarray(this.start, this.end));
      this.bytes = grown;
    } else if (left > 0 && this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
    }
    this.start = 0;
    this.end = left;
  }
}
