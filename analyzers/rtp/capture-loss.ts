/*
 * A capture that drops packets makes holes in everything it sees at the same moment; a network makes holes in what
 * passes one path. So holes that open together in nearly all streams then running, from more than one sender, are
 * suspected to be the capture's.
 */
const TOGETHER_SECONDS = 0.2;
/** A stream runs while its packets lie no further apart. */
const RUNNING_SECONDS = 1;
const FEWEST_STREAMS = 3;
const FEWEST_SOURCES = 2;
const SHARE = 0.8;
/** Holes kept of one moment; more change nothing. */
const MOST_HOLES = 65_536;

/** What the rule asks of the streams. */
export interface RunningStreams {
  /** How many streams had a packet since then, in seconds since 1970. */
  countRunning(sinceSeconds: number): number;
  /** Some name of the sender's address that is equal for equal senders. */
  sender(row: number): string;
}

/** Watches for holes that open in all streams at once. */
export class CaptureLoss {
  readonly #streams: RunningStreams;
  readonly #suspected = new Map<number, number>();
  #rows: number[] = [];
  #counts: number[] = [];
  #firstSeconds = Number.NaN;
  /** Moments at which the capture is suspected to have dropped packets. */
  moments = 0;

  constructor(streams: RunningStreams) {
    this.#streams = streams;
  }

  /** A stream shows a hole of so many packets. @param seconds when, since 1970. */
  hole(row: number, count: number, seconds: number): void {
    if (!(seconds - this.#firstSeconds <= TOGETHER_SECONDS)) {
      this.#judge();
      this.#firstSeconds = seconds;
    }
    if (this.#rows.length === MOST_HOLES) return;
    this.#rows.push(row);
    this.#counts.push(count);
  }

  #judge(): void {
    const rows = new Set(this.#rows);
    if (
      rows.size >= FEWEST_STREAMS &&
      rows.size >= SHARE * this.#streams.countRunning(this.#firstSeconds - RUNNING_SECONDS)
    ) {
      const senders = new Set<string>();
      for (const row of rows) if (senders.add(this.#streams.sender(row)).size >= FEWEST_SOURCES) break;
      if (senders.size >= FEWEST_SOURCES) {
        this.moments++;
        for (const [at, row] of this.#rows.entries()) {
          this.#suspected.set(row, (this.#suspected.get(row) ?? 0) + this.#counts[at]);
        }
      }
    }
    this.#rows = [];
    this.#counts = [];
  }

  /** Packets of a stream that the capture is suspected to have lost, as far as moments are over. */
  suspected(row: number): number {
    this.#judge();
    return this.#suspected.get(row) ?? 0;
  }
}
