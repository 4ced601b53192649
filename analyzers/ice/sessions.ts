import { elapsedNs } from '../../captures/index.ts';
import type { DtlsHandshakeAnalysis, IcePairAnalysis, SessionAnalysis, StreamAnalysis } from '../analysis.ts';
import { laterReportTime, parseReportTime } from './report-time.ts';

/** Media may go on for this long on the old path while the other end has already moved. */
const LONGEST_HANDOVER_MS = 2000;

type SessionStream = Pick<
  StreamAnalysis,
  'id' | 'source' | 'destination' | 'transport' | 'relayedPeer' | 'startTime' | 'endTime'
>;

interface Parts {
  readonly a: string;
  readonly b: string;
  readonly transport: SessionAnalysis['transport'];
  readonly relayedPeer: string | null;
  pair: IcePairAnalysis | null;
  readonly handshakes: DtlsHandshakeAnalysis[];
  readonly streams: SessionStream[];
}

type Session = { -readonly [Name in keyof SessionAnalysis]: SessionAnalysis[Name] };

/**
 * What each two addresses did with each other, from the first STUN message to the last media packet. A pair that was only
 * checked, and neither nominated nor used, is no session.
 */
export function buildSessions(
  pairs: readonly IcePairAnalysis[],
  handshakes: readonly DtlsHandshakeAnalysis[],
  streams: readonly SessionStream[],
): SessionAnalysis[] {
  const parts = new Map<string, Parts>();
  const partsOf = (a: string, b: string, place: Pick<Parts, 'transport' | 'relayedPeer'>): Parts => {
    const ends = a < b ? `${a} ${b}` : `${b} ${a}`;
    const key = `${ends} ${place.transport} ${place.relayedPeer}`;
    let found = parts.get(key);
    if (found === undefined) {
      const { transport, relayedPeer } = place;
      found = { a, b, transport, relayedPeer, pair: null, handshakes: [], streams: [] };
      parts.set(key, found);
    }
    return found;
  };
  for (const pair of pairs) partsOf(pair.a, pair.b, pair).pair = pair;
  for (const handshake of handshakes) partsOf(handshake.client, handshake.server, handshake).handshakes.push(handshake);
  for (const stream of streams) partsOf(stream.source, stream.destination, stream).streams.push(stream);

  const used = [...parts.values()].filter(
    (part) => part.streams.length > 0 || part.handshakes.length > 0 || part.pair?.nominatedTime != null,
  );
  const sessions = used.map((part) => ({ session: sessionOf(part), part }));
  sessions.sort((one, other) => compareTimes(beginOf(one.session), beginOf(other.session)));
  sessions.forEach(({ session }, index) => {
    session.id = `c${index + 1}`;
  });
  markPathSwitches(sessions);
  return sessions.map(({ session }) => session);
}

function sessionOf({ a, b, transport, relayedPeer, pair, handshakes, streams }: Parts): Session {
  const handshake = handshakes.find(({ completed }) => completed) ?? handshakes[0] ?? null;
  const dtlsEndTime =
    handshake === null || handshake.durationMs === null
      ? null
      : laterReportTime(handshake.startTime, handshake.durationMs);
  const firstStunTime = pair?.firstCheckTime ?? null;
  const nominatedTime = pair?.nominatedTime ?? null;
  const firstMediaTime = extreme(
    streams.map(({ startTime }) => startTime),
    -1,
  );
  const setupMs = elapsedMs(firstStunTime, firstMediaTime);
  return {
    id: '',
    a,
    b,
    transport,
    relayedPeer,
    firstStunTime,
    nominatedTime,
    dtlsStartTime: handshake?.startTime ?? null,
    dtlsEndTime,
    firstMediaTime,
    endTime: extreme([...streams.map(({ endTime }) => endTime), dtlsEndTime, nominatedTime], 1),
    // Media before the first check: the capture began during the call, and how it was set up is not in it.
    setupMs: setupMs !== null && setupMs >= 0 ? setupMs : null,
    switchedFrom: null,
    streams: streams.map(({ id }) => id),
  };
}

/** Media of one ICE session (one pair of username fragments) that moved from one pair of addresses to another. */
function markPathSwitches(sessions: readonly { session: Session; part: Parts }[]): void {
  const byFragments = new Map<string, Session[]>();
  for (const { session, part } of sessions) {
    const fragments = part.pair?.usernameFragments ?? [];
    if (fragments.length < 2 || session.firstMediaTime === null) continue;
    const key = [...fragments].sort().join(' ');
    const group = byFragments.get(key);
    if (group === undefined) byFragments.set(key, [session]);
    else group.push(session);
  }
  for (const group of byFragments.values()) {
    group.sort((one, other) => compareTimes(one.firstMediaTime, other.firstMediaTime));
    for (let later = 1; later < group.length; later++) {
      for (let earlier = later - 1; earlier >= 0 && group[later].switchedFrom === null; earlier--) {
        if (tookOver(group[earlier], group[later])) group[later].switchedFrom = group[earlier].id;
      }
    }
  }
}

/** Whether media ended on `before` about when they began on `after`; two paths used side by side are no switch. */
function tookOver(before: Session, after: Session): boolean {
  const overlapMs = elapsedMs(after.firstMediaTime, before.endTime);
  const beforeMs = elapsedMs(before.firstMediaTime, before.endTime);
  const afterMs = elapsedMs(after.firstMediaTime, after.endTime);
  if (overlapMs === null || beforeMs === null || afterMs === null) return false;
  return overlapMs < LONGEST_HANDOVER_MS && overlapMs < Math.min(beforeMs, afterMs) / 2;
}

function beginOf(session: Session): string | null {
  return extreme([session.firstStunTime, session.dtlsStartTime, session.firstMediaTime], -1);
}

/** The latest (sign 1) or earliest (sign -1) of the times that are known. */
function extreme(times: readonly (string | null)[], sign: 1 | -1): string | null {
  let best: string | null = null;
  for (const time of times) {
    if (time !== null && (best === null || compareTimes(time, best) * sign > 0)) best = time;
  }
  return best;
}

function elapsedMs(from: string | null, to: string | null): number | null {
  const start = from === null ? null : parseReportTime(from);
  const end = to === null ? null : parseReportTime(to);
  return start === null || end === null ? null : elapsedNs(start, end) / 1e6;
}

/** Unknown times come last. */
function compareTimes(one: string | null, other: string | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  return -(elapsedMs(one, other) ?? 0);
}
