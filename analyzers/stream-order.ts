import type { SessionAnalysis, StreamAnalysis } from './analysis.ts';

/** Names in each of the streams the session that it belongs to, in place: of ten thousand streams copies would be megabytes. */
export function inSessions(streams: StreamAnalysis[], sessions: readonly SessionAnalysis[]): StreamAnalysis[] {
  const sessionOf = new Map(sessions.flatMap(({ id, streams: ids }) => ids.map((stream) => [stream, id] as const)));
  for (const stream of streams) (stream as { session: string | null }).session = sessionOf.get(stream.id) ?? null;
  return streams;
}

/** For sorting: what hurts most comes first. */
export function worstFirst(a: StreamAnalysis, b: StreamAnalysis): number {
  return badness(b) - badness(a) || b.packets - a.packets;
}

function badness(stream: StreamAnalysis): number {
  const repair = stream.kind === 'rtx' || stream.kind === 'fec';
  const few = stream.expected < 50 ? 0.2 : 1;
  const freezes = (stream.video?.freezeMs ?? 0) / 1000 / Math.max(1, stream.durationSeconds ?? 0);
  const score = (stream.lostPercent + (stream.jitterMs?.p95 ?? 0) / 30 + freezes * 20) * few;
  return repair ? score / 1000 - 1 : score;
}
