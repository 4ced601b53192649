import type { StreamAnalysis } from '../analysis.ts';
import { isObject, type JsonObject, textMember } from '../states/json-documents.ts';
import type { TimedLine } from './read-lines.ts';

/** One stream of a participant whose network was made worse on purpose: what was done to it, and what the capture shows of it. */
export interface InjectedStream {
  readonly client: string;
  readonly direction: 'sent' | 'received';
  readonly kind: string | null;
  readonly ssrc: number;
  /** The stream of the analysis; null where the capture has none. */
  readonly stream: string | null;
  /** Dropped by the participant: before the capture where it sends, behind it where it receives. */
  readonly droppedPackets: number;
  readonly capturedLost: number | null;
  /** Missing at the receiver: where sent, at the capture; where received, at the participant. */
  readonly missingPackets: number | null;
  /** Sent or received twice on purpose by the participant, and the same packets again in the capture. */
  readonly duplicatedPackets: number;
  readonly capturedDuplicates: number | null;
  /** Behind a later packet as they left the participant, and as the capture shows it; of what was sent. */
  readonly leftReordered: number | null;
  readonly capturedReordered: number | null;
  /** As packets left the participant, and as the capture shows it; of what was sent. */
  readonly leftJitterMs: number | null;
  readonly capturedJitterMs: number | null;
  /** Injected on one way, and half of the participant's shortest round trip (RFC 3550, 6.4.1). */
  readonly delayMs: number | null;
  readonly measuredDelayMs: number | null;
  /** Loss, duplicates and order to the packet, jitter and delay within 1 ms; null where the capture does not have the stream. */
  readonly agrees: boolean | null;
}

const MOST_STREAMS = 5000;
/** By how much delay and jitter may be off. */
const CLOSE_MS = 1;

/**
 * Holds what participants did to their own packets (`injected` in load.jsonl) against what the capture shows of these streams. The capture lies
 * between the two ways of a packet: what a publisher dropped is missing in it, and in every copy that was forwarded of it unless it
 * was sent again; what a subscriber drops is missing behind it.
 */
export function injectedStreams(load: readonly TimedLine[], streams: readonly StreamAnalysis[]): InjectedStream[] {
  const bySsrc = new Map<number, StreamAnalysis[]>();
  for (const stream of streams) bySsrc.set(stream.ssrc, [...(bySsrc.get(stream.ssrc) ?? []), stream]);
  const found: InjectedStream[] = [];
  for (const { fields } of load) {
    const { event, injected, streams: counted } = fields;
    const client = textMember(fields, 'client');
    if (event !== 'stats' || client === null || !isObject(injected) || !Array.isArray(counted)) continue;
    if (!impairs(injected)) continue;
    for (const one of counted) {
      // A retransmission comes when it is asked for: its numbers say nothing of the network's.
      if (!isObject(one) || number(one['repairs']) !== null || found.length >= MOST_STREAMS) continue;
      const compared = compare(client, one, injected, bySsrc);
      if (compared !== null) found.push(compared);
    }
  }
  return found;
}

function impairs(injected: JsonObject): boolean {
  return (
    ['lossPercent', 'delayMs', 'jitterMs'].some((name) => (number(injected[name]) ?? 0) > 0) ||
    ['duplicated', 'reordered'].some((name) => isObject(injected[name]) && Object.keys(injected[name]).length > 0)
  );
}

function compare(
  client: string,
  counted: JsonObject,
  injected: JsonObject,
  bySsrc: ReadonlyMap<number, readonly StreamAnalysis[]>,
): InjectedStream | null {
  const ssrc = number(counted['ssrc']);
  const { direction, localAddress } = counted;
  const packets = number(counted['packets']);
  if (ssrc === null || packets === null || (direction !== 'sent' && direction !== 'received')) return null;
  const sent = direction === 'sent';
  const seen = (bySsrc.get(ssrc) ?? [])
    .filter((stream) => (sent ? stream.source : stream.destination) === localAddress)
    .reduce<StreamAnalysis | null>((most, one) => (most === null || one.packets > most.packets ? one : most), null);
  const dropped = countOf(injected['dropped'], ssrc) ?? 0;
  const missing = sent ? (seen?.lost ?? null) : number(counted['lost']);
  const left = sent ? countOf(injected['sentJitterMs'], ssrc) : null;
  const captured = sent ? (seen?.jitterMs?.mean ?? null) : null;
  const duplicated = countOf(injected['duplicated'], ssrc) ?? 0;
  const leftReordered = sent ? countOf(injected['sentReordered'], ssrc) : null;
  const capturedReordered = sent ? (seen?.reordered ?? null) : null;
  const delayMs = number(injected['delayMs']);
  const roundTripMs = sent ? number(counted['shortestRoundTripMs']) : null;
  const measured = roundTripMs === null ? null : roundTripMs / 2;
  const close = (a: number | null, b: number | null) => a === null || b === null || Math.abs(a - b) <= CLOSE_MS;
  const same = (a: number | null, b: number | null) => a === null || b === null || a === b;
  const exact =
    seen !== null &&
    (sent
      ? seen.lost === dropped && seen.packets === packets - dropped && seen.duplicates === duplicated
      : seen.packets === packets + dropped &&
        missing === seen.lost + dropped &&
        same(number(counted['duplicates']), seen.duplicates + duplicated)) &&
    same(leftReordered, capturedReordered);
  return {
    client,
    direction,
    kind: textMember(counted, 'kind'),
    ssrc,
    stream: seen?.id ?? null,
    droppedPackets: dropped,
    capturedLost: seen?.lost ?? null,
    missingPackets: missing,
    duplicatedPackets: duplicated,
    capturedDuplicates: seen?.duplicates ?? null,
    leftReordered,
    capturedReordered,
    leftJitterMs: left,
    capturedJitterMs: captured,
    delayMs,
    measuredDelayMs: measured,
    agrees: seen === null ? null : exact && close(left, captured) && (!sent || close(delayMs, measured)),
  };
}

function countOf(counts: unknown, ssrc: number): number | null {
  return isObject(counts) && Object.hasOwn(counts, String(ssrc)) ? number(counts[String(ssrc)]) : null;
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
