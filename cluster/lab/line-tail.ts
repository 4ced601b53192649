import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const CHUNK_BYTES = 1 << 20;
/** A longer line is none of ours. */
const LONGEST_LINE = 1 << 22;

/** Reads the lines that a growing file got since the last look. */
export class LineTail {
  readonly #path: string;
  readonly #decoder = new StringDecoder('utf8');
  readonly #buffer = Buffer.alloc(CHUNK_BYTES);
  #at = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** @param end also gives the last line where no line feed ends it. */
  take(end = false): string[] {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      return [];
    }
    try {
      for (;;) {
        const count = readSync(file, this.#buffer, 0, CHUNK_BYTES, this.#at);
        if (count === 0) break;
        this.#at += count;
        this.#rest += this.#decoder.write(this.#buffer.subarray(0, count));
        if (this.#rest.length > LONGEST_LINE && !this.#rest.includes('\n')) this.#rest = '';
      }
    } finally {
      closeSync(file);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    if (end && this.#rest !== '') {
      lines.push(this.#rest);
      this.#rest = '';
    }
    return lines.filter((line) => line !== '');
  }
}
