import type { ReportStream } from '../report-data.ts';
import { svgElement } from './dom.ts';

const CELL = 3;
const HEIGHT = 22;

/** Throughput as a grey area, loss as bars before it; the time is the same for all streams. */
export function drawSpark(stream: ReportStream): SVGElement {
  const cells = Math.max(stream.bitrateSpark.length, 1);
  const children: Node[] = [];
  const add = (digits: string, className: string, width: number) => {
    [...digits].forEach((digit, place) => {
      if (digit === ' ' || digit === '0') return;
      const height = (Number(digit) / 9) * HEIGHT;
      children.push(svgElement('rect', { class: className, x: place * CELL, y: HEIGHT - height, width, height }));
    });
  };
  add(stream.bitrateSpark, 'spark-bitrate', CELL);
  add(stream.lossSpark, 'spark-loss', CELL - 0.5);
  const title = svgElement('title', {});
  title.textContent =
    stream.lost === 0 ? 'Throughput over time; nothing lost' : 'Throughput (grey) and loss (red) over time';
  return svgElement(
    'svg',
    { class: 'spark', width: cells * CELL, height: HEIGHT, viewBox: `0 0 ${cells * CELL} ${HEIGHT}`, role: 'img' },
    title,
    ...children,
  );
}
