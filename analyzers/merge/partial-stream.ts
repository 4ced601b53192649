import { delayVariation } from '../rtp/delay-variation.ts';
import { jitterTotals } from '../rtp/jitter.ts';
import { ROW_FIELDS } from '../rtp/rows.ts';
import type { RtpStreams } from '../rtp/rtp-streams.ts';
import type { StreamMeasurement } from '../rtp/stream-report.ts';
import { sketchOf } from '../statistics/sketch.ts';
import type { PartialStream } from './partial-analysis.ts';

/** What of a stream is needed to add it to its parts in other captures. */
export function partialStream(
  streams: RtpStreams,
  row: number,
  { clockRate, sequence, jitterMs, delayVariationMs, video }: StreamMeasurement,
): PartialStream {
  const at = row * ROW_FIELDS;
  const samples = streams.samples(row);
  const jitterNs = samples.jitterNs.subarray(0, samples.count).filter((value) => value >= 0);
  const delay = clockRate === null || delayVariationMs === null ? null : delayVariation(samples, 1e9 / clockRate);
  return {
    edges: streams.sequence.edges(row, at),
    bursts: sequence.bursts,
    jitterCount: jitterMs === null ? 0 : jitterTotals(streams.rows.fields, at).count,
    jitterNs: jitterMs === null ? [] : sketchOf(jitterNs, samples.stride),
    delayNs: delay === null ? [] : sketchOf(delay.sortedNs, samples.stride),
    frameBytes: video === null ? [] : streams.frames.sizes(row),
  };
}
