import type { Analysis } from '../analysis.ts';
import type { BurstSummary } from '../rtp/bursts.ts';
import type { SequenceEdges } from '../rtp/sequence.ts';
import type { Sketch } from '../statistics/sketch.ts';

/** The analysis of some of the captures of a whole, with what it takes to add it to those of the others. */
export interface PartialAnalysis {
  readonly schema: 'rtcscope.partial/1';
  readonly analysis: Analysis;
  /** By `id` of the stream. */
  readonly streams: Readonly<Record<string, PartialStream>>;
}

/** What of a stream is needed beyond its figures. */
export interface PartialStream {
  readonly edges: SequenceEdges;
  readonly bursts: Pick<
    BurstSummary,
    'runs' | 'lostInBursts' | 'packetsInBursts' | 'lostInGaps' | 'burstNs' | 'gapNs'
  > | null;
  /** How often J was counted: what its mean is a mean over. */
  readonly jitterCount: number;
  readonly jitterNs: Sketch;
  readonly delayNs: Sketch;
  readonly frameBytes: Sketch;
}

/** @returns what is wrong with a value read from a file; null where nothing is. */
export function partialFault(value: unknown): string | null {
  const partial = value as PartialAnalysis | null;
  if (typeof partial !== 'object' || partial === null) return 'holds no object';
  if (partial.schema !== 'rtcscope.partial/1') return 'is no part of an analysis; write one with analyze --partial';
  const { analysis, streams } = partial;
  if (
    analysis?.schema !== 'rtcscope.analysis/1' ||
    !Array.isArray(analysis.streams) ||
    !Array.isArray(analysis.captures)
  )
    return 'holds no analysis';
  if (typeof streams !== 'object' || streams === null) return 'holds nothing of its streams';
  const lacking = analysis.streams.find(
    ({ id }) => !Array.isArray(streams[id]?.edges?.missing) || !Array.isArray(streams[id]?.jitterNs),
  );
  return lacking === undefined ? null : `lacks what belongs to stream ${String(lacking.id)}`;
}
