import { parse, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { bringsData, type ChartLine, type ChartName, cutLine } from './chart-lines.ts';
import { element } from './dom.ts';
import type { TimeRange } from './time-range.ts';

/** A shorter drag is a click with an unsteady hand. */
const LEAST_DRAG_PX = 6;

/** What the reader points at; told to all charts, so that a moment shows in each. */
export interface Pointing {
  readonly chart: Chart;
  /** Milliseconds since 1970; of delay for the chart of delay. */
  readonly x: number;
  /** Where on the screen, for what is shown beside it. */
  readonly clientX: number;
  readonly clientY: number;
}

/** One of the page's charts: Vega draws, this points, drags and resizes. Expressions are interpreted: no code from strings. */
export class Chart {
  readonly name: ChartName;
  /** Null for a chart that is not over time. */
  readonly range: TimeRange | null;
  lines: readonly ChartLine[] = [];
  readonly #view: View;
  readonly #plot: HTMLElement;
  readonly #cross = element('div', { class: 'cross', hidden: true });
  readonly #brush = element('div', { class: 'brush', hidden: true });
  #drawn: Promise<unknown> = Promise.resolve();

  constructor(plot: HTMLElement, name: ChartName, spec: object, range: TimeRange | null) {
    this.name = name;
    this.range = range;
    this.#plot = plot;
    const drawing = element('div', { class: 'drawing' });
    plot.append(drawing, this.#cross, this.#brush);
    this.#view = new View(parse(spec as never, undefined, { ast: true } as never), {
      renderer: 'svg',
      container: drawing,
      expr: expressionInterpreter,
      hover: false,
      loader: CLOSED,
      tooltip: () => undefined,
    } as never);
    this.#resize();
    new ResizeObserver(() => this.#resize()).observe(plot);
  }

  /** Shows these lines, within the range of time. */
  draw(lines: readonly ChartLine[]): void {
    const { range } = this;
    this.lines = range === null ? lines : lines.map((line) => cutLine(line, range.from, range.to));
    if (range !== null) this.#view.signal('from', range.from).signal('to', range.to);
    const [x, y] = range === null ? ['delayMs', 'share'] : ['time', 'value'];
    const rows = this.lines.flatMap((line) =>
      line.x.map((at, place) => ({ slot: line.slot, [x]: at, [y]: line.y[place] })),
    );
    if (!bringsData(this.name)) this.#view.data('lines', rows);
    this.#run();
  }

  /** @param pick is called with the id of the stream whose bar is clicked. */
  onPick(pick: (id: string) => void): void {
    if (this.name !== 'timeline') return;
    this.#view.addEventListener('click', (_event, item) => {
      const id: unknown = (item?.datum as { id?: unknown } | undefined)?.id;
      if (typeof id === 'string') pick(id);
    });
  }

  /** The vertical line at `x`; none for null and for what lies outside. */
  point(x: number | null): void {
    const px = x === null ? Number.NaN : (this.#scale()(x) as number);
    const inside = px >= 0 && px <= this.#view.signal('width');
    this.#cross.hidden = !inside;
    if (inside) this.#cross.style.transform = `translateX(${this.#offsetPx() + px}px)`;
  }

  /** Where `x` stands on the screen. */
  screenX(x: number): number {
    return this.#plot.getBoundingClientRect().left + this.#offsetPx() + (this.#scale()(x) as number);
  }

  /** @param tell is called with what the reader points at, null for nothing. */
  listen(tell: (pointing: Pointing | null) => void): void {
    let dragFrom: number | null = null;
    const plot = this.#plot;
    plot.addEventListener('pointermove', (event) => {
      const x = this.#invert(event.clientX);
      if (dragFrom !== null) this.#showBrush(dragFrom, event.clientX);
      tell(x === null ? null : { chart: this, x, clientX: event.clientX, clientY: event.clientY });
    });
    plot.addEventListener('pointerleave', () => tell(null));
    if (this.range === null) return;
    const { range } = this;
    plot.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      dragFrom = event.clientX;
      plot.setPointerCapture(event.pointerId);
    });
    const end = (event: PointerEvent, zooms: boolean) => {
      this.#brush.hidden = true;
      const from = dragFrom;
      dragFrom = null;
      if (from === null || !zooms || Math.abs(event.clientX - from) < LEAST_DRAG_PX) return;
      const ends = [this.#invert(from, true) as number, this.#invert(event.clientX, true) as number].sort(
        (a, b) => a - b,
      );
      range.set(ends[0], ends[1]);
    };
    plot.addEventListener('pointerup', (event) => end(event, true));
    plot.addEventListener('pointercancel', (event) => end(event, false));
    plot.addEventListener('dblclick', () => range.reset());
  }

  /** @returns the place under a point of the screen; null outside of the axis, unless it is to be brought inside. */
  #invert(clientX: number, clamp = false): number | null {
    const width = this.#view.signal('width') as number;
    let px = clientX - this.#plot.getBoundingClientRect().left - this.#offsetPx();
    if (clamp) px = Math.max(0, Math.min(width, px));
    return px < 0 || px > width ? null : Number(this.#scale().invert(px));
  }

  #showBrush(fromClientX: number, toClientX: number): void {
    const left = this.#plot.getBoundingClientRect().left;
    this.#brush.hidden = false;
    this.#brush.style.transform = `translateX(${Math.min(fromClientX, toClientX) - left}px)`;
    this.#brush.style.width = `${Math.abs(toClientX - fromClientX)}px`;
  }

  #scale(): ((x: number) => number) & { invert(px: number): number | Date } {
    return this.#view.scale('x');
  }

  /** From the left edge of the picture to the begin of the axis: room for labels, and padding. */
  #offsetPx(): number {
    const padding = this.#view.padding() as { left?: number } | number;
    return this.#view.origin()[0] + (typeof padding === 'number' ? padding : (padding.left ?? 0));
  }

  #resize(): void {
    const width = this.#plot.clientWidth;
    if (width <= 0 || width === this.#view.width()) return;
    this.#view.width(width);
    this.#run();
  }

  /** One run at a time: Vega's own queue does not take changes while it is being emptied. */
  #run(): void {
    this.#drawn = this.#drawn.then(() => this.#view.runAsync());
  }
}

const CLOSED = {
  load: () => Promise.reject(new Error('a chart loads nothing')),
  sanitize: () => Promise.reject(new Error('a chart links to nothing')),
};
