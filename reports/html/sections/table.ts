import { countOf } from '../../text/figures.ts';
import { type Content, html, type Markup } from '../markup.ts';

export interface TableColumn<Row> {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly numeric?: boolean;
  cell(row: Row): Content;
}

/** Rows of a table that is not the report's main matter; the rest is counted. JSON has all. */
const ROWS_SHOWN = 200;

/** A table with its caption, in a box that scrolls sideways on a narrow screen; nothing where there are no rows. */
export function table<Row>(
  caption: string,
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  leftOut = 0,
): Markup | null {
  if (rows.length === 0) return null;
  const rest = rows.length - Math.min(rows.length, ROWS_SHOWN) + leftOut;
  const head = columns.map(({ title, numeric }) => html`<th scope="col"${side(numeric)}>${title}</th>`);
  const body = rows.slice(0, ROWS_SHOWN).map((row) => {
    return html`<tr>${columns.map(({ cell, numeric }) => html`<td${side(numeric)}>${cell(row)}</td>`)}</tr>\n`;
  });
  return html`<div class="box" tabindex="0" role="group" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>${rest > 0 ? html`<p class="note">${countOf(rest, 'row')} more left out.</p>` : null}`;
}

function side(numeric: boolean | undefined): Markup {
  return numeric ? html` class="number"` : html``;
}
