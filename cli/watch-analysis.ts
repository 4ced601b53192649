import { randomInt } from 'node:crypto';
import { Analyzer, type LiveRow, LiveTable } from '../analyzers/index.ts';
import { RecordStep } from '../captures/index.ts';
import type { WatchSource } from './watch-source.ts';

/** A stream that sent nothing for so long has ended, and leaves. */
const ENDED_SECONDS = 30;
/** What is known of a flow that had media or signalling stays: beyond so many flows everything is counted anew. */
const MOST_FLOWS = 200_000;
/** Other work gets a turn after so many records, and where the source gives more at once than can be waited for. */
const RECORDS_A_TURN = 20_000;

/** The streams of a source while they run. */
export class WatchAnalysis {
  packets = 0;
  isOver = false;
  readonly #source: WatchSource;
  readonly #table = new LiveTable();
  #analyzer = newAnalyzer();
  /** Latest time of a packet, and when this program saw it. */
  #latestSeconds = 0;
  #seenMs = 0;
  #isStopped = false;

  constructor(source: WatchSource) {
    this.#source = source;
  }

  /** Takes records until the source ends or {@link stop} is called. */
  async run(): Promise<void> {
    const { cursor } = this.#source;
    let taken = 0;
    try {
      while (!this.#isStopped) {
        const step = cursor.advance();
        if (step === RecordStep.end) break;
        if (step === RecordStep.needBytes) {
          await cursor.window.fill(cursor.neededBytes);
        } else {
          this.packets++;
          this.#analyzer.record(cursor, cursor.interfaceIndex);
          if (cursor.hasTime) this.#sawTime(cursor.seconds + cursor.nanoseconds / 1e9);
          taken++;
        }
        if (taken >= RECORDS_A_TURN) {
          taken = 0;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    } finally {
      this.isOver = true;
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#source.close();
  }

  /** By the clock of the capture, which goes on while no packet comes. */
  get nowSeconds(): number {
    if (this.#seenMs === 0) return Date.now() / 1000;
    const sinceMs = this.isOver ? 0 : performance.now() - this.#seenMs;
    return this.#latestSeconds + sinceMs / 1000;
  }

  look(): LiveRow[] {
    const now = this.nowSeconds;
    if (this.#analyzer.flows.size > MOST_FLOWS) {
      this.#analyzer = newAnalyzer();
      this.#table.clear();
    }
    if (!this.isOver) this.#analyzer.forgetSilentSince(now - ENDED_SECONDS);
    return this.#table.look(this.#analyzer.live(), now);
  }

  #sawTime(seconds: number): void {
    if (seconds < this.#latestSeconds) return;
    this.#latestSeconds = seconds;
    this.#seenMs = performance.now();
  }
}

function newAnalyzer(): Analyzer {
  return new Analyzer({ hashSeed: randomInt(2 ** 32) });
}
