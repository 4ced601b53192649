import type { CaptureSummary, Finding, TrafficSummary } from '../analysis.ts';
import { finding, plural } from './finding.ts';

const PROBLEMS: Record<string, (count: number) => string> = {
  'bad-length': () => 'a record claims a length that cannot be; the walk ended there',
  'unknown-interface': (count) =>
    `${plural(count, 'packet')} of interfaces that the file never introduces were left out`,
  'bad-compression': () => 'the compressed data is damaged; everything before the damage was used',
  'no-time': (count) => `${plural(count, 'packet')} without a time of their own`,
  'time-out-of-range': (count) => `${plural(count, 'packet')} with a time that no calendar has`,
  'bad-block': (count) => `${plural(count, 'block')} with a contradictory layout left out`,
  'unknown-link-type': (count) => `${plural(count, 'packet')} of a link type that is not decoded`,
};

/** What is to be said of the captures themselves, before any stream. */
export function captureFindings(
  captures: readonly CaptureSummary[],
  traffic: TrafficSummary,
  streams: number,
): Finding[] {
  const findings: Finding[] = [];
  for (const capture of captures) {
    if (capture.truncated && !capture.problems.some(({ code }) => code === 'bad-length')) {
      findings.push(
        finding('warning', 'capture-truncated', `${capture.path} ends inside a record: everything before it was used`),
      );
    }
    if (capture.droppedByCapture !== null && capture.droppedByCapture > 0) {
      const text = `${capture.path}: the capture itself dropped ${plural(capture.droppedByCapture, 'packet')}, which look like loss but are none`;
      findings.push(finding('warning', 'capture-dropped', text));
    }
    for (const { code, count } of capture.problems) {
      const words = PROBLEMS[code];
      if (words !== undefined) findings.push(finding('warning', `capture-${code}`, `${capture.path}: ${words(count)}`));
    }
  }
  for (const { path, timesInUserSpace } of captures) {
    // Parts that an older version wrote do not say.
    if (timesInUserSpace !== true) continue;
    const text = `${path}: packets have the times at which a program got them, not the kernel: jitter holds what it waited`;
    findings.push(finding('info', 'user-space-times', text));
  }
  if (traffic.streamsLeftOut > 0) {
    const text = `more streams than are kept: ${plural(traffic.streamsLeftOut, 'short one')} were left out; narrow them down with a filter`;
    findings.push(finding('warning', 'streams-left-out', text));
  }
  if (traffic.flowsForgotten > 0) {
    const text = `more flows than are kept: ${plural(traffic.flowsForgotten, 'flow')} without media or signalling were forgotten, the oldest first; one that comes again counts again`;
    findings.push(finding('info', 'flows-forgotten', text));
  }
  if (traffic.translatedStreams > 0) {
    const text = `${plural(traffic.translatedStreams, 'stream')} seen both before and after an address translation (STUN requests tell) counted once, as ${traffic.translatedStreams === 1 ? 'it was' : 'they were'} captured more completely`;
    findings.push(finding('info', 'seen-translated', text));
  }
  if (streams === 0) findings.push(finding('info', 'no-media', noMedia(captures, traffic)));
  return findings;
}

function noMedia(captures: readonly CaptureSummary[], traffic: TrafficSummary): string {
  if (traffic.packets === 0) {
    const held = captures.reduce((sum, { packets }) => sum + packets, 0);
    return held === 0 ? 'the capture holds no packets' : `none of ${plural(held, 'packet')} lies in the time asked for`;
  }
  if (traffic.datagramsFiltered > 0 && traffic.datagramsFiltered === traffic.datagrams) {
    return `the filter leaves out every one of ${plural(traffic.datagrams, 'datagram')}`;
  }
  const held = Object.entries(traffic.protocols)
    .filter(([name, count]) => count > 0 && name !== 'other')
    .map(([name, count]) => `${plural(count, 'datagram')} of ${name}`);
  const filtered =
    traffic.datagramsFiltered > 0 ? `; the filter left out ${plural(traffic.datagramsFiltered, 'datagram')}` : '';
  return `no RTP stream among ${plural(traffic.packets, 'packet')}${held.length > 0 ? ` (${held.join(', ')})` : ''}${filtered}`;
}
