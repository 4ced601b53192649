import type { StreamAnalysis } from '../../analyzers/index.ts';
import { hexSsrc } from '../analyzers/analysis-of.ts';
import type { Figure } from './departures.ts';
import type { TsharkStream } from './tshark-streams.ts';

/** tshark prints thousandths, and its own rounding on the way there is of that order. */
const JITTER_TOLERANCE_MS = 0.01;

export interface Difference {
  readonly stream: string;
  readonly figures: readonly Figure[];
  readonly tshark: TsharkStream | null;
  readonly ours: StreamAnalysis | null;
}

export const streamName = (stream: Pick<StreamAnalysis, 'source' | 'destination' | 'ssrc'>): string =>
  `${stream.source} > ${stream.destination} ${hexSsrc(stream.ssrc)}`;

/** @returns the streams whose figures are not the same, and those that only one side has. */
export function compareStreams(ours: readonly StreamAnalysis[], theirs: readonly TsharkStream[]): Difference[] {
  const differences: Difference[] = [];
  const left = byName(ours);
  for (const [stream, tshark] of byName(theirs)) {
    const mine = left.get(stream) ?? null;
    left.delete(stream);
    const figures = mine === null ? (['stream'] as const) : figuresThatDiffer(mine, tshark);
    if (figures.length > 0) differences.push({ stream, figures, tshark, ours: mine });
  }
  for (const [stream, mine] of left) differences.push({ stream, figures: ['stream'], tshark: null, ours: mine });
  return differences;
}

function byName<T extends Pick<StreamAnalysis, 'source' | 'destination' | 'ssrc'>>(streams: readonly T[]) {
  const named = new Map<string, T>();
  for (const stream of streams) {
    const name = streamName(stream);
    if (named.has(name)) throw new Error(`two streams of one name: ${name}`);
    named.set(name, stream);
  }
  return named;
}

function figuresThatDiffer(ours: StreamAnalysis, theirs: TsharkStream): Figure[] {
  const figures: Figure[] = [];
  if (ours.packets !== theirs.packets) figures.push('packets');
  if (ours.lost !== theirs.lost) figures.push('lost');
  if (jitterDiffers(ours, theirs)) figures.push('jitter');
  return figures;
}

/** Where only we know the clock rate, tshark has no jitter: nothing to compare, so long as it prints none. */
function jitterDiffers(ours: StreamAnalysis, theirs: TsharkStream): boolean {
  const told = ours.clockRateSource === 'sdp' || ours.clockRateSource === 'static';
  if (!told) return theirs.maxJitterMs !== 0;
  const { mean, max } = ours.jitterMs ?? { mean: 0, max: 0 };
  const apart = (a: number, b: number) => Math.abs(a - b) > JITTER_TOLERANCE_MS;
  return apart(mean, theirs.meanJitterMs) || apart(max, theirs.maxJitterMs);
}
