import type { ReportData, ReportStream } from '../report-data.ts';
import type { ChosenStreams } from './chosen-streams.ts';
import { byId, element } from './dom.ts';
import { drawSpark } from './sparkline.ts';
import { GRADE_WORDS, STREAM_COLUMNS, type StreamColumn, sortStreams } from './stream-columns.ts';
import { drawDetail } from './stream-detail.ts';
import { streamFilter } from './stream-filter.ts';
import { drawSwatch } from './swatch.ts';

const ROWS_AT_ONCE = 200;
const GRADE_SIGNS = { bad: '✖', fair: '▲', good: '✔' } as const;

/** The table of streams: sorts, filters, opens all figures of a stream, and chooses streams for the charts. */
export class StreamTable {
  readonly #data: ReportData;
  readonly #chosen: ChosenStreams;
  readonly #body = byId('stream-table').querySelector('tbody') as HTMLElement;
  readonly #more = byId<HTMLButtonElement>('more-rows');
  readonly #text = byId<HTMLInputElement>('filter-text');
  readonly #grade = byId<HTMLSelectElement>('filter-grade');
  readonly #headers = new Map<StreamColumn, HTMLElement>();
  readonly #open = new Set<string>();
  #sort: { by: StreamColumn; direction: 'ascending' | 'descending' } | null = null;
  #limit = ROWS_AT_ONCE;

  constructor(data: ReportData, chosen: ChosenStreams) {
    this.#data = data;
    this.#chosen = chosen;
    this.#drawHead();
    const refilter = () => {
      this.#limit = ROWS_AT_ONCE;
      this.#draw();
    };
    this.#text.addEventListener('input', refilter);
    this.#grade.addEventListener('change', refilter);
    byId('filter').addEventListener('submit', (event) => event.preventDefault());
    this.#more.addEventListener('click', () => {
      this.#limit += ROWS_AT_ONCE;
      this.#draw();
    });
    chosen.onChange(() => this.#showChosen());
    this.#draw();
  }

  /** Opens a stream and brings it into view, whatever the filter was. */
  reveal(id: string): void {
    this.#text.value = '';
    this.#grade.value = '';
    this.#limit = Math.max(this.#limit, this.#data.streams.length);
    this.#open.add(id);
    this.#draw();
    const row = this.#body.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(id)}"]`);
    row?.scrollIntoView({ block: 'center' });
    row?.querySelector<HTMLElement>('button')?.focus({ preventScroll: true });
  }

  #drawHead(): void {
    const row = element('tr', {}, element('th', { scope: 'col' }, 'Chart'), element('th', { scope: 'col' }, 'Id'));
    for (const column of STREAM_COLUMNS) {
      const button = element('button', { type: 'button' }, column.title);
      const header = element('th', { scope: 'col', class: cellClass(column), 'aria-sort': 'none' }, button);
      button.addEventListener('click', () => this.#sortBy(column));
      this.#headers.set(column, header);
      row.append(header);
    }
    row.append(element('th', { scope: 'col' }, 'Over time'));
    (byId('stream-table').querySelector('thead') as HTMLElement).replaceChildren(row);
  }

  /** First the way that one looks for, most of a number and A to Z; then the other; then worst first again. */
  #sortBy(column: StreamColumn): void {
    const first = column.numeric && column.name !== 'mos' ? 'descending' : 'ascending';
    if (this.#sort?.by !== column) this.#sort = { by: column, direction: first };
    else if (this.#sort.direction === first) {
      this.#sort = { by: column, direction: first === 'ascending' ? 'descending' : 'ascending' };
    } else this.#sort = null;
    for (const [other, header] of this.#headers) {
      header.setAttribute('aria-sort', this.#sort?.by === other ? this.#sort.direction : 'none');
    }
    this.#draw();
  }

  #draw(): void {
    const matches = streamFilter(this.#text.value);
    const show = this.#grade.value;
    const found = this.#data.streams.filter((stream) => {
      if (show === 'trouble' && stream.grade === 'good') return false;
      if (show === 'chosen' && this.#chosen.slotOf(stream.id) === null) return false;
      return matches(stream);
    });
    const sorted = this.#sort === null ? found : sortStreams(found, this.#sort.by, this.#sort.direction);
    const rows: Node[] = [];
    for (const stream of sorted.slice(0, this.#limit)) {
      rows.push(this.#row(stream));
      if (this.#open.has(stream.id)) rows.push(this.#detailRow(stream));
    }
    this.#body.replaceChildren(...rows);
    this.#more.hidden = sorted.length <= this.#limit;
    byId('filter-count').textContent = `${found.length} of ${this.#data.streams.length} streams`;
  }

  #row(stream: ReportStream): HTMLElement {
    const { id } = stream;
    const tick = element('input', {
      type: 'checkbox',
      'aria-label': `${id} in the charts`,
      disabled: stream.lines === null,
    });
    tick.addEventListener('change', () => {
      if (!tick.checked) this.#chosen.remove(id);
      else if (!this.#chosen.add(id)) {
        tick.checked = false;
        byId('filter-count').textContent = 'All lines of the charts are taken: untick a stream first.';
      }
    });
    const opens = element('button', { type: 'button', class: 'link', 'aria-expanded': String(this.#open.has(id)) }, id);
    opens.addEventListener('click', () => {
      if (!this.#open.delete(id)) this.#open.add(id);
      const expanded = this.#open.has(id);
      opens.setAttribute('aria-expanded', String(expanded));
      if (expanded) row.after(this.#detailRow(stream));
      else row.nextElementSibling?.remove();
    });
    const cells = STREAM_COLUMNS.map((column) => {
      if (column.name !== 'grade') return element('td', { class: cellClass(column) }, column.text(stream));
      const word = element('span', { class: 'word' }, ` ${GRADE_WORDS[stream.grade]}`);
      const badge = element(
        'span',
        { class: `badge ${stream.grade}`, title: word.textContent ?? '' },
        GRADE_SIGNS[stream.grade],
        word,
      );
      return element('td', { class: cellClass(column) }, badge);
    });
    const row = element(
      'tr',
      { 'data-id': id },
      element('td', { class: 'choose' }, tick, element('span', { class: 'line' })),
      element('th', { scope: 'row' }, opens),
      ...cells,
      element('td', { class: 'c-spark' }, drawSpark(stream)),
    );
    this.#showSlot(row, id);
    return row;
  }

  #detailRow(stream: ReportStream): HTMLElement {
    const findings = this.#data.findings.filter(({ streams }) => streams.includes(stream.id));
    const cell = element('td', { colspan: String(STREAM_COLUMNS.length + 3) }, drawDetail(stream, findings));
    return element('tr', { class: 'detail-row' }, cell);
  }

  #showChosen(): void {
    for (const row of this.#body.querySelectorAll<HTMLElement>('tr[data-id]'))
      this.#showSlot(row, row.dataset['id'] as string);
  }

  #showSlot(row: HTMLElement, id: string): void {
    const slot = this.#chosen.slotOf(id);
    (row.querySelector('input') as HTMLInputElement).checked = slot !== null;
    row.querySelector('.line')?.replaceChildren(drawSwatch(slot));
  }
}

function cellClass(column: StreamColumn): string {
  return column.numeric ? `c-${column.name} number` : `c-${column.name}`;
}
