import type { Analysis, CaptureSummary } from '../analyzers/index.ts';
import { countOf, formatBytes, formatCount, formatMoment, formatSeconds } from './text/figures.ts';
import { visible } from './text/visible.ts';

/** A line of the summary; the text is made visible already, but not escaped for any format. */
export interface SummaryLine {
  readonly label: string;
  readonly text: string;
}

/** Each capture costs a line: beyond these, they are counted. */
const CAPTURES_SHOWN = 12;

const PROBLEMS: Readonly<Record<string, string>> = {
  truncated: 'cut off inside a packet',
  'bad-length': 'impossible record length',
  'unknown-interface': 'packets of an interface that was never described',
  'bad-compression': 'damaged compressed data',
  'no-time': 'packets without a time',
  'time-out-of-range': 'times outside the years 0 to 9999',
  'bad-block': 'blocks that contradict their type',
  'unknown-link-type': 'packets of a link type that is not decoded',
};

/** What was read and what it was, for the head of a report. */
export function summarize(analysis: Analysis): SummaryLine[] {
  const { captures, traffic } = analysis;
  const lines: SummaryLine[] = captures
    .slice(0, CAPTURES_SHOWN)
    .map((capture) => ({ label: 'Capture', text: describeCapture(capture) }));
  if (captures.length > CAPTURES_SHOWN) {
    const rest = captures.slice(CAPTURES_SHOWN);
    const packets = rest.reduce((sum, capture) => sum + capture.packets, 0);
    lines.push({ label: 'Capture', text: `and ${formatCount(rest.length)} more with ${countOf(packets, 'packet')}` });
  }
  const span = captureSpan(analysis);
  if (span !== null) {
    const seconds = (Date.parse(span.end) - Date.parse(span.start)) / 1000;
    lines.push({
      label: 'Time',
      text: `${formatMoment(span.start)} to ${formatMoment(span.end)} UTC (${formatSeconds(seconds)})`,
    });
  }
  lines.push({
    label: 'Traffic',
    text: `${countOf(traffic.datagrams, 'datagram')} in ${countOf(traffic.flows, 'flow')}: ${describeCounts(traffic.protocols)}`,
  });
  if (traffic.datagramsFiltered > 0) {
    lines.push({ label: 'Filter', text: `left out ${countOf(traffic.datagramsFiltered, 'datagram')}` });
  }
  if (Object.keys(traffic.undecoded).length > 0) {
    lines.push({ label: 'Not media', text: describeCounts(traffic.undecoded) });
  }
  if (traffic.rejectedSources > 0) {
    lines.push({
      label: 'Rejected',
      text: `${countOf(traffic.rejectedSources, 'source')} that looked like RTP but never sent two packets in sequence`,
    });
  }
  return lines;
}

/** Earliest and latest moment of all captures; null where no packet has a time. ISO 8601 in UTC sorts as text. */
export function captureSpan({ captures }: Analysis): { start: string; end: string } | null {
  let start: string | null = null;
  let end: string | null = null;
  for (const capture of captures) {
    if (capture.startTime !== null && (start === null || capture.startTime < start)) start = capture.startTime;
    if (capture.endTime !== null && (end === null || capture.endTime > end)) end = capture.endTime;
  }
  return start === null || end === null ? null : { start, end };
}

/** `rtp 12,000, stun 80`, most first; at most eight, the rest as one. */
export function describeCounts(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  const shown = entries.slice(0, 8).map(([name, count]) => `${visible(name)} ${formatCount(count)}`);
  const rest = entries.slice(8).reduce((sum, [, count]) => sum + count, 0);
  if (rest > 0) shown.push(`others ${formatCount(rest)}`);
  return shown.length === 0 ? 'none' : shown.join(', ');
}

function describeCapture(capture: CaptureSummary): string {
  const name = capture.path === '-' ? 'standard input' : visible(capture.path);
  const parts = [
    `${name}: ${visible(capture.format)}`,
    countOf(capture.packets, 'packet'),
    formatBytes(capture.bytes),
    capture.linkTypes.map((text) => visible(text)).join(' + ') || 'no interface',
  ];
  if (capture.droppedByCapture !== null && capture.droppedByCapture > 0) {
    parts.push(`${formatCount(capture.droppedByCapture)} dropped while capturing`);
  }
  for (const { code, count } of capture.problems) {
    const words = PROBLEMS[code] ?? visible(code.replaceAll('-', ' '));
    parts.push(count > 1 ? `${words} (${formatCount(count)})` : words);
  }
  return parts.join(', ');
}
