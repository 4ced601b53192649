import { type CodecImpairment, codecImpairment } from './codec-impairment.ts';
import { lossImpairment, mosOfRating, ratingFactor } from './e-model.ts';

/** What of an audio stream the E-model needs. */
export interface MosInput {
  /** As in SDP, in any case: `PCMU`, `opus`. */
  readonly codec: string;
  /** Of the packets expected, 0 to 100; what came too late to be played belongs to it. */
  readonly lossPercent: number;
  /** See {@link burstRatioOf}; 1 for random loss. */
  readonly burstRatio: number;
  /** Media time of one packet, null where it is not known: 20 ms then. */
  readonly packetTimeMs: number | null;
  /** Mouth to ear. A capture at one point cannot measure it: null stands for {@link assumedDelayMs}. */
  readonly oneWayDelayMs: number | null;
  /** High quantile of the delay variation, for the assumption; null or absent: none is known. */
  readonly delayVariationMs?: number | null;
}

export interface MosEstimate {
  /** Mean opinion score, 1 to 4.5, conversational, on the narrowband scale: 4.41 is the best. */
  readonly mos: number;
  readonly rFactor: number;
  readonly basis: CodecImpairment['basis'];
}

const USUAL_PACKET_TIME_MS = 20;

/** @returns null for a codec that the E-model knows nothing of, and for loss where its robustness is not known. */
export function mosOf(input: MosInput): MosEstimate | null {
  const codec = codecImpairment(input.codec);
  const { lossPercent, burstRatio } = input;
  if (codec === null || !(lossPercent >= 0 && lossPercent <= 100) || !(burstRatio > 0)) return null;
  if (codec.bpl === null && lossPercent > 0) return null;
  const impairment = codec.bpl === null ? codec.ie : lossImpairment(codec.ie, codec.bpl, lossPercent, burstRatio);
  const delayMs = input.oneWayDelayMs ?? assumedDelayMs(input.packetTimeMs, input.delayVariationMs ?? null);
  const rFactor = ratingFactor(delayMs, impairment);
  return { mos: mosOfRating(rFactor), rFactor, basis: codec.basis };
}

/**
 * The least delay that a stream can have, in ms: one packet is filled before it is sent, and a jitter buffer holds what
 * comes for as long as delays vary, one packet at least. The network's own delay is not in it.
 */
export function assumedDelayMs(packetTimeMs: number | null, delayVariationMs: number | null): number {
  const packetMs = packetTimeMs ?? USUAL_PACKET_TIME_MS;
  return packetMs + Math.max(packetMs, delayVariationMs ?? 0);
}

/**
 * BurstR (G.107, 3.5): mean length of the runs of lost packets over that of random loss at the same rate, which is
 * 1 / (1 - rate). Never below 1: loss more even than chance is not rewarded.
 *
 * @param lossRuns runs of consecutive lost packets.
 */
export function burstRatioOf(lost: number, lossRuns: number, expected: number): number {
  if (!(lost > 0 && lossRuns > 0 && expected > lost)) return 1;
  return Math.max(1, (lost / lossRuns) * (1 - lost / expected));
}
