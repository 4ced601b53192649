import type { Analysis } from '../../analyzers/index.ts';
import { visible } from '../text/visible.ts';
import { type CsvValue, STREAM_COLUMNS } from './stream-columns.ts';

/**
 * One row a stream, RFC 4180: CRLF, a header row, quotes where needed, full precision; what is not known is empty.
 * Strings from packets cannot become formulas in a spreadsheet.
 */
export function renderCsv(analysis: Analysis): string {
  const rows = [STREAM_COLUMNS.map(([name]) => name).join(',')];
  for (const stream of analysis.streams) {
    rows.push(STREAM_COLUMNS.map(([, cell]) => field(cell(stream))).join(','));
  }
  return `${rows.join('\r\n')}\r\n`;
}

/** One value as a cell. */
export function field(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  if (typeof value === 'boolean') return String(value);
  return quote(harmless(visible(value)));
}

/** A leading apostrophe is what spreadsheets take as "this is text"; they begin a formula at = + - @ (and at their wide forms). */
function harmless(text: string): string {
  return /^[=+\-@＝＋－＠]/u.test(text) ? `'${text}` : text;
}

function quote(text: string): string {
  return /[",;\r\n\s']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
