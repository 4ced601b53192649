import { closeSync, fstatSync, openSync, read, readSync, type Stats, statSync } from 'node:fs';
import type { ByteSource, PositionedReads } from '../records/byte-window.ts';
import { inputErrorOf } from './capture-input-error.ts';

/** A byte source that knows how far it is. */
export interface MeasuredSource extends ByteSource {
  readonly bytesRead: number;
  /** Bytes that there are in all; null where nobody knows, as with a pipe. */
  readonly totalBytes: number | null;
}

/** Reads a file front to back, without a copy: synchronously, or ahead of the use by a thread of libuv's. */
export class FileSource implements MeasuredSource {
  readonly name: string;
  bytesRead = 0;
  protected readonly descriptor: number;
  #open = true;
  #reading: Promise<unknown> | null = null;

  /** @param descriptor of the file, where it is open already. @throws CaptureInputError where it cannot be opened. */
  constructor(path: string, descriptor = opened(path)) {
    this.name = path;
    this.descriptor = descriptor;
  }

  /** Asked anew each time, because a capture may still be growing. */
  get totalBytes(): number | null {
    if (!this.#open) return this.bytesRead;
    const stats = fstatSync(this.descriptor);
    return stats.isFile() ? stats.size : null;
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#read(into, null);
  }

  /** Standard input has a position already that nobody tells; a thread that waits for a device would keep the program from ending. */
  get positioned(): PositionedReads | null {
    if (this.descriptor === 0 || !this.#open || !fstatSync(this.descriptor).isFile()) return null;
    return { read: this.#read.bind(this), readAhead: this.#readAhead.bind(this) };
  }

  #read(into: Uint8Array, position: number | null): number {
    if (!this.#open) return 0;
    try {
      const count = readSync(this.descriptor, into, 0, into.length, position);
      this.bytesRead += count;
      return count;
    } catch (error) {
      throw inputErrorOf(error, this.name);
    }
  }

  #readAhead(into: Uint8Array, position: number): Promise<number> {
    if (!this.#open) return Promise.resolve(0);
    const reading = new Promise<number>((done, fail) => {
      read(this.descriptor, into, 0, into.length, position, (error, count) => {
        this.#reading = null;
        if (error) return fail(inputErrorOf(error, this.name));
        this.bytesRead += count;
        done(this.#open ? count : 0);
      });
    });
    // Whoever asked may have stopped to care; until then the descriptor must stay open.
    this.#reading = reading.catch(() => {});
    return reading;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#reading;
    // Standard input is not ours to close: the next file opened would take its number.
    if (this.descriptor !== 0) closeSync(this.descriptor);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw inputErrorOf(error, path);
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

  /** A file that grows is asked when its bytes are needed. */
  override get positioned(): null {
    return null;
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
