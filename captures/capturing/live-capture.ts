import { type RecordCursor, RecordStep } from '../records/record-cursor.ts';
import type { Timestamp } from '../timestamp.ts';
import { CaptureRewriter, type RewriterOptions } from '../writing/capture-rewriter.ts';
import type { CaptureOutput } from './capture-output.ts';
import type { LiveCaptureError, LiveCounts, LiveSource } from './live-source.ts';

export interface CaptureLimits {
  /** Ends after so many packets; null for never. */
  readonly packets: number | null;
  /** Ends after so long; null for never. */
  readonly seconds: number | null;
}

export interface CaptureProgress extends LiveCounts {
  readonly packets: number;
  /** Bytes on the wire, of packets that may have been cut. */
  readonly bytes: number;
}

export interface CaptureOutcome extends CaptureProgress {
  readonly files: readonly string[];
  /** Why it ended early; null where it ended as planned. */
  readonly fault: LiveCaptureError | null;
}

const ASK_COUNTS_EVERY_MS = 1000;
/** Remarks that wait for a packet to come. */
const MOST_REMARKS = 100;

/** A capture on its way from its source to its files. */
export class LiveCapture {
  readonly #source: LiveSource;
  readonly #cursor: RecordCursor;
  readonly #rewriter: CaptureRewriter;
  readonly #output: CaptureOutput;
  #packets = 0;
  #bytes = 0;
  #isStopped = false;
  readonly #remarks: { readonly time: Timestamp; readonly text: string }[] = [];

  /** @param cursor over the source, as `openLiveCursor` gives it. */
  constructor(source: LiveSource, cursor: RecordCursor, output: CaptureOutput, options: RewriterOptions) {
    this.#source = source;
    this.#cursor = cursor;
    this.#output = output;
    this.#rewriter = new CaptureRewriter(options);
  }

  get progress(): CaptureProgress {
    const { received, dropped } = this.#source.counts();
    return { packets: this.#packets, bytes: this.#bytes, received, dropped: this.#droppedBy() ?? dropped };
  }

  /** Lines of an NSS key log, which readers need to decrypt what follows. */
  addKeys(lines: Uint8Array): void {
    this.#rewriter.addKeys(lines);
  }

  /** Writes a comment among the packets, as of now: with the interface's statistics, which may carry one. */
  remark(text: string): void {
    if (this.#remarks.length < MOST_REMARKS) this.#remarks.push({ time: timeNow(), text });
  }

  /** Ends the capture: what the source has already is still taken. */
  stop(): void {
    this.#isStopped = true;
    this.#source.stop();
  }

  /**
   * Captures until a limit is reached, {@link stop} is called, or the source ends. The files are whole then.
   *
   * @throws LiveCaptureError where they cannot be written.
   */
  async run(limits: CaptureLimits): Promise<CaptureOutcome> {
    const asking = setInterval(() => this.#source.askCounts(), ASK_COUNTS_EVERY_MS);
    const ending = limits.seconds === null ? null : setTimeout(() => this.stop(), limits.seconds * 1000);
    try {
      await this.#begin();
      await this.#take(limits.packets ?? Number.POSITIVE_INFINITY);
      await this.#end();
    } finally {
      clearInterval(asking);
      if (ending !== null) clearTimeout(ending);
      this.#output.close();
      await this.#source.close();
    }
    return { ...this.progress, files: [...this.#output.files], fault: this.#isStopped ? null : this.#source.fault() };
  }

  async #take(mostPackets: number): Promise<void> {
    const cursor = this.#cursor;
    const rewriter = this.#rewriter;
    while (!this.#output.isClosed) {
      const step = cursor.advance();
      if (step === RecordStep.record) {
        // Beyond the limit all is read up to the end, for the counts that come with it.
        if (this.#packets >= mostPackets) continue;
        if (rewriter.hasNews(cursor) || !rewriter.hasRoom(cursor)) await this.#flush();
        this.#packets++;
        this.#bytes += cursor.originalLength;
        rewriter.packet(cursor);
        if (this.#packets >= mostPackets) this.stop();
      } else {
        await this.#flush();
        if (step === RecordStep.end) return;
        await cursor.window.fill(cursor.neededBytes);
      }
    }
  }

  async #begin(): Promise<void> {
    for (const piece of this.#rewriter.begin(this.#cursor)) await this.#output.write(piece);
  }

  async #flush(): Promise<void> {
    const rewriter = this.#rewriter;
    if (rewriter.collectedBytes > 0) {
      // Only now that there is something for it: no file of a ring is without packets.
      if (this.#output.isFull) {
        await this.#end();
        this.#output.next();
        await this.#begin();
      }
      await this.#output.write(rewriter.collected());
      rewriter.clear();
    }
    if (rewriter.hasNews(this.#cursor)) {
      for (const piece of rewriter.news(this.#cursor)) await this.#output.write(piece);
    }
    await this.#writeRemarks();
  }

  async #writeRemarks(): Promise<void> {
    if (this.#remarks.length === 0 || this.#cursor.interfaces.length === 0) return;
    const { received, dropped } = this.#source.counts();
    for (const { time, text } of this.#remarks.splice(0)) {
      await this.#output.write(this.#rewriter.statistics(0, time, received, dropped, text));
    }
  }

  /** What the interfaces counted, at the end of a file. */
  async #end(): Promise<void> {
    await this.#writeRemarks();
    const time = timeNow();
    const { received, dropped } = this.#source.counts();
    const { interfaces } = this.#cursor;
    for (const [index, { droppedPackets }] of interfaces.entries()) {
      const isAlone = interfaces.length === 1;
      const statistics = this.#rewriter.statistics(
        index,
        time,
        isAlone ? (received ?? this.#packets) : null,
        droppedPackets ?? (isAlone ? dropped : null),
      );
      await this.#output.write(statistics);
    }
  }

  #droppedBy(): number | null {
    let sum: number | null = null;
    for (const { droppedPackets } of this.#cursor.interfaces) {
      if (droppedPackets !== null) sum = (sum ?? 0) + droppedPackets;
    }
    return sum;
  }
}

function timeNow(): Timestamp {
  const now = Date.now();
  return { seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1_000_000 };
}
