import { describe, expect, it } from 'vitest';
import {
  formatBitrate,
  formatBytes,
  formatCount,
  formatMoment,
  formatMs,
  formatPercent,
  formatSeconds,
  formatSsrc,
} from '../../../reports/text/figures.ts';

describe('figures', () => {
  it.each([
    [formatCount(null), '-'],
    [formatCount(999), '999'],
    [formatCount(1234567), '1,234,567'],
    [formatPercent(0), '0.00 %'],
    [formatPercent(0.0004), '<0.01 %'],
    [formatPercent(99.9999), '>99.99 %'],
    [formatPercent(100), '100.00 %'],
    [formatPercent(Number.NaN), '-'],
    [formatMs(0.35), '0.35'],
    [formatMs(9.996), '10.0'],
    [formatMs(240.4), '240'],
    [formatBitrate(999.6), '1.00 kb/s'],
    [formatBitrate(64000), '64.0 kb/s'],
    [formatBitrate(2.414e6), '2.41 Mb/s'],
    [formatBytes(12), '12 B'],
    [formatBytes(999_700), '1.00 MB'],
    [formatSeconds(0.5), '0.50 s'],
    [formatSeconds(99.96), '1 min 40 s'],
    [formatSeconds(3599.7), '1 h 00 min'],
    [formatSeconds(7500), '2 h 05 min'],
    [formatSsrc(0xdeadbeef), '0xdeadbeef'],
    [formatMoment('2026-11-24T03:12:40.123456789Z'), '2026-11-24 03:12:40.123'],
    [formatMoment('2026-11-24T03:12:40Z'), '2026-11-24 03:12:40'],
    [formatMoment(null), '-'],
  ])('%s is %s', (written, expected) => {
    expect(written).toBe(expected);
  });
});
