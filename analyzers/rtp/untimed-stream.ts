import type { StreamMeasurement } from './stream-report.ts';

/**
 * A stream of whose packets some came without a time of their own (pcapng Simple Packet Block, or a time that no calendar
 * has): numbers and sizes stand, and nothing that would follow from when they came.
 */
export function withoutTimes(stream: StreamMeasurement): StreamMeasurement {
  const inferred = stream.clockRateSource === 'inferred';
  const told = stream.kindSource === 'packets' || stream.kindSource === 'rtx-pairing';
  return {
    ...stream,
    ...(inferred ? { clockRate: null, clockRateSource: 'unknown', clockRateConfidence: null } : {}),
    ...(told ? { kind: 'unknown', kindSource: null, video: null, audio: null } : {}),
    ...(stream.repairsSource === 'packets' ? { repairsSsrc: null, repairsSource: null } : {}),
    ...{ startTime: null, endTime: null, durationSeconds: null, packetRate: null },
    ...{ jitterMs: null, delayVariationMs: null, deltaMs: null, clockSkewPpm: null },
    bitrateBps: { mean: null, max: null, p95: null },
    bitrateWindowBps: { max: null, p95: null },
    bursts: null,
    video: told || stream.video === null ? null : { ...stream.video, frameRate: null },
    suspectedCaptureLoss: 0,
    series: {
      ...{ startTime: null, windowSeconds: stream.series.windowSeconds, packets: [], bytes: [], lost: [] },
      ...{ jitterMs: [], maxJitterMs: [], delayHistogram: { upperMs: [], packets: [] } },
    },
  };
}
