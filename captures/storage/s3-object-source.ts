import type { IncomingMessage } from 'node:http';
import { CaptureInputError, shownName } from '../sources/capture-input-error.ts';
import type { MeasuredSource } from '../sources/file-source.ts';
import { HeldChunk } from '../sources/held-chunk.ts';
import { changed, getFromStorage, MOST_TRIES, pauseBefore } from './s3-request.ts';
import { type S3Settings, s3Url } from './s3-settings.ts';

/**
 * Reads an object front to back as its bytes come. Where the connection breaks off it goes on from there (RFC 9110, 14: Range),
 * of the same version of the object (If-Match), and gives up after some tries in which no byte came.
 */
export class S3ObjectSource implements MeasuredSource {
  readonly name: string;
  bytesRead = 0;
  totalBytes: number | null = null;
  readonly #settings: S3Settings;
  readonly #url: URL;
  readonly #shown: string;
  #answer: IncomingMessage | null = null;
  #chunks: AsyncIterator<Buffer> | null = null;
  readonly #rest = new HeldChunk();
  #version: string | null = null;
  #closed = false;

  constructor(name: string, settings: S3Settings, bucket: string, key: string) {
    this.name = name;
    this.#settings = settings;
    this.#url = s3Url(settings, bucket, key);
    this.#shown = shownName(name);
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#rest.length > 0 ? this.#take(into) : this.#next(into);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rest.hold(new Uint8Array(0));
    this.#answer?.destroy();
  }

  async #next(into: Uint8Array): Promise<number> {
    for (let failures = 0; !this.#closed; ) {
      if (this.totalBytes !== null && this.bytesRead >= this.totalBytes) return 0;
      try {
        this.#chunks ??= await this.#open();
        const { value, done } = await this.#chunks.next();
        if (value !== undefined && value.length > 0) {
          this.#rest.hold(value);
          return this.#take(into);
        }
        if (!done) continue;
        // Without a length its end is the end.
        if (this.totalBytes === null) return 0;
      } catch (error) {
        // Closing while a read waits is how the wait is ended.
        if (this.#closed) return 0;
        if (error instanceof CaptureInputError) throw error;
      }
      this.#chunks = null;
      this.#answer?.destroy();
      if (++failures === MOST_TRIES) throw this.#brokenOff();
      await pauseBefore(failures);
    }
    return 0;
  }

  async #open(): Promise<AsyncIterator<Buffer>> {
    const from = this.bytesRead;
    const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
    if (this.#version !== null) headers['if-match'] = this.#version;
    const answer = await getFromStorage(this.#settings, this.#url, this.#shown, headers);
    this.#answer = answer;
    if (this.#closed) answer.destroy();
    if (from > 0 && !(answer.headers['content-range'] ?? '').startsWith(`bytes ${from}-`)) {
      answer.destroy();
      throw this.#brokenOff();
    }
    const version = answer.headers.etag ?? null;
    // Not every service heeds If-Match.
    if (this.#version !== null && version !== this.#version) {
      answer.destroy();
      throw changed(this.#shown);
    }
    this.#version = version;
    const length = Number(answer.headers['content-length'] ?? Number.NaN);
    this.totalBytes ??= Number.isSafeInteger(length) ? from + length : null;
    return (answer as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  #take(into: Uint8Array): number {
    const count = this.#rest.take(into);
    this.bytesRead += count;
    return count;
  }

  #brokenOff(): CaptureInputError {
    const text = `${this.#shown}: the connection broke off after ${this.bytesRead} bytes, and does not go on`;
    return new CaptureInputError('bad-storage', text, 'Try again.');
  }
}
