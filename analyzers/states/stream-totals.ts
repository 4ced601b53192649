import { jitterTotals } from '../rtp/jitter.ts';
import { ROW_FIELDS } from '../rtp/rows.ts';
import type { RtpStreams } from '../rtp/rtp-streams.ts';

/** What of a stream only grows, so that the difference of two moments is what lies between. */
export const Total = {
  packets: 0,
  bytes: 1,
  expected: 2,
  lost: 3,
  late: 4,
  lossRuns: 5,
  jitterCount: 6,
  jitterSumNs: 7,
  frames: 8,
  damagedFrames: 9,
  freezes: 10,
  freezeNs: 11,
} as const;
export const TOTALS = 12;

/** Fills in the totals of a stream so far. */
export function readTotals(streams: RtpStreams, row: number, into: Float64Array): void {
  const at = row * ROW_FIELDS;
  const sequence = streams.sequence.summary(row, at);
  const jitter = jitterTotals(streams.rows.fields, at);
  const frames = streams.frames.summary(row, at);
  into[Total.packets] = sequence.received;
  into[Total.bytes] = streams.bytes(row);
  into[Total.expected] = sequence.expected;
  into[Total.lost] = sequence.lost;
  into[Total.late] = sequence.late;
  into[Total.lossRuns] = sequence.bursts?.runs ?? 0;
  into[Total.jitterCount] = jitter.count;
  into[Total.jitterSumNs] = jitter.sumNs;
  into[Total.frames] = frames.frames;
  into[Total.damagedFrames] = frames.damaged;
  into[Total.freezes] = frames.freezes;
  into[Total.freezeNs] = frames.freezeNs;
}
