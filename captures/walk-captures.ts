import { CaptureTally, type WalkedCapture } from './capture-tally.ts';
import type { ExpressLane } from './express-lane.ts';
import { type OpenCapture, openCapture } from './open-capture.ts';
import { PcapCursor } from './records/pcap.ts';
import { type RecordCursor, RecordStep } from './records/record-cursor.ts';
import { isBefore, type Timed, TimeOrder } from './records/time-order.ts';

/**
 * Receives each record: the cursor's fields are it, valid during the call only.
 *
 * @param capture number of the capture in the order given, from 0.
 * @param interfaceNumber number of the record's interface over all captures, from 0 in order of first packet.
 */
export type OnRecord = (cursor: RecordCursor, capture: number, interfaceNumber: number) => void;

export interface WalkProgress {
  /** Bytes of the files read so far, before decompression. */
  readonly bytesRead: number;
  /** Bytes in all; null where one of the inputs does not know its size, as a pipe. */
  readonly totalBytes: number | null;
}

export interface CaptureWalkOptions {
  /** Ends the walk: what was walked until then stands. */
  readonly signal?: AbortSignal;
  /** Goes on reading as the files grow, until the signal is aborted. */
  readonly follow?: boolean;
  readonly onProgress?: (progress: WalkProgress) => void;
  /** Bytes after which progress is told and other work gets a turn; 8 MiB where not given. */
  readonly yieldEveryBytes?: number;
  /** Takes the usual records of a capture that is walked alone; `onRecord` is called for the others. */
  readonly express?: ExpressLane | null;
}

/** From here on the files share the memory that one window would take. */
const SMALL_WINDOW_FROM_CAPTURES = 8;
const SMALL_WINDOW_BYTES = 64 * 1024;

/** A capture in the walk; as an entry in time order its time is that of the record its cursor holds. */
class WalkedFile implements Timed {
  readonly path: string;
  readonly order: number;
  readonly time = { seconds: 0, nanoseconds: 0 };
  open: OpenCapture | null = null;
  tally: CaptureTally | null = null;
  /** The last summary of a capture that was closed again. */
  closed: WalkedCapture | null = null;
  /** Sizes as last known, once it is closed. */
  bytesRead = 0;
  totalBytes: number | null = 0;
  readonly interfaceNumbers: number[] = [];

  constructor(path: string, order: number) {
    this.path = path;
    this.order = order;
  }

  holdTime(cursor: RecordCursor): void {
    this.time.seconds = cursor.seconds;
    this.time.nanoseconds = cursor.nanoseconds;
  }
}

/**
 * Walks several captures as one, in the order of their records' times. Only captures that overlap in time are open at once, so
 * that a ring of a thousand files takes the memory of two. Within a capture records stay in the order of the file.
 */
export class CaptureWalk {
  readonly #files: WalkedFile[];
  readonly #options: CaptureWalkOptions;
  readonly #windowBytes: number | undefined;
  #interfaces = 0;
  #sinceYield = 0;
  #stopped = false;

  /** @param paths files, or `-` for standard input. */
  constructor(paths: readonly string[], options: CaptureWalkOptions = {}) {
    this.#files = paths.map((path, order) => new WalkedFile(path, order));
    this.#options = options;
    this.#windowBytes = paths.length < SMALL_WINDOW_FROM_CAPTURES ? undefined : SMALL_WINDOW_BYTES;
  }

  /**
   * Hands every record to `onRecord` and resolves at the end, or once the signal is aborted.
   *
   * @throws CaptureInputError where an input cannot be read or is no capture.
   */
  async run(onRecord: OnRecord): Promise<void> {
    const abort = () => {
      this.#stopped = true;
      // A read that waits for a pipe ends by its closing.
      for (const file of this.#files) void file.open?.close();
    };
    this.#options.signal?.addEventListener('abort', abort);
    if (this.#options.signal?.aborted) this.#stopped = true;
    try {
      if (this.#files.length === 1) await this.#walkOne(this.#files[0], onRecord);
      else await this.#walkMany(onRecord);
      this.#tellProgress();
    } finally {
      this.#options.signal?.removeEventListener('abort', abort);
      for (const file of this.#files) await this.#close(file);
    }
  }

  /** What was walked so far, in the order given; may be asked at any time. */
  summaries(): WalkedCapture[] {
    return this.#files.flatMap((file) => file.tally?.summary() ?? file.closed ?? []);
  }

  async #walkOne(file: WalkedFile, onRecord: OnRecord): Promise<void> {
    const express = this.#options.express ?? null;
    const { cursor } = await this.#open(file, express);
    const usual = express !== null && cursor instanceof PcapCursor && cursor.usualUnitNs > 0 ? cursor : null;
    while (!this.#stopped) {
      const step =
        usual === null ? this.#drain(file, cursor, onRecord) : this.#drainUsual(file, usual, express!, onRecord);
      if (step === RecordStep.end) return;
      await this.#fill(cursor);
    }
  }

  /** The loop that every packet of a single capture goes through. */
  #drain(file: WalkedFile, cursor: RecordCursor, onRecord: OnRecord): RecordStep {
    const tally = file.tally!;
    const numbers = file.interfaceNumbers;
    for (;;) {
      const step = cursor.advance();
      if (step !== RecordStep.record) return step;
      if (tally.count(cursor)) numbers[cursor.interfaceIndex] = this.#interfaces++;
      onRecord(cursor, file.order, numbers[cursor.interfaceIndex]);
    }
  }

  /** As {@link #drain}, with a lane for most of the packets. */
  #drainUsual(file: WalkedFile, cursor: PcapCursor, express: ExpressLane, onRecord: OnRecord): RecordStep {
    const tally = file.tally!;
    for (;;) {
      if (tally.packets > 0) {
        const taken = express.take(cursor, file.interfaceNumbers[0]);
        if (taken !== null) tally.countMany(0, taken.packets, taken.bytes, taken.start, taken.end);
      }
      const step = cursor.advance();
      if (step !== RecordStep.record) return step;
      this.#hand(file, cursor, onRecord);
      express.handedOn(cursor);
    }
  }

  #hand(file: WalkedFile, cursor: RecordCursor, onRecord: OnRecord): void {
    if (file.tally!.count(cursor)) file.interfaceNumbers[cursor.interfaceIndex] = this.#interfaces++;
    onRecord(cursor, file.order, file.interfaceNumbers[cursor.interfaceIndex]);
  }

  async #walkMany(onRecord: OnRecord): Promise<void> {
    const waiting = await this.#firstRecords();
    const ready = new TimeOrder<WalkedFile>();
    while (!this.#stopped) {
      const next = waiting[0];
      const top = ready.top();
      if (next !== undefined && (top === undefined || isBefore(next, top))) {
        waiting.shift();
        if (next.open === null) {
          await this.#open(next);
          if (!(await this.#advance(next))) {
            await this.#close(next);
            continue;
          }
        }
        ready.push(next);
        continue;
      }
      if (top === undefined) return;
      if (await this.#drainUntil(top, earlier(ready.second(), next), onRecord)) ready.topChanged();
      else {
        ready.removeTop();
        await this.#close(top);
      }
    }
  }

  /** Hands on the top's records as long as none of another capture comes before. @returns false at its end. */
  async #drainUntil(file: WalkedFile, bound: Timed | undefined, onRecord: OnRecord): Promise<boolean> {
    const { cursor } = file.open!;
    do {
      this.#hand(file, cursor, onRecord);
      const step = cursor.advance();
      if (step === RecordStep.end) return false;
      if (step === RecordStep.needBytes && !(await this.#advance(file))) return false;
      file.holdTime(cursor);
    } while (!this.#stopped && (bound === undefined || isBefore(file, bound)));
    return true;
  }

  /** Brings each capture's first record, sorts by it, and closes what can be opened again. */
  async #firstRecords(): Promise<WalkedFile[]> {
    const found: WalkedFile[] = [];
    for (const file of this.#files) {
      if (this.#stopped) break;
      const { file: source } = await this.#open(file);
      if (!(await this.#advance(file))) {
        await this.#close(file);
        continue;
      }
      found.push(file);
      // A pipe gives its bytes only once.
      if (file.path === '-' || source.totalBytes === null) continue;
      await this.#close(file);
      file.bytesRead = 0;
    }
    return found.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  /** @returns false at the capture's end. */
  async #advance(file: WalkedFile): Promise<boolean> {
    const { cursor } = file.open!;
    for (;;) {
      const step = cursor.advance();
      if (step === RecordStep.record) {
        file.holdTime(cursor);
        return true;
      }
      if (step === RecordStep.end || this.#stopped) return false;
      await this.#fill(cursor);
      if (this.#stopped) return false;
    }
  }

  async #open(file: WalkedFile, express: ExpressLane | null = null): Promise<OpenCapture> {
    const { signal, follow } = this.#options;
    file.open = await openCapture(file.path, {
      ...(follow && signal !== undefined ? { follow: signal } : {}),
      ...(express === null ? {} : { room: express.room }),
      ...(this.#windowBytes === undefined ? {} : { windowBytes: this.#windowBytes }),
    });
    file.tally = new CaptureTally(file.open);
    return file.open;
  }

  async #close(file: WalkedFile): Promise<void> {
    const { open, tally } = file;
    if (open === null || tally === null) return;
    file.bytesRead = open.file.bytesRead;
    file.totalBytes = open.file.totalBytes;
    file.closed = tally.summary();
    file.open = null;
    file.tally = null;
    await open.close();
  }

  async #fill(cursor: RecordCursor): Promise<void> {
    const before = cursor.window.bytesRead;
    await cursor.window.fill(cursor.neededBytes);
    this.#sinceYield += cursor.window.bytesRead - before;
    if (this.#sinceYield < (this.#options.yieldEveryBytes ?? 8 * 1024 * 1024)) return;
    this.#sinceYield = 0;
    this.#tellProgress();
    if (cursor.window.readsAhead) return;
    await new Promise((done) => setImmediate(done));
  }

  #tellProgress(): void {
    if (this.#options.onProgress === undefined) return;
    let bytesRead = 0;
    let totalBytes: number | null = 0;
    for (const file of this.#files) {
      bytesRead += file.open?.file.bytesRead ?? file.bytesRead;
      const total: number | null = file.open === null ? file.totalBytes : file.open.file.totalBytes;
      totalBytes = totalBytes === null || total === null ? null : totalBytes + total;
    }
    this.#options.onProgress({ bytesRead, totalBytes });
  }
}

function earlier(a: WalkedFile | undefined, b: WalkedFile | undefined): WalkedFile | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isBefore(a, b) ? a : b;
}

/** Walks captures from first to last record, several as one in time order. @returns what each held. */
export async function walkCaptures(
  paths: readonly string[],
  onRecord: OnRecord,
  options: CaptureWalkOptions = {},
): Promise<WalkedCapture[]> {
  const walk = new CaptureWalk(paths, options);
  await walk.run(onRecord);
  return walk.summaries();
}
