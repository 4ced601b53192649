import type { CaptureSummary, SessionAnalysis, StreamAnalysis } from '../analysis.ts';
import type { ForwardingCell, ForwardingDelays } from '../forwarding/forwarding-delays.ts';
import { delaysAboveFloor } from '../rtp/delay-variation.ts';
import type { RtpStreams } from '../rtp/rtp-streams.ts';
import type { StateAnalysis, StateGroup } from './state-analysis.ts';
import { figuresOf, type SegmentedStream, type SegmentSpan } from './state-figures.ts';
import type { StatePlan } from './state-plan.ts';
import type { StateSegments } from './state-segments.ts';
import { Total } from './stream-totals.ts';

export interface StatesAnalysis {
  readonly states: StateAnalysis[];
  readonly groups: StateGroup[];
}

const NOT_FORWARDED: ReadonlyMap<number, ForwardingCell> = new Map();

/** @param rowOf the row of a stream's id. */
export function analyzeStates(
  plan: StatePlan,
  segments: StateSegments,
  rtp: RtpStreams,
  forwarding: ForwardingDelays | null,
  rowOf: (id: string) => number,
  streams: readonly StreamAnalysis[],
  sessions: readonly SessionAnalysis[],
  captures: readonly CaptureSummary[],
): StatesAnalysis {
  const offsetMs = (plan.clockOffsetSeconds ?? 0) * 1000;
  const idOf = new Map(streams.map(({ id }) => [rtp.appearance(rowOf(id)), id]));
  const segmented = streams
    .filter((stream) => stream.durationSeconds !== null)
    .map((stream) => segment(stream, segments, rtp, forwarding, rowOf(stream.id), idOf));
  const times = (pick: 'startTime' | 'endTime') =>
    captures.flatMap((capture) => (capture[pick] === null ? [] : Date.parse(capture[pick])));
  const startMs = Math.min(...times('startTime'), ...segmented.map((one) => one.startMs));
  const endMs = Math.max(...times('endTime'), ...segmented.map((one) => one.endMs));
  // By the captures' clock, cut to what was captured.
  const spans: SegmentSpan[] = plan.stretches.map(({ fromMs, toMs }) => ({
    fromMs: Math.max(fromMs - offsetMs, startMs),
    toMs: Math.min(toMs - offsetMs, endMs),
  }));
  const trips = segments.roundTrips();
  const figures = (members: readonly number[]) =>
    figuresOf(members, spans, segmented, sessions, trips, forwarding?.histograms ?? null);
  const states: StateAnalysis[] = [];
  const byGroup = new Map<string, { head: Pick<StateGroup, 'phase' | 'repetition' | 'state'>; members: number[] }>();
  for (const [place, stretch] of plan.stretches.entries()) {
    const { fromMs, toMs } = spans[place];
    if (!(fromMs < toMs) && !segmented.some(({ totals }) => totals.has(place))) continue;
    const { phase, repetition, state, kind, replicas, targetReplicas } = stretch;
    const seconds = Math.max(0, toMs - fromMs) / 1000;
    const text = (ms: number) => new Date(Math.round(ms + offsetMs)).toISOString();
    states.push({
      ...{ phase, repetition, state, kind, replicas, targetReplicas },
      ...{ from: text(fromMs), to: text(Math.max(fromMs, toMs)), seconds },
      ...figures([place]),
    });
    for (const name of [null, state]) {
      const key = JSON.stringify([phase, repetition, name]);
      const group = byGroup.get(key) ?? { head: { phase, repetition, state: name }, members: [] };
      byGroup.set(key, group);
      group.members.push(place);
    }
  }
  const groups = [...byGroup.values()].map(({ head, members }) => ({
    ...head,
    seconds: members.reduce((sum, place) => sum + Math.max(0, spans[place].toMs - spans[place].fromMs), 0) / 1000,
    ...figures(members),
  }));
  return { states, groups };
}

function segment(
  stream: StreamAnalysis,
  segments: StateSegments,
  rtp: RtpStreams,
  forwarding: ForwardingDelays | null,
  row: number,
  idOf: ReadonlyMap<number, string>,
): SegmentedStream {
  const { arrivalNs, jitterNs, count } = rtp.samples(row);
  const { startSeconds, startNs, endNs } = rtp.times(row);
  const ofSample = new Uint16Array(count);
  for (let at = 0; at < count; at++) {
    ofSample[at] = segments.segmentOf({ seconds: startSeconds, nanoseconds: arrivalNs[at] });
  }
  const delays = stream.clockRate === null ? null : delaysAboveFloor(rtp.samples(row), 1e9 / stream.clockRate);
  return {
    stream,
    totals: repaired(segments.totalsOf(row)),
    startMs: startSeconds * 1000 + startNs / 1e6,
    endMs: startSeconds * 1000 + endNs / 1e6,
    // A retransmission is no forwarded packet: it was held back on purpose.
    forwarding:
      stream.kind === 'rtx' || stream.kind === 'fec'
        ? NOT_FORWARDED
        : (forwarding?.of(rtp.appearance(row)) ?? NOT_FORWARDED),
    forwardedFrom: idOf.get(forwarding?.sources.get(rtp.appearance(row)) ?? -1) ?? null,
    samples: { segment: ofSample, jitterNs: jitterNs.subarray(0, count), delayNs: delays?.delays ?? null },
  };
}

/** A packet that came late, after its state was over, takes back a loss: that of the last state which has one. */
function repaired(totals: ReadonlyMap<number, Float64Array>): Map<number, Float64Array> {
  const places = [...totals.keys()].sort((a, b) => b - a);
  const found = new Map(places.map((place) => [place, (totals.get(place) as Float64Array).slice()]));
  let owed = 0;
  for (const place of places) {
    const cell = found.get(place) as Float64Array;
    const lost = cell[Total.lost] - owed;
    cell[Total.lost] = Math.max(0, lost);
    // What was expected goes with the loss: received packets plus lost ones.
    cell[Total.expected] = cell[Total.packets] + cell[Total.lost];
    owed = Math.max(0, -lost);
  }
  return found;
}
