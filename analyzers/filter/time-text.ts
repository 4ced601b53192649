import type { Timestamp } from '../../captures/index.ts';

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * Reads a moment such as `2026-11-24T03:12:40.123456Z`, `2026-11-24 03:12:40+01:00` or `2026-11-24`; without a zone it is
 * UTC, as in all that this program prints. Keeps nanoseconds.
 *
 * @returns null where the text is no such moment.
 */
export function parseTime(text: string): Timestamp | null {
  const match = ISO.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(ms);
  // Date takes February 31st for March 3rd.
  if (date.getUTCDate() !== Number(day) || date.getUTCHours() !== Number(hour) || Number(second) > 59) return null;
  if (Number(month) > 12 || Number(minute) > 59 || Number(year) < 100) return null;
  const digits = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  const offsetSeconds =
    digits === null ? 0 : (Number(digits[2]) * 60 + Number(digits[3])) * (digits[1] === '-' ? -60 : 60);
  return { seconds: ms / 1000 - offsetSeconds, nanoseconds: Number(fraction.padEnd(9, '0')) };
}
