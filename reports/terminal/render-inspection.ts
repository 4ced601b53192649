import type { CaptureInspection } from '../../captures/index.ts';
import { countOf, formatBitrate, formatBytes, formatCount, formatPercent, formatSeconds } from '../text/figures.ts';
import { visible } from '../text/visible.ts';

const LABEL_WIDTH = 14;

/** What is in a capture, for people: the file, its interfaces, the hierarchy of its layers, and what was wrong. */
export function renderInspection(inspection: CaptureInspection): string {
  const { durationSeconds, bytes } = inspection;
  const lines = [
    visible(inspection.path === '-' ? 'standard input' : inspection.path),
    ...field('format', formatLine(inspection)),
    ...field('packets', packetsLine(inspection)),
    ...field('first', inspection.startTime),
    ...field('last', inspection.endTime),
    ...field('duration', durationSeconds === null ? null : formatSeconds(durationSeconds)),
    ...field('rate', durationSeconds ? formatBitrate((bytes * 8) / durationSeconds) : null),
    ...field('time order', timeOrderLine(inspection)),
    ...field(
      'dropped',
      inspection.droppedByCapture === null ? null : `${formatCount(inspection.droppedByCapture)} while capturing`,
    ),
    ...field('secrets', inspection.decryptionSecrets === 0 ? null : countOf(inspection.decryptionSecrets, 'block')),
    ...inspection.sections.flatMap((section) => [
      ...field('written by', section.application),
      ...field('system', section.operatingSystem),
      ...field('hardware', section.hardware),
      ...section.comments.flatMap((comment) => field('comment', comment)),
    ]),
    ...titled('Interfaces', interfaceLines(inspection)),
    ...titled('Layers', layerLines(inspection)),
    ...titled('Not decoded', countLines(inspection.undecoded)),
    ...titled('Problems', countLines(Object.fromEntries(inspection.problems.map(({ code, count }) => [code, count])))),
  ];
  return `${lines.join('\n')}\n`;
}

function field(label: string, value: string | null): string[] {
  return value === null ? [] : [`  ${label.padEnd(LABEL_WIDTH)}${visible(value)}`];
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function formatLine({ format, fileBytes, truncated }: CaptureInspection): string {
  const size = fileBytes === null ? '' : `, ${formatBytes(fileBytes)}`;
  return `${format}${size}${truncated ? ', cut off at the end' : ''}`;
}

function timeOrderLine({ inTimeOrder }: CaptureInspection): string | null {
  if (inTimeOrder === null) return null;
  return inTimeOrder ? 'yes' : 'no, some packets stand behind later ones';
}

function packetsLine({ packets, bytes, capturedBytes, flows }: CaptureInspection): string {
  const cut = capturedBytes < bytes ? ` (${formatBytes(capturedBytes)} of it captured)` : '';
  return `${formatCount(packets)}, ${formatBytes(bytes)}${cut}, ${countOf(flows, 'flow')}`;
}

function interfaceLines({ interfaces }: CaptureInspection): string[] {
  return interfaces.map((known, index) => {
    const name = known.name ?? known.description ?? `interface ${index}`;
    const described = known.name !== null && known.description !== null ? ` (${known.description})` : '';
    const snapped = known.snapLength === null ? '' : `, snap length ${formatCount(known.snapLength)}`;
    const dropped = known.droppedByCapture === null ? '' : `, ${formatCount(known.droppedByCapture)} dropped`;
    const resolution = `${known.timeDigits} digits of a second`;
    const packets = countOf(known.packets, 'packet');
    return visible(`${name}${described}: ${known.linkType}, ${packets}, ${resolution}${snapped}${dropped}`);
  });
}

/** The deepest name of each stack, indented as deep as it lies: a stack follows the one that it is in. */
function layerLines({ layers, packets }: CaptureInspection): string[] {
  const rows = Object.keys(layers)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((stack) => {
      const names = stack.split('/');
      return { label: `${'  '.repeat(names.length - 1)}${names.at(-1)}`, count: layers[stack] };
    });
  const width = Math.max(0, ...rows.map(({ label }) => label.length));
  return rows.map(({ label, count }) => {
    const share = formatPercent((count / packets) * 100);
    return `${label.padEnd(width)}  ${formatCount(count).padStart(11)}  ${share.padStart(9)}`;
  });
}

function countLines(counts: Readonly<Record<string, number>>): string[] {
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, count]) => `${name.padEnd(width)}  ${formatCount(count).padStart(11)}`);
}
