import type { LiveStream } from './live-stream.ts';

/** A stream as it is now: what it came to, and how it went over the last looks. */
export interface LiveRow extends LiveStream {
  /** Of the packets expected since the earliest of the last looks; null where none was expected. */
  readonly lossPercent: number | null;
  /** Media (RTP header and payload) since the earliest of the last looks. */
  readonly bitrateBps: number;
  readonly packetRate: number;
  readonly ageSeconds: number;
  /** Since the last packet. */
  readonly silentSeconds: number;
  /** The findings' limits for loss and jitter, held to the last looks. */
  readonly grade: 'bad' | 'fair' | 'good';
  /** Look by look, the oldest first; null where there was nothing to tell it by. */
  readonly history: LiveHistory;
}

export interface LiveHistory {
  readonly lossPercent: readonly (number | null)[];
  readonly jitterMs: readonly (number | null)[];
  readonly bitrateBps: readonly (number | null)[];
}

interface Look {
  readonly atSeconds: number;
  readonly packets: number;
  readonly bytes: number;
  readonly expected: number;
  readonly lost: number;
}

/** Over so many looks rates are taken: numbers that one can read, and that still move. */
const LOOKS = 5;
const MOST_HISTORY = 120;
const SHORTEST_SECONDS = 0.05;
/** As the findings have them (G.107: conversation suffers from about 1 % loss and 50 ms). */
const LOSS_FAIR_PERCENT = 1;
const LOSS_BAD_PERCENT = 5;
const JITTER_FAIR_MS = 30;
const JITTER_BAD_MS = 50;

class Watched {
  /** The last looks, the oldest first. */
  readonly looks: Look[] = [];
  readonly history = { lossPercent: [], jitterMs: [], bitrateBps: [] } as Record<keyof LiveHistory, (number | null)[]>;
}

/** Makes rates out of looks at counters. Streams that are not among the looked-at any more are forgotten. */
export class LiveTable {
  readonly #watched = new Map<number, Watched>();

  /** @param nowSeconds since 1970, by the clock of the capture. */
  look(streams: readonly LiveStream[], nowSeconds: number): LiveRow[] {
    const gone = new Set(this.#watched.keys());
    const rows = streams.map((stream) => {
      gone.delete(stream.number);
      let watched = this.#watched.get(stream.number);
      if (watched === undefined) {
        watched = new Watched();
        this.#watched.set(stream.number, watched);
      }
      return rowOf(stream, watched, nowSeconds);
    });
    for (const number of gone) this.#watched.delete(number);
    return rows;
  }

  /** Begins anew, as the numbers of streams do. */
  clear(): void {
    this.#watched.clear();
  }
}

function rowOf(stream: LiveStream, watched: Watched, nowSeconds: number): LiveRow {
  const { looks, history } = watched;
  const before: Look = looks.at(-1) ?? beginning(stream);
  const since: Look = looks[0] ?? beginning(stream);
  const now: Look = { ...counters(stream), atSeconds: Math.max(nowSeconds, before.atSeconds) };
  const lossPercent = lossBetween(since, now);
  const bitrateBps = rateBetween(since, now, now.bytes - since.bytes) * 8;
  const isSilent = now.packets === before.packets;
  remember(history.lossPercent, lossBetween(before, now));
  remember(history.jitterMs, isSilent ? null : stream.jitterMs);
  remember(history.bitrateBps, rateBetween(before, now, now.bytes - before.bytes) * 8);
  looks.push(now);
  if (looks.length > LOOKS) looks.shift();
  return {
    ...stream,
    lossPercent,
    bitrateBps,
    packetRate: rateBetween(since, now, now.packets - since.packets),
    ageSeconds: Math.max(0, now.atSeconds - stream.firstSeconds),
    silentSeconds: Math.max(0, now.atSeconds - stream.lastSeconds),
    grade: gradeOf(lossPercent, stream.jitterMs),
    history,
  };
}

/** A stream that is seen for the first time began when its first packet came. */
function beginning({ firstSeconds }: LiveStream): Look {
  return { atSeconds: firstSeconds, packets: 0, bytes: 0, expected: 0, lost: 0 };
}

function counters({ packets, bytes, expected, lost }: LiveStream): Omit<Look, 'atSeconds'> {
  return { packets, bytes, expected, lost };
}

/** A late packet takes back a loss that was told before: never below none. */
function lossBetween(from: Look, to: Look): number | null {
  const expected = to.expected - from.expected;
  if (expected <= 0) return null;
  return Math.min(100, (Math.max(0, to.lost - from.lost) / expected) * 100);
}

function rateBetween(from: Look, to: Look, amount: number): number {
  return Math.max(0, amount) / Math.max(SHORTEST_SECONDS, to.atSeconds - from.atSeconds);
}

function remember(values: (number | null)[], value: number | null): void {
  values.push(value);
  if (values.length > MOST_HISTORY) values.shift();
}

function gradeOf(lossPercent: number | null, jitterMs: number | null): LiveRow['grade'] {
  const loss = lossPercent ?? 0;
  const jitter = jitterMs ?? 0;
  if (loss >= LOSS_BAD_PERCENT || jitter >= JITTER_BAD_MS) return 'bad';
  return loss >= LOSS_FAIR_PERCENT || jitter >= JITTER_FAIR_MS ? 'fair' : 'good';
}
