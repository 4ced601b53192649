import type { StreamAnalysis } from '../analysis.ts';
import { type FilterError, visibleExcerpt } from './filter-error.ts';
import { didYouMean } from './suggestions.ts';

/** Dotted paths to the numbers in a value: `lost`, `jitterMs.p95`. */
type NumberPath<Value> = {
  [Key in keyof Value & string]: NonNullable<Value[Key]> extends number
    ? Key
    : NonNullable<Value[Key]> extends readonly unknown[] | string | boolean
      ? never
      : NonNullable<Value[Key]> extends object
        ? `${Key}.${NumberPath<NonNullable<Value[Key]>>}`
        : never;
}[keyof Value & string];

export type ThresholdPath = NumberPath<StreamAnalysis>;

/** All figures of a stream that a threshold may name; those that are no measure of quality, such as `ssrc`, are left out. */
export const THRESHOLD_PATHS = [
  'lostPercent',
  'lost',
  'expected',
  'packets',
  'bytes',
  'duplicates',
  'copies',
  'late',
  'reordered',
  'reorderingExtent.mean',
  'reorderingExtent.max',
  'restarts',
  'durationSeconds',
  'packetRate',
  'clockSkewPpm',
  'clockRateConfidence',
  'suspectedCaptureLoss',
  'mos',
  'jitterMs.mean',
  'jitterMs.p95',
  'jitterMs.max',
  'delayVariationMs.mean',
  'delayVariationMs.p50',
  'delayVariationMs.p95',
  'delayVariationMs.p99',
  'delayVariationMs.max',
  'deltaMs.min',
  'deltaMs.mean',
  'deltaMs.max',
  'bitrateBps.mean',
  'bitrateBps.p95',
  'bitrateBps.max',
  'bitrateWindowBps.p95',
  'bitrateWindowBps.max',
  'bursts.bursts',
  'bursts.burstDensity',
  'bursts.gapDensity',
  'bursts.burstDurationMs',
  'bursts.gapDurationMs',
  'bursts.longestLoss',
  'video.frames',
  'video.frameRate',
  'video.frameBytes.mean',
  'video.frameBytes.p95',
  'video.frameBytes.max',
  'video.packetsPerFrame',
  'video.freezes',
  'video.freezeMs',
  'video.longestFreezeMs',
  'video.damagedFrames',
  'video.keyFrames',
  'audio.packetTimeMs',
  'audio.silences',
  'audio.silenceMs',
  'audio.comfortNoisePackets',
  'audio.telephoneEvents',
  'reported.reports',
  'reported.lost',
  'reported.fractionLost.mean',
  'reported.fractionLost.max',
  'reported.jitterMs.mean',
  'reported.jitterMs.max',
  'reported.roundTripMs.min',
  'reported.roundTripMs.mean',
  'reported.roundTripMs.max',
] as const satisfies readonly ThresholdPath[];

/** Other words for the same. */
const ALIASES: ReadonlyMap<string, ThresholdPath> = new Map([
  ['losspercent', 'lostPercent'],
  ['loss', 'lostPercent'],
  ['jitterms', 'jitterMs.mean'],
  ['bitratebps', 'bitrateBps.mean'],
  ['freezes', 'video.freezes'],
  ['framerate', 'video.frameRate'],
]);
const BY_NAME: ReadonlyMap<string, ThresholdPath> = new Map([
  ...ALIASES,
  ...THRESHOLD_PATHS.map((path) => [path.toLowerCase(), path] as const),
]);

export interface Threshold {
  /** As written. */
  readonly text: string;
  readonly path: ThresholdPath;
  readonly operator: '>' | '>=' | '<' | '<=' | '==' | '!=';
  readonly limit: number;
}

export interface ThresholdCrossing {
  readonly threshold: Threshold;
  /** `StreamAnalysis.id`. */
  readonly stream: string;
  readonly value: number;
}

const SHAPE = /^(\s*)([A-Za-z][\w.]*)(\s*)(>=|<=|==|!=|>|<|=)?(\s*)(.*?)\s*$/;

/** Reads a limit such as `lostPercent>1`, `jitterMs.p95 >= 30` or `mos<3.5`: it names what is too bad. */
export function parseThreshold(text: string): Threshold | FilterError {
  const match = SHAPE.exec(text);
  if (match === null) return { error: 'a threshold such as lostPercent>1 is expected', position: 0 };
  const [, before, name, gap, operator, gapAfter, number] = match;
  const path = BY_NAME.get(name.toLowerCase());
  if (path === undefined) {
    return {
      error: `unknown figure "${visibleExcerpt(name)}"${didYouMean(name, THRESHOLD_PATHS) || ': write lostPercent, jitterMs.p95, mos, ...'}`,
      position: before.length,
    };
  }
  const position = before.length + name.length + gap.length;
  if (operator === undefined || operator === '=') {
    return { error: `${name} must be followed by >, >=, <, <=, == or !=`, position };
  }
  if (!/^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(number)) {
    return {
      error: `"${visibleExcerpt(number)}" is no number`,
      position: position + operator.length + gapAfter.length,
    };
  }
  return { text: text.trim(), path, operator: operator as Threshold['operator'], limit: Number(number) };
}

/** Every stream that crosses a threshold. What is not known crosses none. */
export function findCrossings(
  thresholds: readonly Threshold[],
  streams: readonly StreamAnalysis[],
): ThresholdCrossing[] {
  return thresholds.flatMap((threshold) =>
    streams.flatMap((stream) => {
      const value = figureOf(stream, threshold.path);
      return value !== null && crosses(value, threshold) ? [{ threshold, stream: stream.id, value }] : [];
    }),
  );
}

/** @returns null where the figure, or what it is part of, is not known. */
export function figureOf(stream: StreamAnalysis, path: ThresholdPath): number | null {
  let value: unknown = stream;
  for (const key of path.split('.')) {
    if (value === null || value === undefined) return null;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function crosses(value: number, { operator, limit }: Threshold): boolean {
  switch (operator) {
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}
