import { JITTER_AT } from './rows.ts';

/*
 * Interarrival jitter (RFC 3550, section 6.4.1, and appendix A.8):
 *
 *   D(i-1,i) = (R_i - R_i-1) - (S_i - S_i-1)          R arrival, S RTP timestamp, both in the same unit
 *   J(i)     = J(i-1) + (|D(i-1,i)| - J(i-1)) / 16
 *
 * Every packet counts in the order of arrival, late ones too (6.4.1: "regardless of the order of packets"). Duplicates
 * are left out: they were not sent. The unit here is the nanosecond, so that fractions of a timestamp tick are kept
 * and a clock rate such as 11025 Hz needs no rounding.
 */
const GAIN = 1 / 16;
/**
 * Timestamps that go back by so much from one packet to the next one sent, or that run so far ahead of arrival, were
 * set anew by the sender, as after a change of source: the difference is no delay. (Late packets go back as well, but
 * never so far.)
 */
const TIMESTAMPS_BACK_NS = -3e9;
const TIMESTAMPS_AHEAD_NS = 10e9;

const PREVIOUS_NS = JITTER_AT;
const PREVIOUS_TIMESTAMP = JITTER_AT + 1;
/** The clock of the packet before, as its tick's length: between two clocks there is no D (RFC 7160, section 4). */
const NS_PER_TICK = JITTER_AT + 2;
const JITTER_NS = JITTER_AT + 3;
const SUM_NS = JITTER_AT + 4;
const MAX_NS = JITTER_AT + 5;
const COUNT = JITTER_AT + 6;

/** Whether a step of the timestamps between two packets cannot be media time. */
export function isSetAnew(mediaNs: number, deltaNs: number): boolean {
  return mediaNs < TIMESTAMPS_BACK_NS || mediaNs - deltaNs > TIMESTAMPS_AHEAD_NS;
}

/** Breaks the row of packets: from the one before to the next there is no D, such as after a restart of the numbering. */
export function breakJitter(fields: Float64Array, at: number): void {
  fields[at + NS_PER_TICK] = 0;
}

/**
 * Counts a packet.
 *
 * @param arrivalNs its arrival by any clock whose zero stays the same.
 * @param timestamp the packet's RTP timestamp; only the low 32 bits count.
 * @param nsPerTick 1e9 / clock rate.
 * @returns J after this packet, in nanoseconds; -1 where there is no D from the packet before: the first of its clock,
 * or one whose timestamp was set anew.
 */
export function addJitter(
  fields: Float64Array,
  at: number,
  arrivalNs: number,
  timestamp: number,
  nsPerTick: number,
): number {
  const deltaNs = arrivalNs - fields[at + PREVIOUS_NS];
  // The difference modulo 2^32 as a signed number carries over the timestamp's wrap.
  const ticks = (timestamp - fields[at + PREVIOUS_TIMESTAMP]) | 0;
  fields[at + PREVIOUS_NS] = arrivalNs;
  fields[at + PREVIOUS_TIMESTAMP] = timestamp;
  if (nsPerTick !== fields[at + NS_PER_TICK]) {
    fields[at + NS_PER_TICK] = nsPerTick;
    return -1;
  }
  const mediaNs = ticks * nsPerTick;
  const d = deltaNs - mediaNs;
  if (isSetAnew(mediaNs, deltaNs)) return -1;
  const before = fields[at + JITTER_NS];
  const jitterNs = before + (Math.abs(d) - before) * GAIN;
  fields[at + JITTER_NS] = jitterNs;
  fields[at + SUM_NS] += jitterNs;
  fields[at + COUNT]++;
  fields[at + MAX_NS] = Math.max(fields[at + MAX_NS], jitterNs);
  return jitterNs;
}

/** J after the last packet, in ns; null where there was no pair of packets. */
export function jitterNowNs(fields: Float64Array, at: number): number | null {
  return fields[at + COUNT] === 0 ? null : fields[at + JITTER_NS];
}

/** How often J was counted, and the sum of J, in ns. */
export function jitterTotals(fields: Float64Array, at: number): { count: number; sumNs: number } {
  return { count: fields[at + COUNT], sumNs: fields[at + SUM_NS] };
}

/** Forgets all, before the stream is counted anew with another clock rate. */
export function clearJitter(fields: Float64Array, at: number): void {
  fields.fill(0, at + JITTER_AT, at + COUNT + 1);
}

/**
 * @param p95Ns the 95th percentile of J, as the samples tell it.
 * @returns mean, maximum and 95th percentile of J over the packets, null where there was no pair of packets.
 */
export function jitterMs(
  fields: Float64Array,
  at: number,
  p95Ns: number | null,
): { mean: number; max: number; p95: number } | null {
  const count = fields[at + COUNT];
  if (count === 0) return null;
  const maxNs = fields[at + MAX_NS];
  return { mean: fields[at + SUM_NS] / count / 1e6, max: maxNs / 1e6, p95: Math.min(p95Ns ?? maxNs, maxNs) / 1e6 };
}
