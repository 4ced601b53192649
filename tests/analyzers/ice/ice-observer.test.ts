import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IceObserver, TurnObserver } from '../../../analyzers/index.ts';
import { Datagram } from '../../../captures/index.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { Conversation, observeCapture, timeText } from '../observing.ts';
import { attribute, errorCode, stun, text, xorAddress } from './stun-building.ts';
import { sampleRequest } from './stun-vectors.ts';

const REQUEST = 0x0001;
const SUCCESS = 0x0101;
const ERROR = 0x0111;
const controlling = attribute(0x802a, new Uint8Array(8));
const controlled = attribute(0x8029, new Uint8Array(8));
const useCandidate = attribute(0x0025, []);
const username = text(0x0006, 'bbbb:aaaa');
const integrity = attribute(0x0008, new Uint8Array(20));
const mapped = xorAddress(0x0020, '192.0.2.1:5000');

function conversation() {
  const between = new Conversation();
  const observer = new IceObserver(between.flows);
  const report = () => observer.report(timeText);
  return {
    between,
    observer,
    report,
    pair: () => report().pairs[0],
    say(from: 'a' | 'b', atMs: number, bytes: Uint8Array, more: Partial<Datagram> = {}) {
      const datagram = between.datagram(from, bytes, atMs, more);
      expect(observer.isStun(datagram)).toBe(true);
      observer.message(datagram);
    },
  };
}

test('checks from both ends, nomination, consent', () => {
  const { say, pair, report } = conversation();
  say('a', 0, stun(REQUEST, 1, username, controlling, text(0x8022, 'agent 1')));
  say('b', 5, stun(REQUEST, 2, text(0x0006, 'aaaa:bbbb'), controlled));
  say('b', 10, stun(SUCCESS, 1, mapped, text(0x8022, 'agent 2')));
  say('a', 11, stun(SUCCESS, 2, mapped));
  say('a', 20, stun(REQUEST, 3, username, controlling, useCandidate));
  expect(pair()).toMatchObject({ nominatedTime: null, consentChecks: 0, longestConsentGapMs: null });
  say('b', 40, stun(SUCCESS, 3, mapped));
  say('a', 2500, stun(REQUEST, 4, username, controlling));
  say('b', 2540, stun(SUCCESS, 4, mapped));
  expect(pair()).toEqual({
    a: '192.0.2.1:5000',
    b: '192.0.2.2:6000',
    transport: 'udp',
    relayedPeer: null,
    controlling: 'a',
    checks: 4,
    responses: 4,
    retransmissions: 0,
    errors: 0,
    roundTripMs: { min: 6, mean: 19, max: 40 },
    firstCheckTime: '2026-01-01T00:00:00.000000000Z',
    firstSuccessTime: '2026-01-01T00:00:00.010000000Z',
    nominatedTime: '2026-01-01T00:00:00.040000000Z',
    consentChecks: 1,
    longestConsentGapMs: 2500,
    usernameFragments: ['bbbb', 'aaaa'],
    software: ['agent 1', 'agent 2'],
  });
  expect(report()).toMatchObject({ messages: 8, transactions: 4, unanswered: 0, retransmissions: 0, errors: [] });
  expect(report()).toEqual(report());
});

test('checks that go on without an answer leave the gap open', () => {
  const { say, pair, report } = conversation();
  say('a', 0, stun(REQUEST, 1, username, controlling, useCandidate));
  say('b', 10, stun(SUCCESS, 1, mapped));
  for (let check = 0; check < 4; check++)
    say('a', 1000 + check * 1000, stun(REQUEST, 2 + check, username, controlling));
  expect(pair()).toMatchObject({ consentChecks: 4, longestConsentGapMs: 3990 });
  // The last one is too young to miss its answer.
  expect(report().unanswered).toBe(3);
});

test('a request again after its timer is a retransmission, at once or at another point it is a copy', () => {
  const { say, pair, report } = conversation();
  const request = stun(REQUEST, 1, username, controlling);
  say('a', 0, request);
  say('a', 0.1, request);
  say('a', 0.2, request, { observationPoint: 2 });
  say('a', 250, request);
  say('a', 250.1, request, { observationPoint: 2 });
  say('b', 260, stun(SUCCESS, 1, mapped));
  say('b', 260.1, stun(SUCCESS, 1, mapped), { observationPoint: 2 });
  say('b', 400, stun(SUCCESS, 1, mapped));
  // Which request was answered is not known, hence no round trip.
  expect(pair()).toMatchObject({ checks: 1, retransmissions: 1, responses: 1, roundTripMs: null });
  expect(report()).toMatchObject({ messages: 4, transactions: 1, retransmissions: 1 });
});

test('errors by code; the roles change', () => {
  const { say, pair, report } = conversation();
  say('b', 0, stun(REQUEST, 1, username, controlling));
  say('a', 1, stun(ERROR, 1, errorCode(487, 'Role Conflict')));
  expect(pair()).toMatchObject({
    a: '192.0.2.2:6000',
    controlling: 'a',
    errors: 1,
    responses: 0,
    firstSuccessTime: null,
  });
  say('b', 2, stun(REQUEST, 2, username, controlled));
  expect(pair().controlling).toBe('b');
  expect(report().errors).toEqual([{ code: 487, reason: 'Role Conflict', count: 1 }]);
});

test('asking a STUN server is a transaction, no pair; GOOG_PING on a pair is a check', () => {
  const server = conversation();
  server.say('a', 0, stun(REQUEST, 1));
  server.say('b', 5, stun(SUCCESS, 1, mapped));
  expect(server.report()).toMatchObject({ messages: 2, transactions: 1, pairs: [] });

  const { say, pair } = conversation();
  say('a', 0, stun(REQUEST, 1, username));
  say('b', 5, stun(SUCCESS, 1, mapped));
  say('a', 1000, stun(0x0200, 2));
  say('b', 1005, stun(0x0300, 2));
  expect(pair()).toMatchObject({ checks: 2, responses: 2 });
});

test('responses alone tell a pair by their integrity', () => {
  const { say, report } = conversation();
  say('b', 0, stun(SUCCESS, 1, mapped));
  expect(report().pairs).toEqual([]);
  say('b', 10, stun(SUCCESS, 2, mapped, integrity));
  expect(report().pairs).toEqual([expect.objectContaining({ checks: 0, responses: 1, roundTripMs: null })]);
});

test('a flood of requests is counted though not remembered', () => {
  const { say, report } = conversation();
  const flood = 80_000;
  for (let transaction = 0; transaction < flood; transaction++) {
    say('a', transaction, stun(REQUEST, transaction, username));
  }
  const { transactions, unanswered, pairs } = report();
  expect(transactions).toBe(flood);
  // All but those of the last 500 ms.
  expect(unanswered).toBe(flood - 500);
  expect(pairs).toHaveLength(1);
});

test('any bytes: nothing throws', () => {
  const damaged = fc.array(fc.tuple(fc.nat(sampleRequest.length - 1), fc.nat(255)), { maxLength: 5 }).map((edits) => {
    const copy = sampleRequest.slice();
    for (const [at, byte] of edits) copy[at] = byte;
    return copy;
  });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), { maxLength: 6 }),
      fc.nat(120),
      (list, cut) => {
        const between = new Conversation();
        const observer = new IceObserver(between.flows);
        list.forEach((bytes, index) => {
          const capturedLength = Math.min(cut, bytes.length);
          const datagram = between.datagram(index % 2 === 0 ? 'a' : 'b', bytes, index * 40, { capturedLength });
          if (observer.isStun(datagram)) observer.message(datagram);
        });
        expect(observer.report(timeText).messages).toBeLessThanOrEqual(list.length);
      },
    ),
  );
});

describe.skipIf(missingCaptures !== '')(`captures${missingCaptures}`, () => {
  function reportOf(path: string) {
    const inner = new Datagram();
    const { ice } = observeCapture(sharedCapture(path) as string, (flows) => {
      const ice = new IceObserver(flows);
      const turn = new TurnObserver(flows);
      return {
        ice,
        datagram(datagram) {
          if (ice.isStun(datagram)) {
            ice.message(datagram);
            turn.message(datagram);
          }
          if (turn.unwrap(datagram, inner) && ice.isStun(inner)) ice.message(inner);
        },
      };
    });
    return ice.report(timeText);
  }

  /** What the browser that began the call counted on its side of the pair. */
  function candidatePair(name: string): { requestsSent: number; responsesReceived: number; nominated: boolean } {
    return JSON.parse(readFileSync(sharedCapture(`${name}.truth.json`) as string, 'utf8')).candidate_pair[0];
  }

  // The other browser checked as often, once less where the last of the first went unanswered; all of its were answered.
  test.each([
    ['direct-vp8', 7],
    ['loss-vp8', 12],
    ['turn-udp-vp9', 8],
  ])('chrome156-%s agrees with what the browser counted', (name, checksOfOther) => {
    const truth = candidatePair(`generated__chrome156/chrome156-${name}`);
    const [pair] = reportOf(`generated__chrome156/chrome156-${name}.pcap`).pairs;
    expect(truth.nominated).toBe(true);
    expect(pair).toMatchObject({
      checks: truth.requestsSent + checksOfOther,
      responses: truth.responsesReceived + checksOfOther,
      nominatedTime: expect.any(String),
      errors: 0,
      retransmissions: 0,
    });
    // Consent is checked every 2.5 s or so.
    expect(pair.longestConsentGapMs).toBeGreaterThan(2000);
    expect(pair.longestConsentGapMs).toBeLessThan(3000);
  });

  test('a relayed call names the peer behind the relay', () => {
    const { pairs } = reportOf('generated__chrome156/chrome156-turn-udp-vp9.pcap');
    expect(pairs.map(({ transport, relayedPeer }) => [transport, relayedPeer])).toEqual([
      ['turn-udp', '127.0.0.1:61501'],
      ['udp', null],
      ['turn-udp', '127.0.0.1:60486'],
    ]);
  });

  test('arkime stun-ice-testcall.pcap, with requests sent again and answered again', () => {
    // 108 STUN messages by tshark, of which 6 requests repeat the type and id of one before.
    expect(reportOf('arkime__arkime/tests/pcap/stun-ice-testcall.pcap')).toMatchObject({
      messages: 108,
      retransmissions: 6,
      unanswered: 0,
      pairs: [{ checks: 20 }, { checks: 20 }, { checks: 2 }, { checks: 2 }],
    });
  });

  test('zeek webrtc-stun.pcap', () => {
    expect(reportOf('zeek__zeek/testing/btest/Traces/tls/webrtc-stun.pcap')).toMatchObject({
      messages: 10,
      transactions: 5,
      unanswered: 0,
      pairs: [
        {
          a: '192.168.6.82:51462',
          controlling: 'a',
          checks: 5,
          responses: 5,
          usernameFragments: ['Tw5XmGABTU55u6F2', '31e58bb6'],
        },
      ],
    });
  });

  test('RFC 3489 is transactions without a pair', () => {
    expect(reportOf('ntop__nDPI/tests/cfgs/default/pcap/stun_classic.pcap')).toMatchObject({
      messages: 2,
      transactions: 1,
      pairs: [],
    });
  });

  test('one direction only', () => {
    const { errors, pairs } = reportOf('ntop__nDPI/tests/cfgs/default/pcap/stun_msteams_unidir.pcapng');
    expect(errors).toEqual([]);
    expect(pairs).toEqual([expect.objectContaining({ checks: 0, responses: 4, roundTripMs: null })]);
  });
});
