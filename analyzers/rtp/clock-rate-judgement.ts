/** A clock rate concluded from packets. */
export interface ClockRateInference {
  readonly clockRate: number;
  /** 0 to 1: the share that this rate has among all that could explain the packets. */
  readonly confidence: number;
  readonly kind: 'audio' | 'video' | 'unknown';
}

export type ClockRateUnknownReason =
  /** Too few timestamps, or too little time between them. */
  | 'too-short'
  /** The timestamps stand still or run back. */
  | 'not-advancing'
  /** Two rates explain the packets about as well. */
  | 'ambiguous'
  /** The timestamps run at a rate that no known payload format uses. */
  | 'no-known-rate';

/** What is known of a stream's timestamps. A frame is all packets of one timestamp. */
export interface ClockRateEvidence {
  readonly frames: number;
  /** Frames of several packets, and those of them that have the marker at their end and not at their start. */
  readonly sharedFrames: number;
  readonly sharedFramesEnded: number;
  readonly singleFramesMarked: number;
  /** Mean over the first packets of all frames. */
  readonly meanPayloadBytes: number;
  /** The commonest differences between the timestamps of neighbouring frames, commonest first. */
  readonly steps: readonly { readonly step: number; readonly count: number }[];
  readonly spanSeconds: number;
  /** Last less first timestamp over the time between, null where there is none. */
  readonly overallRate: number | null;
  /** Windows of about a second whose rate is a possible one, and those whose rate is not. */
  readonly windows: number;
  readonly windowsOutside: number;
  rateQuantile(share: number): number;
}

/** Rates in use (RFC 3551; RFC 7587 for Opus) and how common each is, before anything is known of a stream. */
const CANDIDATES: readonly { readonly rate: number; readonly audio: number; readonly video: number }[] = [
  { rate: 8000, audio: 1, video: 0.002 },
  { rate: 16000, audio: 0.7, video: 0.002 },
  { rate: 48000, audio: 1, video: 0.005 },
  { rate: 90000, audio: 0.05, video: 1 },
  { rate: 11025, audio: 0.05, video: 0.001 },
  { rate: 12000, audio: 0.05, video: 0.001 },
  { rate: 22050, audio: 0.05, video: 0.001 },
  { rate: 24000, audio: 0.1, video: 0.001 },
  { rate: 32000, audio: 0.15, video: 0.001 },
  { rate: 44100, audio: 0.15, video: 0.003 },
  { rate: 96000, audio: 0.02, video: 0.001 },
];

/** Weight of "none of these": it wins where the slope is measured well and is far from all. */
const NONE_OF_THESE = 1e-4;
const LEAST_CONFIDENCE = 0.6;
/** Ended frames; below these nothing can be told from a lucky few. */
const LEAST_FRAMES = 5;
const HIGHEST_CONFIDENCE = 0.99;
/** Relative deviation of a slope that never gets smaller, however long the stream. */
const LEAST_DEVIATION = 0.012;

/** Weighs the evidence by Bayes' rule: commonness times how well slope and steps fit. */
export function judgeClockRate(evidence: ClockRateEvidence): ClockRateInference | ClockRateUnknownReason {
  if (evidence.frames < LEAST_FRAMES) return 'too-short';
  const slope = measureSlope(evidence);
  if (typeof slope === 'string') return slope;

  const videoShare = videoLikelihood(evidence);
  let total = NONE_OF_THESE;
  let best = NONE_OF_THESE;
  let bestRate = 0;
  for (const { rate, audio, video } of CANDIDATES) {
    const deviation = Math.log(slope.rate / rate) / slope.deviation;
    const prior = audio * (1 - videoShare) * audioStepFit(evidence, rate) + video * videoShare;
    // Student's t rather than normal: under congestion, or with a sender's pauses, the slope may be far off.
    const weight = prior / (1 + deviation * deviation) ** 2;
    total += weight;
    if (weight > best) {
      best = weight;
      bestRate = rate;
    }
  }
  if (bestRate === 0) return 'no-known-rate';
  const confidence = Math.min(best / total, HIGHEST_CONFIDENCE, 1 - 2 / evidence.frames);
  if (confidence < LEAST_CONFIDENCE) return 'ambiguous';
  return { clockRate: bestRate, confidence, kind: kindOf(bestRate, videoShare) };
}

function kindOf(rate: number, videoShare: number): ClockRateInference['kind'] {
  if (rate !== 90000) return 'audio';
  return videoShare >= 0.5 ? 'video' : 'unknown';
}

/** @returns Timestamp units a second, and the relative standard deviation to be expected of that figure. */
function measureSlope(evidence: ClockRateEvidence): { rate: number; deviation: number } | ClockRateUnknownReason {
  const { windows, spanSeconds, overallRate } = evidence;
  if (windows < 2) {
    if (overallRate === null || spanSeconds < 0.04) return 'too-short';
    if (overallRate <= 0) return 'not-advancing';
    return {
      rate: windows === 1 ? evidence.rateQuantile(0.5) : overallRate,
      deviation: endsDeviation(spanSeconds, 0.05),
    };
  }
  if (evidence.windowsOutside > windows * 2) return 'not-advancing';
  // Median of the windows: up to half of them may be spoilt by pauses and restarts.
  const rate = evidence.rateQuantile(0.5);
  const spread = Math.log(evidence.rateQuantile(0.75) / evidence.rateQuantile(0.25)) / 1.35;
  const deviation = Math.hypot(endsDeviation(windows, 0.05), (1.25 * spread) / Math.sqrt(windows));
  // Where the whole stream agrees with its windows, it is the better measure: delay at its ends matters least.
  if (overallRate !== null && Math.abs(Math.log(overallRate / rate)) < Math.max(0.03, spread)) {
    return { rate: overallRate, deviation: Math.min(deviation, endsDeviation(spanSeconds, 0.2)) };
  }
  return { rate, deviation };
}

/** @param delaySeconds how much the delay may differ between the two ends of the measured span. */
function endsDeviation(spanSeconds: number, delaySeconds: number): number {
  return Math.hypot(LEAST_DEVIATION, delaySeconds / spanSeconds);
}

/** How much the pattern of packets and markers speaks for video, 0 to 1. */
function videoLikelihood(evidence: ClockRateEvidence): number {
  const { frames, sharedFrames, sharedFramesEnded, singleFramesMarked } = evidence;
  if (sharedFrames >= frames * 0.1 && sharedFramesEnded >= sharedFrames * 0.5) return 0.99;
  const singleFrames = frames - sharedFrames;
  // One packet a frame, each marked as the frame's end: small video. Some audio formats mark so too (RFC 3640).
  if (singleFramesMarked >= singleFrames * 0.7) return evidence.meanPayloadBytes > 400 ? 0.9 : 0.7;
  if (sharedFrames >= frames * 0.3) return 0.7;
  return 0.05;
}

/** Packet times in use by audio, in ms; those below 2.5 and 4 are of AES67. */
const PACKET_TIMES_MS = new Set([0.125, 0.25, 1, 2.5, 4, 5, 10, 20, 30, 40, 50, 60, 80, 100, 120]);
/** Samples a frame of AAC and MPEG audio. */
const FRAME_SAMPLES = new Set([480, 512, 576, 960, 1024, 1152, 2048]);

/** How well the commonest step of the timestamps fits audio packets of a rate: above 1 for, below 1 against. */
function audioStepFit(evidence: ClockRateEvidence, rate: number): number {
  const [first] = evidence.steps;
  if (first === undefined || first.count < 3 || first.count < evidence.frames * 0.4) return 1;
  if (PACKET_TIMES_MS.has((first.step * 1000) / rate)) return 4;
  if (FRAME_SAMPLES.has(first.step) && rate >= 22050) return 2;
  return 0.3;
}
