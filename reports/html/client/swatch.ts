import { LINE_STYLES } from '../../charts/palette.ts';
import { svgElement } from './dom.ts';

/** A piece of the line by which the charts draw a stream. */
export function drawSwatch(slot: number | null): SVGElement {
  const box = { class: 'swatch', width: 28, height: 8, viewBox: '0 0 28 8', 'aria-hidden': 'true' };
  if (slot === null) return svgElement('svg', box);
  const { color, dash } = LINE_STYLES[slot];
  const line = svgElement('path', {
    d: 'M0 4H28',
    stroke: color,
    'stroke-width': 3,
    'stroke-dasharray': dash.join(' '),
  });
  return svgElement('svg', box, line);
}
