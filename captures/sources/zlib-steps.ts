import type { Transform } from 'node:stream';

/** Options that make a zlib stream fit for {@link ZlibSteps}. */
export const ZLIB_STEP_OPTIONS = {
  chunkSize: 64 * 1024,
  /** More than one step can come to: the stream never waits for its reader in the middle of a step. */
  readableHighWaterMark: 64 * 1024 * 1024,
};

/** A decompressing stream of node:zlib: a Transform that tells how much of what it was given it has used. */
export type ZlibStream = Transform & { readonly bytesWritten: number };

/**
 * Drives a stream of node:zlib step by step: so much in, whatever that comes to out. Decompression itself runs in another
 * thread. What went in with a step that fails gives nothing, so the caller chooses how much that may be.
 */
export class ZlibSteps {
  failed = false;
  /** Bytes given that were left over, because the compressed stream had ended before them. */
  left = 0;
  readonly #stream: ZlibStream;
  #given = 0;

  /** @param stream made with {@link ZLIB_STEP_OPTIONS}. */
  constructor(stream: ZlibStream) {
    this.#stream = stream;
    stream.on('error', () => {
      this.failed = true;
    });
  }

  /** @param bytes must stay as they are until this resolves. @returns null where nothing came out. */
  async step(bytes: Uint8Array): Promise<Uint8Array | null> {
    const stream = this.#stream;
    await new Promise<void>((done) => {
      stream.once('close', done);
      stream.write(bytes, () => {
        stream.removeListener('close', done);
        done();
      });
    });
    this.#given += bytes.length;
    this.left = this.#given - stream.bytesWritten;
    return stream.read();
  }

  close(): void {
    this.#stream.destroy();
  }
}
