import { parseTime } from '../filter/time-text.ts';

/** Seconds since 1970 below this would lie before 2001; above, a number counts ms, and so on in steps of a thousand. */
const EARLIEST_SECONDS = 1e9;

/**
 * A time as replica histories give it: ISO 8601 (UTC without a zone), or a number since 1970 in seconds, ms, µs or ns, told by its
 * size.
 *
 * @returns ms since 1970, null where it is no time.
 */
export function historyTimeMs(value: unknown): number | null {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (/^\d+(\.\d+)?(e\+?\d+)?$/i.test(text)) {
    let ms = Number(text) * 1000;
    if (!Number.isFinite(ms) || ms < EARLIEST_SECONDS * 1000) return null;
    while (ms >= EARLIEST_SECONDS * 1e5) ms /= 1000;
    return ms;
  }
  const time = parseTime(text);
  return time === null ? null : time.seconds * 1000 + time.nanoseconds / 1e6;
}
