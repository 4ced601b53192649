/*
 * A capture that drops packets makes holes in everything it sees at the same moment; a network makes holes in what
 * passes one path. So holes that open together in nearly all streams then running, from more than one sender, are
 * suspected to be the capture's.
 */
const TOGETHER_SECONDS = 0.2;
/** A stream runs while its packets lie no further apart. */
const RUNNING_SECONDS = 1;
/** A stream whose packets lie further apart on average, such as RTX, need not show a hole where the capture has one. */
export const SHOWS_HOLES_SECONDS = 0.2;
const FEWEST_STREAMS = 3;
const FEWEST_SOURCES = 2;
const SHARE = 0.8;
/** Streams kept of one moment; more change nothing. */
const MOST_STREAMS = 65_536;

/** What the rule asks of the streams. */
export interface RunningStreams {
  /**
   * How many streams that show holes began before `untilSeconds` and had a packet since `sinceSeconds`, in seconds since 1970.
   */
  countRunning(sinceSeconds: number, untilSeconds: number): number;
  /** Some name of the sender's address that is equal for equal senders. */
  sender(row: number): string;
}

/** Watches for holes that open in all streams at once. */
export class CaptureLoss {
  readonly #streams: RunningStreams;
  /** Packets of each stream in moments that are over. */
  readonly #suspected = new Map<number, number>();
  /** Packets of each stream in the moment at hand. */
  #open = new Map<number, number>();
  #firstSeconds = Number.NaN;

  constructor(streams: RunningStreams) {
    this.#streams = streams;
  }

  /** A stream shows a hole of so many packets. @param seconds when, since 1970. */
  hole(row: number, count: number, seconds: number): void {
    if (!(seconds - this.#firstSeconds <= TOGETHER_SECONDS)) {
      if (this.#isTogether()) addAll(this.#suspected, this.#open);
      this.#open = new Map();
      this.#firstSeconds = seconds;
    }
    const before = this.#open.get(row);
    if (before !== undefined || this.#open.size < MOST_STREAMS) this.#open.set(row, (before ?? 0) + count);
  }

  /** Whether nearly all streams have holes in the moment at hand. */
  #isTogether(): boolean {
    const rows = this.#open;
    if (rows.size < FEWEST_STREAMS) return false;
    const first = this.#firstSeconds;
    const running = this.#streams.countRunning(first - RUNNING_SECONDS, first);
    if (rows.size < SHARE * running) return false;
    const senders = new Set<string>();
    for (const row of rows.keys()) if (senders.add(this.#streams.sender(row)).size >= FEWEST_SOURCES) return true;
    return false;
  }

  /** Packets that the capture is suspected to have lost, by stream. Changes nothing: the moment at hand stays open. */
  suspected(): ReadonlyMap<number, number> {
    const suspected = new Map(this.#suspected);
    if (this.#isTogether()) addAll(suspected, this.#open);
    return suspected;
  }

  /** The row goes to another stream. */
  forget(row: number): void {
    this.#suspected.delete(row);
    this.#open.delete(row);
  }
}

function addAll(to: Map<number, number>, counts: ReadonlyMap<number, number>): void {
  for (const [row, count] of counts) to.set(row, (to.get(row) ?? 0) + count);
}
