import type { Writable } from 'node:stream';
import type { Path, Wiretap } from '../transport/path.ts';
import { Tap } from './tap.ts';

const MOST_TAPS = 4;
/** What may wait for a reader that is slow: the memory of an SFU is for calls. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
const MOST_KEY_READERS = 16;
/** Sessions whose keys are kept for taps that are opened later: more than an SFU has. */
const MOST_KEYS = 20_000;
/** A reader of keys that does not read is cut off. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

/**
 * Whoever listens to the packets of an SFU: the file that it was started with, and readers that come and go. The keys of the
 * sessions that there are stay known, so that a tap which is opened in the middle of a call can be decrypted.
 */
export class Taps implements Wiretap {
  readonly #taps = new Set<Tap>();
  readonly #keys = new Set<string>();
  readonly #keyReaders = new Set<Writable>();
  isOpen: boolean;

  /** @param file open for as long as the SFU runs; null for none. */
  constructor(file: Tap | null) {
    this.isOpen = file !== null;
    if (file !== null) this.#taps.add(file);
  }

  get hasRoom(): boolean {
    return this.#taps.size < MOST_TAPS;
  }

  get hasKeyRoom(): boolean {
    return this.#keyReaders.size < MOST_KEY_READERS;
  }

  /** Writes pcapng to the stream from now on. @returns what ends that, where the reader has gone. */
  open(stream: Writable, name: string): () => void {
    const tap = new Tap(stream, name, { snapLength: null, bytes: null, waitingBytes: MOST_WAITING_BYTES });
    for (const line of this.#keys) tap.keys(line);
    this.#taps.add(tap);
    this.isOpen = true;
    return () => {
      tap.abandon();
      this.#taps.delete(tap);
      this.isOpen = this.#taps.size > 0;
    };
  }

  /** Writes the lines of the key log to the stream from now on, those known first. */
  openKeys(stream: Writable): () => void {
    stream.on('error', () => {});
    if (this.#keys.size > 0) stream.write([...this.#keys, ''].join('\n'));
    this.#keyReaders.add(stream);
    return () => this.#keyReaders.delete(stream);
  }

  keys(line: string): void {
    if (this.#keys.size < MOST_KEYS) this.#keys.add(line);
    for (const tap of this.#taps) tap.keys(line);
    for (const reader of this.#keyReaders) {
      if (reader.writableLength > MOST_UNREAD_BYTES) reader.destroy();
      else reader.write(`${line}\n`);
    }
  }

  forget(line: string): void {
    this.#keys.delete(line);
  }

  received(bytes: Uint8Array, path: Path, nowMs: number): void {
    for (const tap of this.#taps) tap.received(bytes, path, nowMs);
  }

  sent(bytes: Uint8Array, length: number, path: Path, nowMs: number): void {
    for (const tap of this.#taps) tap.sent(bytes, length, path, nowMs);
  }

  /** Ends all of them; what they were given is written. */
  async close(): Promise<void> {
    const taps = [...this.#taps];
    this.#taps.clear();
    this.isOpen = false;
    for (const reader of this.#keyReaders) reader.end();
    await Promise.all(taps.map((tap) => tap.close()));
  }
}
