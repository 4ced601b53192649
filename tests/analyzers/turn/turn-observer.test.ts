import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TurnObserver } from '../../../analyzers/index.ts';
import { Datagram, Transport } from '../../../captures/index.ts';
import { concat, hex } from '../../captures/packets/decoding.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { attribute, errorCode, stun, xorAddress } from '../ice/stun-building.ts';
import { Conversation, observeCapture, timeText } from '../observing.ts';

const integrity = attribute(0x0008, new Uint8Array(20));
const udpRequested = attribute(0x0019, [17, 0, 0, 0]);
const lifetime = (seconds: number) => attribute(0x000d, [0, 0, seconds >>> 8, seconds & 255]);
const rtp = hex('80 60 0001 00000000 01020304 aabbccdd');

/** ChannelData (RFC 8656, 12.4). */
const channelData = (channel: number, data: Uint8Array, padding = 0) =>
  concat(
    Uint8Array.of(channel >>> 8, channel & 255, data.length >>> 8, data.length & 255),
    data,
    new Uint8Array(padding),
  );

function conversation() {
  const between = new Conversation(40000, 3478);
  const observer = new TurnObserver(between.flows);
  const inner = new Datagram();
  return {
    flows: between.flows,
    observer,
    /** `a` is the client. */
    say(from: 'a' | 'b', atMs: number, bytes: Uint8Array) {
      observer.message(between.datagram(from, bytes, atMs));
    },
    /** The peer, transport and payload of what the bytes carry, null where they carry nothing. */
    carried(from: 'a' | 'b', bytes: Uint8Array, more: Partial<Datagram> = {}) {
      const datagram = between.datagram(from, bytes, 1, more);
      if (!observer.unwrap(datagram, inner)) return null;
      expect(inner).toMatchObject({ seconds: datagram.seconds, nanoseconds: datagram.nanoseconds });
      return {
        source: between.flows.source(inner.flow),
        peer: between.flows.relayedPeer(inner.flow),
        transport: inner.transport,
        length: inner.length,
        payload: inner.bytes.slice(inner.offset, inner.offset + inner.capturedLength),
      };
    },
    allocation: () => observer.report(timeText).allocations[0],
  };
}

test('an allocation: the challenge is no error, permissions, channels, refreshes', () => {
  const { say, allocation, observer } = conversation();
  say('a', 10, stun(0x0003, 1, udpRequested));
  say('b', 20, stun(0x0113, 1, errorCode(401, 'Unauthorized')));
  say('a', 30, stun(0x0003, 2, udpRequested, integrity));
  say(
    'b',
    42.5,
    stun(0x0103, 2, xorAddress(0x16, '198.51.100.1:50000'), xorAddress(0x20, '203.0.113.9:7777'), lifetime(600)),
  );
  say('a', 50, stun(0x0008, 3, xorAddress(0x12, '198.51.100.7:1'), xorAddress(0x12, '198.51.100.8:2'), integrity));
  say('b', 55, stun(0x0108, 3));
  say('a', 60, stun(0x0009, 4, attribute(0x0c, [0x40, 1, 0, 0]), xorAddress(0x12, '198.51.100.7:6000'), integrity));
  say('b', 65, stun(0x0109, 4));
  say('a', 70, stun(0x0004, 5, lifetime(0), integrity));
  say('b', 75, stun(0x0104, 5, lifetime(0)));
  const report = observer.report(timeText);
  expect(report).toEqual({
    allocations: [
      {
        client: '192.0.2.1:40000',
        server: '192.0.2.2:3478',
        relayedAddress: '198.51.100.1:50000',
        mappedAddress: '203.0.113.9:7777',
        lifetimeSeconds: 600,
        allocatedTime: '2026-01-01T00:00:00.042500000Z',
        allocationMs: 32.5,
        refreshes: 1,
        permissions: ['198.51.100.7', '198.51.100.8'],
        channels: [{ number: 0x4001, peer: '198.51.100.7:6000' }],
        errors: [],
      },
    ],
    allocationsLeftOut: 0,
    channelDataPackets: 0,
    indicationPackets: 0,
  });
  expect(observer.report(timeText)).toEqual(report);
  expect(allocation()).toEqual(report.allocations[0]);
});

test('errors: credentials that were refused, and others; a response seen twice counts once', () => {
  const { say, allocation } = conversation();
  say('a', 0, stun(0x0003, 1, udpRequested, integrity));
  say('b', 1, stun(0x0113, 1, errorCode(401, 'Wrong')));
  say('b', 1, stun(0x0113, 1, errorCode(401, 'Wrong')));
  for (const transaction of [2, 3]) {
    say('a', 2, stun(0x0003, transaction, udpRequested, integrity));
    say('b', 3, stun(0x0113, transaction, errorCode(486, 'Quota')));
  }
  expect(allocation()).toMatchObject({
    allocatedTime: null,
    errors: [
      { code: 401, reason: 'Wrong', count: 1 },
      { code: 486, reason: 'Quota', count: 2 },
    ],
  });
});

test('a channel that was refused has no peer', () => {
  const { say, allocation } = conversation();
  say('a', 0, stun(0x0009, 1, attribute(0x0c, [0x40, 1, 0, 0]), xorAddress(0x12, '198.51.100.7:6000'), integrity));
  expect(allocation().channels).toHaveLength(1);
  say('b', 1, stun(0x0119, 1, errorCode(400)));
  expect(allocation().channels).toEqual([]);
});

describe('what is relayed', () => {
  test('Send and Data indications, to one peer and another', () => {
    const { carried, allocation } = conversation();
    const data = attribute(0x0013, rtp);
    for (const peer of ['198.51.100.7:6000', '198.51.100.7:6000', '198.51.100.8:6000', '198.51.100.7:6000']) {
      expect(carried('a', stun(0x0016, 1, xorAddress(0x12, peer), data))).toEqual({
        source: '192.0.2.1:40000',
        peer,
        transport: Transport.turnUdp,
        length: rtp.length,
        payload: rtp,
      });
    }
    expect(carried('b', stun(0x0017, 1, data, xorAddress(0x12, '198.51.100.7:6000')))).toMatchObject({
      source: '192.0.2.2:3478',
      peer: '198.51.100.7:6000',
    });
    expect(allocation()).toMatchObject({ client: '192.0.2.1:40000', server: '192.0.2.2:3478' });
  });

  test('an IPv6 peer is XORed with the transaction id', () => {
    const { carried } = conversation();
    const peer = (last: number, transaction: number) =>
      attribute(0x0012, [...hex('00 02 32 9e 01 13 a9 fa 00000000 00000000 000000'), last ^ transaction]);
    for (const transaction of [5, 6]) {
      expect(carried('a', stun(0x0016, transaction, peer(7, transaction), attribute(0x13, rtp)))).toMatchObject({
        peer: '[2001:db8::7]:5004',
      });
    }
  });

  test('an indication lacks its peer or its data', () => {
    const { carried } = conversation();
    expect(carried('a', stun(0x0016, 1, attribute(0x13, rtp)))).toBe(null);
    expect(carried('a', stun(0x0016, 1, xorAddress(0x12, '198.51.100.7:6000')))).toBe(null);
    expect(carried('a', stun(0x0001, 1))).toBe(null);
  });

  test('ChannelData by the peer of its binding, in both directions', () => {
    const { say, carried } = conversation();
    say('a', 0, stun(0x0009, 1, attribute(0x0c, [0x40, 2, 0, 0]), xorAddress(0x12, '198.51.100.7:6000'), integrity));
    const data = hex('01 02 03');
    for (const from of ['a', 'b', 'a'] as const) {
      expect(carried(from, channelData(0x4002, data, 1))).toMatchObject({
        peer: '198.51.100.7:6000',
        length: 3,
        payload: data,
      });
    }
    expect(carried('a', channelData(0x4003, data))?.peer).toBe('channel 0x4003');
    say('a', 1, stun(0x0009, 2, attribute(0x0c, [0x40, 2, 0, 0]), xorAddress(0x12, '198.51.100.9:6000'), integrity));
    expect(carried('b', channelData(0x4002, data))?.peer).toBe('198.51.100.9:6000');
  });

  test('a binding that comes after the data does not split the stream', () => {
    const { say, carried } = conversation();
    expect(carried('a', channelData(0x4001, rtp))?.peer).toBe('channel 0x4001');
    say('a', 1, stun(0x0009, 2, attribute(0x0c, [0x40, 1, 0, 0]), xorAddress(0x12, '198.51.100.7:6000'), integrity));
    expect(carried('a', channelData(0x4001, rtp))?.peer).toBe('channel 0x4001');
  });

  test('over TCP it is padded', () => {
    const { carried } = conversation();
    const carriedByTcp = carried('a', channelData(0x4001, concat(rtp, hex('ee')), 3), { transport: Transport.tcp });
    expect(carriedByTcp).toMatchObject({ transport: Transport.turnTcp, length: rtp.length + 1 });
  });

  test('without an allocation the data must look like RTP, RTCP, STUN or DTLS', () => {
    const { carried } = conversation();
    expect(carried('a', channelData(0x4001, rtp))).not.toBe(null);
    expect(carried('a', channelData(0x4001, stun(0x0001, 1)))).not.toBe(null);
    expect(carried('a', channelData(0x4001, hex('01 02 03 04 05 06 07 08 09')))).toBe(null);
    expect(carried('a', hex('40 01 00 09 80 60'))).toBe(null);
    expect(carried('a', hex('45 01 00 02 80 60'))).toBe(null);
    expect(carried('a', hex('40 01'))).toBe(null);
  });

  test('a packet that the capture cut', () => {
    const { carried } = conversation();
    const whole = channelData(0x4001, rtp);
    expect(carried('a', whole, { capturedLength: 10 })).toMatchObject({ length: rtp.length, payload: rtp.slice(0, 6) });
    const indication = stun(0x0016, 1, xorAddress(0x12, '198.51.100.7:6000'), attribute(0x13, rtp));
    expect(carried('a', indication, { capturedLength: 40 })).toMatchObject({
      length: rtp.length,
      payload: rtp.slice(0, 4),
    });
    expect(carried('a', indication, { capturedLength: 30 })).toBe(null);
  });
});

test('any bytes: nothing throws, and what is carried lies inside', () => {
  const valid = fc.constantFrom(
    channelData(0x4001, rtp),
    stun(0x0016, 1, xorAddress(0x12, '198.51.100.7:6000'), attribute(0x13, rtp)),
    stun(0x0103, 2, xorAddress(0x16, '198.51.100.1:50000'), lifetime(600)),
    stun(0x0009, 1, attribute(0x0c, [0x40, 1, 0, 0]), xorAddress(0x12, '198.51.100.7:6000'), integrity),
  );
  const damaged = fc.tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 })).map(([bytes, edits]) => {
    const copy = bytes.slice();
    for (const [at, byte] of edits) copy[at % copy.length] = byte;
    return copy;
  });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), { maxLength: 8 }),
      fc.nat(70),
      (list, cut) => {
        const between = new Conversation();
        const observer = new TurnObserver(between.flows);
        const inner = new Datagram();
        for (const bytes of list) {
          const datagram = between.datagram('a', bytes, 1, { capturedLength: Math.min(cut, bytes.length) });
          observer.message(datagram);
          if (observer.unwrap(datagram, inner)) {
            expect(inner.offset + inner.capturedLength).toBeLessThanOrEqual(datagram.capturedLength);
            expect(inner.offset + inner.length).toBeLessThanOrEqual(datagram.length);
            expect(inner.capturedLength).toBeGreaterThanOrEqual(0);
          }
        }
        observer.report(timeText);
      },
    ),
  );
});

describe.skipIf(missingCaptures !== '')(`captures${missingCaptures}`, () => {
  function relayedIn(path: string) {
    const inner = new Datagram();
    const peers: Record<string, number> = {};
    const { observer } = observeCapture(sharedCapture(path) as string, (flows) => {
      const observer = new TurnObserver(flows);
      return {
        observer,
        datagram(datagram) {
          observer.message(datagram);
          if (!observer.unwrap(datagram, inner)) return;
          const peer = flows.relayedPeer(inner.flow) as string;
          peers[peer] = (peers[peer] ?? 0) + 1;
        },
      };
    });
    return { peers, ...observer.report(timeText) };
  }

  test('a call in ChannelData without any allocation', () => {
    expect(relayedIn('derived__g711a/turn-channeldata.pcap')).toMatchObject({
      peers: { 'channel 0x4001': 236 },
      channelDataPackets: 236,
    });
  });

  test('a call in Send indications', () => {
    expect(relayedIn('derived__g711a/turn-send-indication.pcap')).toMatchObject({
      peers: { '10.1.6.18:2006': 236 },
      indicationPackets: 236,
    });
  });

  test('a call of two browsers over one relay', () => {
    const { allocations, channelDataPackets, indicationPackets } = relayedIn(
      'generated__chrome156/chrome156-turn-udp-vp9.pcap',
    );
    // tshark: 2248 with stun.channel, 11 Send and 8 Data indications.
    expect({ channelDataPackets, indicationPackets }).toEqual({ channelDataPackets: 2248, indicationPackets: 19 });
    expect(allocations).toEqual([
      expect.objectContaining({
        relayedAddress: '127.0.0.1:61501',
        lifetimeSeconds: 600,
        allocationMs: 2.937,
        permissions: ['127.0.0.1'],
        channels: [{ number: 0x4000, peer: '127.0.0.1:60486' }],
        errors: [],
      }),
      expect.objectContaining({ relayedAddress: '127.0.0.1:56895', refreshes: 1, channels: [], errors: [] }),
      expect.objectContaining({
        relayedAddress: '127.0.0.1:60486',
        channels: [{ number: 0x4000, peer: '127.0.0.1:61501' }],
      }),
    ]);
  });

  test('TURN over TCP', () => {
    expect(relayedIn('ntop__nDPI/tests/cfgs/default/pcap/stun_dtls_rtp.pcapng')).toMatchObject({
      peers: { '10.13.0.50:1259': 31 },
      allocations: [{ relayedAddress: '10.13.0.62:15530', lifetimeSeconds: 120 }],
    });
  });

  test.each(['linecall_falsepositve.pcap', 'zoom2.pcap', 'skype-conference-call.pcap', 'imo.pcap', 'rx.pcap'])(
    'nothing in %s is taken for ChannelData',
    (name) => {
      expect(relayedIn(`ntop__nDPI/tests/cfgs/default/pcap/${name}`)).toMatchObject({
        channelDataPackets: 0,
        peers: {},
      });
    },
  );
});
