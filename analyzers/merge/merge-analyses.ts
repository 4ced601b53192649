import type { Analysis, CaptureSummary, StreamAnalysis } from '../analysis.ts';
import { analysisFindings } from '../findings/analysis-findings.ts';
import { buildSessions } from '../ice/sessions.ts';
import { inSessions, worstFirst } from '../stream-order.ts';
import { mergeDtls, mergeIce, mergeRtcp, mergeSip, mergeTraffic, mergeTurn } from './merge-protocols.ts';
import { mergeStreams, type StreamPart } from './merge-streams.ts';
import type { PartialAnalysis } from './partial-analysis.ts';
import { withEqualDigits } from './time-digits.ts';

/**
 * The analyses of parts of a whole as one, in whatever order they come. Every count is what one analysis of all captures gives; docs/merging.md
 * says of quantiles, and of what lies at the seams, how far they may be off.
 *
 * @param partials at least one, all of the same window.
 */
export function mergeAnalyses(partials: readonly PartialAnalysis[]): Analysis {
  const inTime = [...withEqualDigits(partials)].sort((a, b) => (beginOf(a.analysis) < beginOf(b.analysis) ? -1 : 1));
  const all = inTime.map(({ analysis }) => analysis);
  const captures = all.flatMap((one) => one.captures).sort(byPath);
  const merged = partsByStream(inTime)
    .map((parts) => mergeStreams(parts).stream)
    .sort((a, b) => ((a.startTime ?? '') < (b.startTime ?? '') ? -1 : 1))
    .map((stream, index): StreamAnalysis => ({ ...stream, id: `s${index + 1}` }));
  const ice = all.map((one) => one.ice).reduce(mergeIce);
  const turn = all.map((one) => one.turn).reduce(mergeTurn);
  const dtls = all.map((one) => one.dtls).reduce(mergeDtls);
  const rtcp = all.map((one) => one.rtcp).reduce(mergeRtcp);
  const sip = all.map((one) => one.sip).reduce(mergeSip);
  const traffic = all.map((one) => one.traffic).reduce(mergeTraffic);
  const sessions = buildSessions(ice.pairs, dtls.handshakes, merged);
  const streams = inSessions(merged, sessions).sort(worstFirst);
  const body = { captures, streams, rtcp, ice, turn, dtls, sip, sessions };
  return {
    schema: 'rtcscope.analysis/1',
    ...body,
    findings: analysisFindings({ ...body, traffic }),
    traffic,
    windowSeconds: all[0].windowSeconds,
  };
}

/** A stream goes on in another capture under the same addresses and SSRC. */
function partsByStream(partials: readonly PartialAnalysis[]): StreamPart[][] {
  const parts = new Map<string, StreamPart[]>();
  for (const { analysis, streams } of partials) {
    for (const stream of analysis.streams) {
      const { source, destination, transport, relayedPeer, ssrc } = stream;
      const key = `${source} ${destination} ${transport} ${relayedPeer} ${ssrc}`;
      const part = { stream, partial: streams[stream.id] };
      const there = parts.get(key);
      if (there === undefined) parts.set(key, [part]);
      else there.push(part);
    }
  }
  const start = ({ stream }: StreamPart) => stream.startTime ?? '';
  return [...parts.values()].map((own) => own.sort((a, b) => (start(a) < start(b) ? -1 : 1)));
}

function beginOf({ captures }: Analysis): string {
  return captures.map(({ startTime }) => startTime ?? '').sort()[0] ?? '';
}

/** As captures are found. */
function byPath(a: CaptureSummary, b: CaptureSummary): number {
  return a.path < b.path ? -1 : 1;
}
