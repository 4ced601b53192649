/** Where bytes come from: a file, standard input, a decompressor. */
export interface ByteSource {
  /** Shown in messages: a path, or `-` for standard input. */
  readonly name: string;
  /** Puts the next bytes at the start of `into`. Returns their number, 0 at the end; never waits for `into` to be full. */
  read(into: Uint8Array): number | Promise<number>;
  /** Reads at positions of its choice; null where the bytes come one after the other, or may be long in coming. */
  readonly positioned?: PositionedReads | null;
  close(): Promise<void>;
}

/** Reads from a place in a file, counted from its first byte, in any order. Each returns the number of bytes, 0 at the end. */
export interface PositionedReads {
  read(into: Uint8Array, position: number): number;
  /** By another thread, while this one does other work; `into` belongs to it until then. */
  readAhead(into: Uint8Array, position: number): Promise<number>;
}

/** No record of a sane capture is larger (libpcap allows 128 MiB for USB and D-Bus alone, never for networks). */
export const LARGEST_RECORD_BYTES = 16 * 1024 * 1024;

/** Read at a time ahead of the use, and how many of these: whenever one is used up the other thread has the next at hand. */
const PIECE_BYTES = 1024 * 1024;
const PIECES = 4;
/** What was not used yet goes before the next piece. Whole records are not larger, but for absurd ones. */
const LEFT_BYTES = 256 * 1024;
/** Where pieces go in turn, each with room before it. */
const PLACES = Array.from({ length: PIECES }, (_, piece) => LEFT_BYTES + piece * (LEFT_BYTES + PIECE_BYTES));

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
  /** How to read once the bytes lie where they were moved to; null one after the other, as before that. */
  #positioned: PositionedReads | null = null;
  /** Pieces being read ahead of their use, in order; the first goes to this place, the others to those that follow. */
  readonly #ahead: Promise<number>[] = [];
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
    this.#positioned = this.source.positioned ?? null;
    if (this.#positioned === null || room.length < PLACES[PIECES - 1] + PIECE_BYTES) return;
    // What is used first must not lie where is read to.
    this.#place = PLACES.findIndex((place) => place >= bytes.length);
    for (let piece = this.#place; piece < PIECES; piece++) this.#readAhead(piece, piece - this.#place);
  }

  /** Whether bytes come from another thread while those before are used. */
  get readsAhead(): boolean {
    return this.#ahead.length > 0;
  }

  /**
   * Reads until at least `needed` bytes lie between `start` and `end`, or the source ends.
   * Positions change: whoever keeps an offset into `bytes` takes it anew.
   */
  async fill(needed: number): Promise<void> {
    while (this.#ahead.length > 0 && !this.ended && this.end - this.start < needed) await this.#nextPiece();
    if (this.end - this.start >= needed) return;
    this.#makeRoom(needed);
    while (!this.ended && this.end - this.start < needed) {
      const into = this.end === 0 ? this.bytes : this.bytes.subarray(this.end);
      const result = this.#positioned?.read(into, this.bytesRead) ?? this.source.read(into);
      const count = typeof result === 'number' ? result : await result;
      if (count === 0) this.ended = true;
      this.end += count;
      this.bytesRead += count;
    }
  }

  /** Has the other thread read the piece that comes so many after the next. */
  #readAhead(place: number, pieces: number): void {
    const room = this.#room as Uint8Array;
    const at = PLACES[place];
    const position = this.bytesRead + pieces * PIECE_BYTES;
    const reading = (this.#positioned as PositionedReads).readAhead(room.subarray(at, at + PIECE_BYTES), position);
    // It may fail before anybody waits for it.
    reading.catch(() => {});
    this.#ahead.push(reading);
  }

  /** What was read ahead follows on what is left. */
  async #nextPiece(): Promise<void> {
    const count = (await this.#ahead.shift()) as number;
    const left = this.end - this.start;
    // After a piece that is not whole, as at the end, and after an absurdly large record, bytes are read one after the other.
    if (count < PIECE_BYTES || left > LEFT_BYTES) await this.#endAhead();
    this.bytesRead += count;
    if (count === 0) {
      this.ended = true;
      return;
    }
    const room = this.#room as Uint8Array;
    const at = PLACES[this.#place];
    if (left > LEFT_BYTES) {
      const read = room.slice(at, at + count);
      this.#makeRoom(left + count);
      this.bytes.set(read, left);
      this.end = left + count;
      return;
    }
    room.set(this.bytes.subarray(this.start, this.end), at - left);
    this.bytes = room;
    this.start = at - left;
    this.end = at + count;
    const free = (this.#place + PIECES - 1) % PIECES;
    this.#place = (this.#place + 1) % PIECES;
    if (count === PIECE_BYTES) this.#readAhead(free, this.#ahead.length);
  }

  /** The other thread must be done before bytes go where it writes. */
  async #endAhead(): Promise<void> {
    await Promise.allSettled(this.#ahead);
    this.#ahead.length = 0;
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
