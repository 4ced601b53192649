import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { FileSource, type MeasuredSource } from './file-source.ts';
import { HeldChunk } from './held-chunk.ts';

/** Reads a stream such as standard input, at the pace of whoever asks. */
export class StreamSource implements MeasuredSource {
  readonly name: string;
  readonly totalBytes = null;
  bytesRead = 0;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #rest = new HeldChunk();
  #closed = false;

  constructor(name: string, stream: Readable) {
    this.name = name;
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#rest.length > 0 ? this.#take(into) : this.#next(into);
  }

  async #next(into: Uint8Array): Promise<number> {
    try {
      do {
        const { value, done } = await this.#chunks.next();
        if (done) return 0;
        this.#rest.hold(value);
      } while (this.#rest.length === 0);
    } catch (error) {
      // Closing while a read waits is how the wait is ended.
      if (this.#closed) return 0;
      throw error;
    }
    return this.#take(into);
  }

  #take(into: Uint8Array): number {
    const count = this.#rest.take(into);
    this.bytesRead += count;
    return count;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stream.destroy();
  }
}

/** Standard input: read like a file where it is one (`< FILE`), else as the stream that it is. */
export function standardInput(): MeasuredSource {
  return fstatSync(0).isFile() ? new FileSource('-', 0) : new StreamSource('-', process.stdin);
}
