import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { shownName } from '../sources/capture-input-error.ts';
import { LiveCaptureError } from './live-source.ts';

/** Where a capture goes: whole blocks at a time. */
export interface CaptureOutput {
  /** Takes the bytes before it resolves: they may be overwritten then. @throws LiveCaptureError where they cannot be written. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Whether another file should begin now; the caller writes what belongs at the end of this one, and then {@link next}. */
  readonly isFull: boolean;
  next(): void;
  close(): void;
  /** Nobody reads on: no fault of anybody. */
  readonly isClosed: boolean;
  /** The files that there are, the oldest first; none where it goes to a stream. */
  readonly files: readonly string[];
}

export interface Ring {
  /** Files kept: beyond it the oldest is deleted. Null for all. */
  readonly files: number | null;
  /** Another file begins where one has this size, or this age; null for never. */
  readonly megabytes: number | null;
  readonly seconds: number | null;
}

/** One file, or a ring of files named like dumpcap's: `name_00001_20261125140500.pcapng`. */
export class FileOutput implements CaptureOutput {
  readonly isClosed = false;
  readonly files: string[] = [];
  readonly #path: string;
  readonly #ring: Ring | null;
  #descriptor = -1;
  #bytes = 0;
  #begunMs = 0;
  #number = 0;

  /** @throws LiveCaptureError where the file cannot be written. */
  constructor(path: string, ring: Ring | null) {
    this.#path = path;
    this.#ring = ring;
    this.next();
  }

  get isFull(): boolean {
    const { megabytes = null, seconds = null } = this.#ring ?? {};
    if (megabytes !== null && this.#bytes >= megabytes * 1_000_000) return true;
    return seconds !== null && Date.now() - this.#begunMs >= seconds * 1000;
  }

  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at, bytes.length - at);
    } catch (error) {
      this.#takeBack();
      throw unwritable(this.files.at(-1)!, error as NodeJS.ErrnoException);
    }
    this.#bytes += bytes.length;
  }

  /** What was written of a block goes again, so that the file ends whole. */
  #takeBack(): void {
    try {
      ftruncateSync(this.#descriptor, this.#bytes);
    } catch {
      // No file but a device or a pipe.
    }
  }

  next(): void {
    this.close();
    this.#begunMs = Date.now();
    const path = this.#ring === null ? this.#path : this.#ringName(++this.#number);
    try {
      this.#descriptor = openSync(path, 'w');
    } catch (error) {
      throw unwritable(path, error as NodeJS.ErrnoException);
    }
    this.#bytes = 0;
    this.files.push(path);
    const most = this.#ring?.files ?? null;
    while (most !== null && this.files.length > most) rmSync(this.files.shift()!, { force: true });
  }

  #ringName(number: number): string {
    const extension = extname(this.#path) || '.pcapng';
    const time = new Date(this.#begunMs).toISOString().replace(/[-:T]|\..*/g, '');
    const name = `${basename(this.#path, extension)}_${String(number).padStart(5, '0')}_${time}${extension}`;
    return join(dirname(this.#path), name);
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}

/** Standard output, or another stream. */
export class StreamOutput implements CaptureOutput {
  readonly isFull = false;
  readonly files = [];
  isClosed = false;
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', () => {
      this.isClosed = true;
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.isClosed) resolve();
      // Called back with an error where the reader is gone.
      else {
        this.#stream.write(bytes, (error) => {
          if (error != null) this.isClosed = true;
          resolve();
        });
      }
    });
  }

  next(): void {}

  close(): void {}
}

function unwritable(path: string, error: NodeJS.ErrnoException): LiveCaptureError {
  const shown = shownName(path);
  const [message, hint] =
    error.code === 'ENOSPC' || error.code === 'EDQUOT'
      ? [`${shown}: the disk is full`, 'What was captured until then is whole. Make room, or take --ring-files.']
      : error.code === 'ENOENT'
        ? [`${shown}: its folder does not exist`, 'Make the folder, or name another file.']
        : error.code === 'EISDIR'
          ? [`${shown}: is a folder`, 'Name a file.']
          : [`${shown}: cannot be written (${error.code ?? error.message})`, 'Name a file that you may write.'];
  return new LiveCaptureError('not-writable', message, hint);
}
