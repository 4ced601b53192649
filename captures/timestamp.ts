/** A moment with a capture's full resolution. A double holds neither of today's nanoseconds since 1970 exactly. */
export interface Timestamp {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Nanoseconds from `from` to `to`; exact up to 104 days. */
export function elapsedNs(from: Timestamp, to: Timestamp): number {
  return (to.seconds - from.seconds) * 1e9 + (to.nanoseconds - from.nanoseconds);
}

/**
 * ISO 8601 in UTC, such as `2026-11-24T03:12:40.123456Z`.
 *
 * @param digits decimal places of the second, 0 to 9.
 * @returns null for a year outside 0 to 9999, which ISO 8601 cannot write in four digits.
 */
export function formatTime(time: Timestamp, digits: number): string | null {
  const date = new Date(time.seconds * 1000);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999) return null;
  const whole = date.toISOString().slice(0, 19);
  if (digits === 0) return `${whole}Z`;
  return `${whole}.${String(time.nanoseconds).padStart(9, '0').slice(0, digits)}Z`;
}
