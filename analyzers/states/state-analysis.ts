import type { Spread } from '../statistics/weighted-quantile.ts';
import type { StateStretch } from './scaling-state.ts';

/** What one stream came to within a stretch of time. What is not known is null. */
export interface StateStream {
  readonly stream: string;
  readonly kind: 'audio' | 'video' | 'rtx' | 'fec' | 'unknown';
  readonly packets: number;
  readonly bytes: number;
  readonly expected: number;
  readonly lost: number;
  readonly lossPercent: number;
  /** Mean of J over the packets. */
  readonly jitterMs: number | null;
  readonly jitterP95Ms: number | null;
  /** Mean and 95th percentile of the delay above the smallest of the whole stream, so that states compare. */
  readonly delayVariationMs: number | null;
  readonly delayVariationP95Ms: number | null;
  readonly bitrateBps: number | null;
  /** How long of the stretch it was there. */
  readonly seconds: number;
  readonly frames: number | null;
  readonly freezes: number | null;
  readonly freezeMs: number | null;
  readonly mos: number | null;
  /** Mean time of its packets through a forwarder, and how many were followed through it. */
  readonly forwardingDelayMs: number | null;
  readonly forwardedPackets: number;
  /** Id of the stream that it is a copy of; null where none is known. */
  readonly forwardedFrom: string | null;
}

/** Packets followed from their arrival at a forwarder to their leaving it. */
export interface ForwardingFigures {
  /** Leaving streams whose arriving side is known. */
  readonly streams: number;
  readonly packets: number;
  /** Of these streams' packets since they were recognised. */
  readonly followedPercent: number;
  /** Of the followed: recognised by lengths and rhythm alone, since timestamps were rewritten; the others by timestamps. */
  readonly byPatternPercent: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export const SPREAD_METRICS = ['lossPercent', 'jitterMs', 'delayVariationMs', 'bitrateBps', 'mos'] as const;
export type SpreadMetric = (typeof SPREAD_METRICS)[number];

/** What all streams came to within a stretch of time. */
export interface StateFigures {
  readonly streams: number;
  readonly packets: number;
  readonly bytes: number;
  readonly expected: number;
  readonly lost: number;
  readonly lossPercent: number | null;
  /** Means over the packets of all streams. */
  readonly jitterMs: number | null;
  readonly delayVariationMs: number | null;
  /** All streams together. */
  readonly bitrateBps: number | null;
  readonly streamBitrateBps: number | null;
  readonly freezes: number | null;
  readonly freezeMs: number | null;
  readonly mos: number | null;
  /** Mean of {@link forwarding}. */
  readonly forwardingDelayMs: number | null;
  /** Null where no stream was seen on both sides of a forwarder. */
  readonly forwarding: ForwardingFigures | null;
  readonly roundTripMs: number | null;
  /** Sessions whose first STUN message and first media were seen, by the first. */
  readonly joins: number;
  readonly joinMs: number | null;
  readonly joinP95Ms: number | null;
  /** One by one. */
  readonly joinTimesMs: readonly number[];
  /** Over streams, weighted by their packets. */
  readonly overStreams: Readonly<Record<SpreadMetric, Spread | null>>;
  /** Over windows of time, weighted by their packets. */
  readonly overTime: Readonly<Record<'lossPercent' | 'jitterMs' | 'bitrateBps', Spread | null>>;
  /** Why a figure is null, by its name. */
  readonly unknown: Readonly<Record<string, string>>;
  readonly perStream: readonly StateStream[];
}

/** One stretch of time with one phase and one scaling state; times by the clock of the states. */
export interface StateAnalysis extends StateFigures {
  readonly phase: string | null;
  readonly repetition: number | null;
  /** `steady(2)`, `scaling-out(1->3)`, ... */
  readonly state: string;
  readonly kind: StateStretch['kind'];
  readonly replicas: number | null;
  readonly targetReplicas: number | null;
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
}

/** All stretches of a phase, or of one state within a phase, together. */
export interface StateGroup extends StateFigures {
  readonly phase: string | null;
  readonly repetition: number | null;
  /** Null: the whole phase. */
  readonly state: string | null;
  readonly seconds: number;
}
