import type { Finding, Severity, StreamAnalysis } from '../analysis.ts';
import { clockOf, finding, nameOf, plural, round } from './finding.ts';

/*
 * From which figure on something is worth a word, and from which on it is heard or seen. ITU-T G.1010 and Y.1541 put
 * the limits of conversational audio and video near 1 % loss and 50 ms of delay variation; G.107 annex B calls MOS
 * below 3.6 "some users dissatisfied" and below 3.1 "many".
 */
const LOSS_WARNING_PERCENT = 1;
const LOSS_ERROR_PERCENT = 5;
const JITTER_WARNING_MS = 30;
const JITTER_ERROR_MS = 50;
/** What jitter buffers of phones and browsers hold at most, and what nobody can talk over (ITU-T G.114 has 400 ms in all). */
const QUEUE_WARNING_MS = 200;
const QUEUE_ERROR_MS = 500;
const MOS_WARNING = 3.6;
const MOS_ERROR = 3.1;
const REORDERED_WARNING_PERCENT = 1;
const DUPLICATES_WARNING_PERCENT = 1;
const PAUSE_WARNING_MS = 1000;
const SKEW_WARNING_PPM = 200;
/** ITU-T G.114: 150 ms one way is felt by few, 400 ms by all. */
const ROUND_TRIP_WARNING_MS = 300;
const FREEZE_SHARE_ERROR = 0.05;
const SUSPECTED_SHARE = 0.5;
/** Below this many packets a percentage is chance. */
const FEWEST_PACKETS = 50;

/** What the figures of one stream say in words. */
export function streamFindings(stream: StreamAnalysis): Finding[] {
  return [
    ...loss(stream),
    ...jitter(stream),
    ...queue(stream),
    ...freezes(stream),
    ...quality(stream),
    ...order(stream),
    ...timing(stream),
  ];
}

function loss(stream: StreamAnalysis): Finding[] {
  const { lost, lostPercent, bursts, expected } = stream;
  const name = nameOf(stream);
  if (lost === 0) return lossElsewhere(stream, name);
  if (stream.suspectedCaptureLoss >= SUSPECTED_SHARE) {
    const text = `${name} misses ${round(lostPercent)} % of its packets, most of them at moments when every stream of the capture does: they were probably lost by the capture, not by the network`;
    return [finding('warning', 'capture-loss-suspected', text, [stream])];
  }
  const severity = bySeverity(lostPercent, LOSS_WARNING_PERCENT, LOSS_ERROR_PERCENT);
  const worst = bursts?.worst[0];
  let how = '';
  if (bursts !== null && worst !== undefined && bursts.bursts > 0) {
    how = ` in ${plural(bursts.bursts, 'burst')}${bursts.bursts === 1 ? ' at' : ', the worst at'} ${clockOf(worst.time)} (${plural(worst.lost, 'packet')} of ${worst.packets})`;
  } else if (lost > 1) {
    how = ', spread out';
  }
  const side =
    stream.lossSide === 'after'
      ? '; the receiver reports more: loss after the capture point'
      : stream.lossSide === 'before'
        ? '; lost before the capture point'
        : stream.lossSide === 'both'
          ? '; before and after the capture point'
          : '';
  const few = expected < FEWEST_PACKETS ? ` (${lost} of ${expected})` : '';
  const text = `${name} lost ${round(lostPercent)} %${few}${how}${side}`;
  return [
    finding(expected < FEWEST_PACKETS ? 'info' : severity, worst === undefined ? 'loss' : 'loss-bursts', text, [
      stream,
    ]),
  ];
}

/** Nothing is missing here, and yet the receiver misses packets. */
function lossElsewhere(stream: StreamAnalysis, name: string): Finding[] {
  const { reported, lossSide } = stream;
  if (lossSide !== 'after' || reported === null || reported.lost <= 0) return [];
  const percent = reported.fractionLost.mean * 100;
  const severity = bySeverity(percent, LOSS_WARNING_PERCENT, LOSS_ERROR_PERCENT);
  const text = `${name} is whole here, but its receiver reports ${reported.lost} lost (${round(percent)} %): lost after the capture point`;
  return [finding(severity, 'loss-after-capture', text, [stream])];
}

function jitter(stream: StreamAnalysis): Finding[] {
  const { jitterMs, packets } = stream;
  if (jitterMs === null || packets < FEWEST_PACKETS || stream.kind === 'rtx' || stream.kind === 'fec') return [];
  if (jitterMs.p95 < JITTER_WARNING_MS) return [];
  const severity = bySeverity(jitterMs.p95, JITTER_WARNING_MS, JITTER_ERROR_MS);
  const text = `${nameOf(stream)} has jitter of ${round(jitterMs.p95)} ms and more for 5 % of its packets (mean ${round(jitterMs.mean)} ms, up to ${round(jitterMs.max)} ms)`;
  return [finding(severity, 'high-jitter', text, [stream])];
}

/**
 * Packets that queue up come at their usual distance, and so with little jitter, but ever later. What one gap explains is no queue: a
 * pause in which the timestamps stood still.
 */
function queue(stream: StreamAnalysis): Finding[] {
  const { delayVariationMs, deltaMs, durationSeconds, kind, packets } = stream;
  if (delayVariationMs === null || deltaMs === null || durationSeconds === null || packets < FEWEST_PACKETS) return [];
  if (kind !== 'audio' && kind !== 'video') return [];
  const { p50, p95 } = delayVariationMs;
  const grown = p95 - p50;
  if (grown < QUEUE_WARNING_MS || grown <= deltaMs.max) return [];
  // Written down faster than it was spoken: a file made of a file, whose times are none of a network's.
  if (p95 >= durationSeconds * 1000) return [];
  const text = `${nameOf(stream)} queued up on its way: 5 % of its packets came ${round(p95 / 1000)} s or more behind the quickest, half of them ${round(p50 / 1000)} s`;
  return [finding(bySeverity(grown, QUEUE_WARNING_MS, QUEUE_ERROR_MS), 'queueing', text, [stream])];
}

function freezes(stream: StreamAnalysis): Finding[] {
  const { video, durationSeconds } = stream;
  if (video === null || video.freezes === 0) return [];
  const share = durationSeconds === null || durationSeconds === 0 ? 0 : video.freezeMs / 1000 / durationSeconds;
  const text = `${nameOf(stream)} stood still ${plural(video.freezes, 'time')}, ${round(video.freezeMs / 1000)} s in all, the longest ${round(video.longestFreezeMs / 1000)} s`;
  return [finding(share >= FREEZE_SHARE_ERROR ? 'error' : 'warning', 'video-freeze', text, [stream])];
}

function quality(stream: StreamAnalysis): Finding[] {
  const { mos } = stream;
  if (mos === null || mos >= MOS_WARNING) return [];
  const text = `${nameOf(stream)} would be rated ${mos.toFixed(1)} of 5 (MOS by the E-model)`;
  return [finding(mos < MOS_ERROR ? 'error' : 'warning', 'low-mos', text, [stream])];
}

function order(stream: StreamAnalysis): Finding[] {
  const { packets, late, duplicates, copies, restarts } = stream;
  const findings: Finding[] = [];
  const share = (count: number) => (count / Math.max(1, packets)) * 100;
  if (packets >= FEWEST_PACKETS && share(late) >= REORDERED_WARNING_PERCENT) {
    const extent = stream.reorderingExtent === null ? '' : `, up to ${stream.reorderingExtent.max} places`;
    const text = `${nameOf(stream)} came out of order: ${round(share(late))} % of its packets late${extent}`;
    findings.push(finding('warning', 'reordering', text, [stream]));
  }
  if (packets >= FEWEST_PACKETS && share(duplicates) >= DUPLICATES_WARNING_PERCENT) {
    const text = `${nameOf(stream)} holds ${plural(duplicates, 'duplicate')} (${round(share(duplicates))} %)`;
    findings.push(finding('warning', 'duplicates', text, [stream]));
  }
  if (copies > 0) {
    const text = `${nameOf(stream)} was captured at several points: ${plural(copies, 'copy', 'copies')} seen again are counted once`;
    findings.push(finding('info', 'captured-twice', text, [stream]));
  }
  if (restarts > 0) {
    const text = `${nameOf(stream)} began its sequence numbers anew ${plural(restarts, 'time')}`;
    findings.push(finding('info', 'sequence-restart', text, [stream]));
  }
  return findings;
}

function timing(stream: StreamAnalysis): Finding[] {
  const findings: Finding[] = [];
  const { deltaMs, clockSkewPpm, reported } = stream;
  const roundTrip = reported?.roundTripMs ?? null;
  if (roundTrip !== null && roundTrip.mean >= ROUND_TRIP_WARNING_MS) {
    const text = `${nameOf(stream)}: from here to its receiver and back takes ${round(roundTrip.mean)} ms, up to ${round(roundTrip.max)} ms`;
    findings.push(finding('warning', 'long-round-trip', text, [stream]));
  }
  const paused = stream.audio !== null && stream.audio.silences > 0;
  const steady = (stream.kind === 'audio' && !paused) || stream.kind === 'video';
  if (steady && deltaMs !== null && deltaMs.max >= PAUSE_WARNING_MS && stream.packets >= FEWEST_PACKETS) {
    const text = `${nameOf(stream)} was interrupted for ${round(deltaMs.max / 1000)} s`;
    findings.push(finding('warning', 'interruption', text, [stream]));
  }
  // A retransmission carries the timestamp of what it repeats (RFC 4588, 4), however late: that is no clock.
  if (
    clockSkewPpm !== null &&
    stream.kind !== 'rtx' &&
    Math.abs(clockSkewPpm) >= SKEW_WARNING_PPM &&
    stream.clockRateSource !== 'inferred'
  ) {
    const text = `${nameOf(stream)}: the sender's clock runs ${round(Math.abs(clockSkewPpm))} ppm ${clockSkewPpm > 0 ? 'fast' : 'slow'}`;
    findings.push(finding('info', 'clock-skew', text, [stream]));
  }
  return findings;
}

function bySeverity(value: number, warning: number, error: number): Severity {
  return value >= error ? 'error' : value >= warning ? 'warning' : 'info';
}
