import { formatTime, type Timestamp } from '../../captures/index.ts';

/*
 * Times of a report, which are ISO 8601 in UTC with the capture's resolution (captures/timestamp.ts), back to values that
 * can be compared and added to.
 */

/** @returns null where the text is no such time. */
export function parseReportTime(text: string): Timestamp | null {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  if (parts === null) return null;
  const milliseconds = Date.parse(`${parts[1]}Z`);
  if (Number.isNaN(milliseconds)) return null;
  return { seconds: milliseconds / 1000, nanoseconds: Number((parts[2] ?? '').padEnd(9, '0')) };
}

/** The time `elapsedMs` later, with as many decimal places. */
export function laterReportTime(text: string, elapsedMs: number): string | null {
  const time = parseReportTime(text);
  if (time === null) return null;
  const nanoseconds = time.nanoseconds + Math.round(elapsedMs * 1e6);
  const carried = Math.floor(nanoseconds / 1e9);
  const point = text.indexOf('.');
  const digits = point < 0 ? 0 : text.length - point - 2;
  return formatTime({ seconds: time.seconds + carried, nanoseconds: nanoseconds - carried * 1e9 }, digits);
}
