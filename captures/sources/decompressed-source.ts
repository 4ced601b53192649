import type { ByteSource } from '../records/byte-window.ts';

/** Why a compressed source ended before its time. */
export type CompressionDamage = 'truncated' | 'bad-compression';

/**
 * Decompresses piece by piece, each valid until the next is asked for; returns what was wrong with the end, or null.
 * Whatever was decompressed before the damage has been given out by then.
 */
export type Decompression = AsyncGenerator<Uint8Array, CompressionDamage | null, void>;

/** The bytes that a {@link Decompression} yields, as a source. */
export class DecompressedSource implements ByteSource {
  readonly name: string;
  damage: CompressionDamage | null = null;
  readonly #compressed: ByteSource;
  readonly #pieces: Decompression;
  #piece: Uint8Array = new Uint8Array(0);
  #ended = false;

  /** @param compressed where the compressed bytes come from; closed with this source. */
  constructor(compressed: ByteSource, pieces: Decompression) {
    this.name = compressed.name;
    this.#compressed = compressed;
    this.#pieces = pieces;
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#piece.length > 0 ? this.#take(into) : this.#next(into);
  }

  async #next(into: Uint8Array): Promise<number> {
    while (this.#piece.length === 0) {
      if (this.#ended) return 0;
      const { value, done } = await this.#pieces.next();
      if (done) {
        this.#ended = true;
        this.damage = value;
        return 0;
      }
      this.#piece = value;
    }
    return this.#take(into);
  }

  #take(into: Uint8Array): number {
    const count = Math.min(into.length, this.#piece.length);
    into.set(this.#piece.subarray(0, count));
    this.#piece = this.#piece.subarray(count);
    return count;
  }

  async close(): Promise<void> {
    // Closed first: a read that waits inside the generator ends by it, and only then does `return` come through.
    await this.#compressed.close();
    await this.#pieces.return(null);
  }
}
