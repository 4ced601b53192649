/*
 * Figures for people. The same in every locale, since reports are compared with one another; `-` for what is not known,
 * which is another thing than 0.
 */
export const UNKNOWN = '-';

/** `1,234,567`. */
export function formatCount(count: number | null): string {
  if (count === null || !Number.isFinite(count)) return UNKNOWN;
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Percent with two decimals. Little is never rounded to nothing, nor almost all to all. */
export function formatPercent(percent: number | null): string {
  if (percent === null || !Number.isFinite(percent)) return UNKNOWN;
  if (percent > 0 && percent < 0.01) return '<0.01 %';
  if (percent < 100 && percent >= 99.995) return '>99.99 %';
  return `${percent.toFixed(2)} %`;
}

/** Milliseconds with three significant places at most: `0.35`, `12.1`, `240`. Without unit. */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return UNKNOWN;
  const size = Math.abs(ms);
  return ms.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** `64.0 kb/s`, `2.41 Mb/s`. */
export function formatBitrate(bps: number | null): string {
  return scaled(bps, 1000, ['b/s', 'kb/s', 'Mb/s', 'Gb/s', 'Tb/s']);
}

/** `12.4 MB`, powers of 1000. */
export function formatBytes(bytes: number | null): string {
  return scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);
}

/** `0.85 s`, `42.1 s`, `3 min 20 s`, `2 h 05 min`. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return UNKNOWN;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${two(minutes % 60)} min`;
}

/** A score with two decimals, as MOS is written. */
export function formatScore(score: number | null): string {
  return score === null || !Number.isFinite(score) ? UNKNOWN : score.toFixed(2);
}

/** A score with what it rests on: `~4.2` where codec or figures are not those of ITU-T G.113 but assumed. */
export function formatOpinion({
  mos,
  mosBasis,
}: {
  readonly mos: number | null;
  readonly mosBasis: string | null;
}): string {
  return mos !== null && mosBasis === 'assumed' ? `~${formatScore(mos)}` : formatScore(mos);
}

/** What {@link formatOpinion}'s sign means, for below a table. */
export const ASSUMED_SCORES = '~ before a MOS: the codec, or its figures, are assumed and not those of ITU-T G.113.';

/** `0x0a1b2c3d`: the form that Wireshark shows and filters by. */
export function formatSsrc(ssrc: number): string {
  return `0x${(ssrc >>> 0).toString(16).padStart(8, '0')}`;
}

/** `2026-11-24 03:12:40.123` of an ISO 8601 time: milliseconds are as far as an eye reads; JSON and CSV have the rest. */
export function formatMoment(time: string | null): string {
  if (time === null) return UNKNOWN;
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d{1,3})?/.exec(time);
  return parts === null ? UNKNOWN : `${parts[1]} ${parts[2]}${parts[3] ?? ''}`;
}

/** `1 stream`, `3 streams`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

function scaled(value: number | null, step: number, units: readonly string[]): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  let unit = 0;
  while (Math.abs(value) >= step * 0.9995 && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  if (unit === 0) return `${Math.round(value)} ${units[0]}`;
  return `${value.toPrecision(3)} ${units[unit]}`;
}
