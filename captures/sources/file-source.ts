import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { ByteSource } from '../records/byte-window.ts';
import { inputErrorOf } from './capture-input-error.ts';

/** A byte source that knows how far it is. */
export interface MeasuredSource extends ByteSource {
  readonly bytesRead: number;
  /** Bytes that there are in all; null where nobody knows, as with a pipe. */
  readonly totalBytes: number | null;
}

/** Reads a file front to back. Synchronous reads into the window: no copy, and no turn of the event loop a read. */
export class FileSource implements MeasuredSource {
  readonly name: string;
  bytesRead = 0;
  protected readonly descriptor: number;
  #open = true;

  /** @throws CaptureInputError where the file cannot be opened. */
  constructor(path: string) {
    this.name = path;
    try {
      this.descriptor = openSync(path, 'r');
    } catch (error) {
      throw inputErrorOf(error, path);
    }
  }

  /** Asked anew each time, because a capture may still be growing. */
  get totalBytes(): number | null {
    if (!this.#open) return this.bytesRead;
    const stats = fstatSync(this.descriptor);
    return stats.isFile() ? stats.size : null;
  }

  read(into: Uint8Array): number | Promise<number> {
    if (!this.#open) return 0;
    try {
      const count = readSync(this.descriptor, into, 0, into.length, null);
      this.bytesRead += count;
      return count;
    } catch (error) {
      throw inputErrorOf(error, this.name);
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.descriptor);
  }
}

const POLL_MS = 200;

/**
 * Reads a file that is still being written: at its end it waits for more, until the signal is aborted.
 * It ends by itself where there can be no more: the file was truncated, or its name now belongs to another file
 * (rotation), and all of the old one was read.
 */
export class FollowedFileSource extends FileSource {
  readonly #signal: AbortSignal;

  constructor(path: string, signal: AbortSignal) {
    super(path);
    this.#signal = signal;
  }

  override read(into: Uint8Array): number | Promise<number> {
    if (this.#signal.aborted) return 0;
    const count = super.read(into);
    return count === 0 ? this.#wait(into) : count;
  }

  async #wait(into: Uint8Array): Promise<number> {
    for (;;) {
      // Asked before the read: what the old file got until it was replaced is still taken.
      const over = this.#isOver();
      const count = await super.read(into);
      if (count > 0 || over) return count;
      await pause(POLL_MS, this.#signal);
      if (this.#signal.aborted) return 0;
    }
  }

  #isOver(): boolean {
    const mine = fstatSync(this.descriptor);
    if (mine.isFile() && mine.size < this.bytesRead) return true;
    let named: Stats;
    try {
      named = statSync(this.name);
    } catch {
      // Deleted: its writer may go on writing, but nobody else would ever see it again.
      return mine.nlink === 0;
    }
    return named.ino !== mine.ino || named.dev !== mine.dev;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener('abort', finish);
  });
}
