import type { LiveRow } from './live-table.ts';

export const LIVE_SORTS = ['worst', 'loss', 'jitter', 'bitrate', 'packets', 'age', 'media', 'address'] as const;
export type LiveSort = (typeof LIVE_SORTS)[number];

type Compare = (a: LiveRow, b: LiveRow) => number;

const falling =
  (value: (row: LiveRow) => number | null): Compare =>
  (a, b) =>
    (value(b) ?? -1) - (value(a) ?? -1);
const GRADES = { good: 0, fair: 1, bad: 2 };
const byText =
  (text: (row: LiveRow) => string): Compare =>
  (a, b) => {
    const [one, other] = [text(a), text(b)];
    return one < other ? -1 : one > other ? 1 : 0;
  };

const byLoss = falling(({ lossPercent }) => lossPercent);
const byJitter = falling(({ jitterMs }) => jitterMs);
const COMPARES: Readonly<Record<LiveSort, readonly Compare[]>> = {
  worst: [falling(({ grade }) => GRADES[grade]), byLoss, byJitter],
  loss: [byLoss],
  jitter: [byJitter],
  bitrate: [falling(({ bitrateBps }) => bitrateBps)],
  packets: [falling(({ packetRate }) => packetRate)],
  age: [falling(({ ageSeconds }) => ageSeconds)],
  media: [byText(({ kind, codec }) => `${kind} ${codec ?? ''}`)],
  address: [byText(({ source, destination }) => `${source} ${destination}`)],
};

/** A sorted copy. Equal rows stay in the order in which their streams appeared, so that the table does not flicker. */
export function sortLive(rows: readonly LiveRow[], sort: LiveSort, reversed = false): LiveRow[] {
  const compares = COMPARES[sort];
  const way = reversed ? -1 : 1;
  return [...rows].sort((a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order * way;
    }
    return a.number - b.number;
  });
}
