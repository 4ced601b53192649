import { describe, expect, test } from 'vitest';
import { buildSessions, type DtlsHandshakeAnalysis, type IcePairAnalysis } from '../../../analyzers/index.ts';

const at = (seconds: number) => `2026-01-01T00:00:${seconds.toFixed(3).padStart(6, '0')}Z`;
const place = { transport: 'udp', relayedPeer: null } as const;

function pair(a: string, b: string, more: Partial<IcePairAnalysis> = {}): IcePairAnalysis {
  return {
    a,
    b,
    ...place,
    controlling: 'a',
    checks: 1,
    responses: 1,
    retransmissions: 0,
    errors: 0,
    roundTripMs: null,
    firstCheckTime: at(1),
    firstSuccessTime: at(1.1),
    nominatedTime: at(1.2),
    consentChecks: 0,
    longestConsentGapMs: null,
    usernameFragments: ['aaaa', 'bbbb'],
    software: [],
    ...more,
  };
}

function handshake(
  client: string,
  server: string,
  startTime: string,
  durationMs: number | null,
): DtlsHandshakeAnalysis {
  return {
    client,
    server,
    ...place,
    version: '1.2',
    cipherSuite: null,
    srtpProfile: null,
    srtpProfilesOffered: [],
    startTime,
    durationMs,
    completed: durationMs !== null,
    retransmissions: 0,
    alerts: [],
  };
}

const stream = (id: string, source: string, destination: string, from: number, to: number) => ({
  id,
  source,
  destination,
  ...place,
  startTime: at(from),
  endTime: at(to),
});

const A = '192.0.2.1:5000';
const B = '192.0.2.2:6000';
const RELAY = '192.0.2.3:7000';

test('the way from the first check to the last packet, whatever end is named first', () => {
  const sessions = buildSessions(
    [pair(A, B)],
    [handshake(B, A, at(1.3), null), handshake(B, A, at(1.4), 50.5)],
    [stream('s1', B, A, 1.6, 9), stream('s2', A, B, 1.5, 8)],
  );
  expect(sessions).toEqual([
    {
      id: 'c1',
      a: A,
      b: B,
      transport: 'udp',
      relayedPeer: null,
      firstStunTime: at(1),
      nominatedTime: at(1.2),
      dtlsStartTime: at(1.4),
      dtlsEndTime: '2026-01-01T00:00:01.450Z',
      firstMediaTime: at(1.5),
      endTime: at(9),
      setupMs: 500,
      switchedFrom: null,
      streams: ['s1', 's2'],
    },
  ]);
});

test('a pair that was only checked is none; media alone, a handshake alone, a nomination alone are', () => {
  const sessions = buildSessions(
    [pair(A, B, { nominatedTime: null }), pair(A, RELAY, { firstCheckTime: at(3) })],
    [handshake('192.0.2.9:1', '192.0.2.8:2', at(2), null)],
    [stream('s1', '198.51.100.1:1', '198.51.100.2:2', 0.5, 0.7)],
  );
  expect(sessions.map(({ id, a, setupMs, endTime }) => [id, a, setupMs, endTime])).toEqual([
    ['c1', '198.51.100.1:1', null, at(0.7)],
    ['c2', '192.0.2.9:1', null, null],
    ['c3', A, null, at(1.2)],
  ]);
});

test('media before the first check: the setup is not in the capture', () => {
  const sessions = buildSessions([pair(A, B)], [], [stream('s1', A, B, 0.2, 9)]);
  expect(sessions).toEqual([expect.objectContaining({ setupMs: null, firstMediaTime: at(0.2) })]);
});

test('two relayed peers of one client are two sessions', () => {
  const relayed = (id: string, relayedPeer: string) => ({
    ...stream(id, A, B, 1, 2),
    transport: 'turn-udp' as const,
    relayedPeer,
  });
  const sessions = buildSessions([], [], [relayed('s1', '198.51.100.1:1'), relayed('s2', '198.51.100.2:1')]);
  expect(sessions.map(({ relayedPeer, streams }) => [relayedPeer, streams])).toEqual([
    ['198.51.100.1:1', ['s1']],
    ['198.51.100.2:1', ['s2']],
  ]);
});

describe('path switches', () => {
  const pairs = [pair(A, RELAY), pair(A, B, { firstCheckTime: at(10) })];
  const switches = (streams: ReturnType<typeof stream>[], list = pairs) =>
    buildSessions(list, [], streams).map(({ switchedFrom }) => switchedFrom);

  test('media of one ICE session move to another pair', () => {
    expect(switches([stream('s1', A, RELAY, 2, 12), stream('s2', A, B, 11, 40)])).toEqual([null, 'c1']);
    expect(switches([stream('s1', A, RELAY, 2, 12), stream('s2', A, B, 30, 40)])).toEqual([null, 'c1']);
  });

  test('paths used side by side are none, nor is media of another ICE session', () => {
    expect(switches([stream('s1', A, RELAY, 2, 40), stream('s2', A, B, 11, 40)])).toEqual([null, null]);
    const others = [pairs[0], pair(A, B, { firstCheckTime: at(10), usernameFragments: ['cccc', 'dddd'] })];
    expect(switches([stream('s1', A, RELAY, 2, 12), stream('s2', A, B, 11, 40)], others)).toEqual([null, null]);
  });
});
