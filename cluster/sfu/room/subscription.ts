import type { IncomingStream } from '../forwarding/incoming-stream.ts';
import type { PublishedTrack, Subscriber } from './published-track.ts';

/** Height by which an encoding counts before its picture was seen: each is twice the one below. */
const assumedHeight = (rank: number): number => 180 * 2 ** rank;
/** What was not seen for so long has ended, or was never begun. */
export const RECENT_MS = 2000;

/** The best encoding within a height and a rate; the lowest where none is. */
export function chooseEncoding(
  track: PublishedTrack,
  maxHeight: number | null,
  bps: number,
  nowMs: number,
): IncomingStream | null {
  let chosen: IncomingStream | null = null;
  for (const encoding of track.encodings) {
    if (nowMs - encoding.lastPacketMs > RECENT_MS && track.encodings.length > 1) continue;
    const height = encoding.height ?? assumedHeight(encoding.rank);
    if (chosen !== null && ((maxHeight !== null && height > maxHeight) || encoding.bitrateBps > bps)) continue;
    chosen = encoding;
  }
  return chosen ?? track.encodings[0] ?? null;
}

function encodingFor({ rid, wish }: Subscriber, track: PublishedTrack, bps: number, nowMs: number) {
  if (rid !== undefined) return track.encodings.find((encoding) => encoding.rid === rid) ?? null;
  return chooseEncoding(track, wish.maxHeight, bps, nowMs);
}

/** Lets a section's stream follow the track as it wishes. Without a rate the lowest encoding comes first. */
export function connect(section: Subscriber, track: PublishedTrack, bps = 0, nowMs = performance.now()): void {
  const stream = section.outgoing;
  if (stream === null) return;
  const encoding = section.wish.on ? encodingFor(section, track, bps, nowMs) : null;
  if (encoding !== null && encoding === stream.target && encoding.outgoing.includes(stream)) {
    // Since the new one began, the old one is nothing to it.
    for (const other of track.encodings) if (other !== stream.source && other !== encoding) remove(other, section);
    return;
  }
  if (encoding === null) {
    disconnect(section);
    return;
  }
  const { source, target } = stream;
  // Until the new one begins, the old one goes on.
  for (const old of new Set([source, target])) {
    const keep = old === source && source !== null && track.encodings.includes(source);
    if (old !== null && old !== encoding && !keep) remove(old, section);
  }
  stream.target = encoding;
  if (!encoding.outgoing.includes(stream)) encoding.outgoing.push(stream);
  if (stream.isWaiting && track.kind === 'video') track.participant.askKeyFrame(encoding, nowMs);
}

export function disconnect(section: Subscriber): void {
  const stream = section.outgoing;
  if (stream === null) return;
  for (const old of [stream.source, stream.target]) if (old !== null) remove(old, section);
  stream.target = null;
  stream.interrupt();
}

/** Ends what the section received, and says so to who received it. */
export function end(section: Subscriber): void {
  const stream = section.outgoing;
  if (stream === null) return;
  disconnect(section);
  stream.end();
}

function remove(encoding: IncomingStream, section: Subscriber): void {
  const index = section.outgoing === null ? -1 : encoding.outgoing.indexOf(section.outgoing);
  if (index >= 0) encoding.outgoing.splice(index, 1);
}
