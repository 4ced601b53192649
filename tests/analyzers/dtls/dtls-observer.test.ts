import { describe, expect, test } from 'vitest';
import { DtlsObserver } from '../../../analyzers/index.ts';
import { concat, hex } from '../../captures/packets/decoding.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { Conversation, observeCapture, timeText } from '../observing.ts';
import {
  ciphertext,
  clientHello,
  helloRetryRequest,
  message,
  otherClientHello,
  record,
  serverHello,
  serverHello13,
} from './dtls-messages.ts';

function conversation() {
  const between = new Conversation();
  const observer = new DtlsObserver(between.flows);
  return {
    flows: between.flows,
    observer,
    say(from: 'a' | 'b', atMs: number, ...records: Uint8Array[]) {
      const datagram = between.datagram(from, concat(...records), atMs);
      expect(observer.isDtls(datagram)).toBe(true);
      observer.datagram(datagram);
      return datagram;
    },
    handshakes: () => observer.report(timeText).handshakes,
  };
}

const hello = (sequence = 0, recordNumber = sequence, body = clientHello) =>
  record(22, 0, recordNumber, message(1, sequence, body));
const finished = (recordNumber = 0) => record(22, 1, recordNumber, new Uint8Array(40));

describe('DTLS 1.2', () => {
  test('a handshake, from the first ClientHello to the second Finished', () => {
    const { say, handshakes, observer } = conversation();
    say('a', 10, hello());
    say('b', 20, record(22, 0, 0, message(2, 0, serverHello)), record(22, 0, 1, message(14, 1, new Uint8Array(0))));
    say('a', 30, record(20, 0, 1, hex('01')), finished());
    expect(handshakes()[0].completed).toBe(false);
    say('b', 42.5, record(20, 0, 2, hex('01')), finished());
    const expected = {
      client: '192.0.2.1:5000',
      server: '192.0.2.2:6000',
      transport: 'udp',
      relayedPeer: null,
      version: '1.2',
      cipherSuite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      srtpProfile: 'SRTP_AEAD_AES_128_GCM',
      srtpProfilesOffered: ['SRTP_AEAD_AES_128_GCM', 'SRTP_AES128_CM_HMAC_SHA1_80'],
      startTime: '2026-01-01T00:00:00.010000000Z',
      durationMs: 32.5,
      completed: true,
      retransmissions: 0,
      alerts: [],
    };
    expect(observer.report(timeText)).toEqual({ records: 7, handshakes: [expected], handshakesLeftOut: 0 });
    expect(observer.report(timeText)).toEqual(observer.report(timeText));
  });

  test('has no duration where the clock of the capture was set back during it', () => {
    const { say, handshakes } = conversation();
    say('a', 10, hello());
    say('b', 20, record(22, 0, 0, message(2, 0, serverHello)));
    say('a', 30, record(20, 0, 1, hex('01')), finished());
    say('b', 5, record(20, 0, 2, hex('01')), finished());
    expect(handshakes()[0]).toMatchObject({ completed: true, durationMs: null });
  });

  test('a cookie exchange is one handshake and no retransmission', () => {
    const { say, handshakes } = conversation();
    say('a', 0, hello(0));
    say('b', 5, record(22, 0, 0, message(3, 0, hex('feff 04 01020304'))));
    say('a', 10, hello(1));
    say('b', 15, record(22, 0, 1, message(2, 1, serverHello)));
    expect(handshakes()).toEqual([expect.objectContaining({ version: '1.2', retransmissions: 0 })]);
  });

  test('messages sent again are counted, copies of a packet are not', () => {
    const { say, handshakes } = conversation();
    say('a', 0, hello(0, 0));
    say('a', 1, hello(0, 0)); // the same record at once: a copy
    say('a', 50, hello(0, 1)); // a new record
    say('a', 150, hello(0, 1)); // an old stack numbers its records from the start, but takes its time
    say('b', 160, record(22, 0, 0, message(2, 0, serverHello)));
    say('a', 170, finished(0));
    say('a', 171, finished(0));
    say('a', 220, finished(1));
    expect(handshakes()).toEqual([expect.objectContaining({ retransmissions: 3, completed: false })]);
  });

  test('a ClientHello with another random begins another handshake', () => {
    const { say, handshakes } = conversation();
    say('a', 0, hello());
    say('a', 100, hello(0, 1));
    say('a', 5000, hello(0, 0, otherClientHello));
    expect(handshakes().map(({ retransmissions, startTime }) => [retransmissions, startTime.slice(17)])).toEqual([
      [1, '00.000000000Z'],
      [0, '05.000000000Z'],
    ]);
  });

  test('hellos in fragments, the last one first', () => {
    const { say, handshakes } = conversation();
    say('a', 0, record(22, 0, 1, message(1, 0, clientHello, 40, clientHello.length - 40)));
    expect(handshakes()).toEqual([]);
    say('a', 1, record(22, 0, 0, message(1, 0, clientHello, 0, 40)));
    say('b', 2, record(22, 0, 0, message(2, 0, serverHello, 0, 30)));
    say('b', 3, record(22, 0, 1, message(2, 0, serverHello, 30, serverHello.length - 30)));
    expect(handshakes()).toEqual([
      expect.objectContaining({
        version: '1.2',
        srtpProfilesOffered: ['SRTP_AEAD_AES_128_GCM', 'SRTP_AES128_CM_HMAC_SHA1_80'],
        startTime: '2026-01-01T00:00:00.000000000Z',
      }),
    ]);
  });

  test('alerts in clear, with who sent them', () => {
    const { say, handshakes } = conversation();
    say('a', 0, hello());
    say('b', 5, record(21, 0, 0, hex('02 28')));
    expect(handshakes()[0].alerts).toEqual([
      { level: 'fatal', description: 'handshake_failure', time: '2026-01-01T00:00:00.005000000Z', from: 'server' },
    ]);
  });

  test('only the server was captured: known by its hello, without a duration; the first media ends it', () => {
    const { say, handshakes, observer } = conversation();
    const { flow } = say('b', 0, record(22, 0, 0, message(2, 0, serverHello)));
    expect(handshakes()[0]).toMatchObject({ client: '192.0.2.1:5000', server: '192.0.2.2:6000', completed: false });
    observer.media(flow, { seconds: 1_767_225_601, nanoseconds: 0 });
    expect(handshakes()[0]).toMatchObject({ completed: true, durationMs: null });
  });
});

describe('DTLS 1.3', () => {
  test('the server acknowledges the encrypted Finished of the client', () => {
    const { say, handshakes } = conversation();
    say('a', 0, hello());
    say('b', 5, record(22, 0, 0, message(2, 0, serverHello13)), ciphertext(2));
    say('b', 6, ciphertext(3));
    expect(handshakes()[0].completed).toBe(false);
    say('a', 10, ciphertext(2));
    expect(handshakes()[0].completed).toBe(false);
    say('b', 15, ciphertext(3));
    expect(handshakes()).toEqual([
      expect.objectContaining({
        version: '1.3',
        cipherSuite: 'TLS_AES_128_GCM_SHA256',
        srtpProfile: null,
        durationMs: 15,
        completed: true,
      }),
    ]);
  });

  test('a HelloRetryRequest names the version, the hello after it the rest', () => {
    const { say, handshakes } = conversation();
    say('a', 0, hello());
    say('b', 5, record(22, 0, 0, message(2, 0, helloRetryRequest)));
    expect(handshakes()[0]).toMatchObject({ version: '1.3', cipherSuite: null });
    say('a', 10, hello(1));
    say('b', 15, record(22, 0, 1, message(2, 1, serverHello13)));
    expect(handshakes()).toEqual([
      expect.objectContaining({ version: '1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', retransmissions: 0 }),
    ]);
  });
});

test('the flow and its opposite are known to have DTLS, others are not', () => {
  const { say, flows, observer } = conversation();
  const { flow } = say('a', 0, hello());
  const back = flows.internIpv4(0xc0000202, 0xc0000201, (6000 << 16) | 5000, 0);
  const other = flows.internIpv4(0xc0000202, 0xc0000201, (6000 << 16) | 5001, 0);
  expect([flow, back, other].map((number) => observer.hasDtls(number))).toEqual([true, true, false]);
});

test('a flood of handshakes is counted, not kept', () => {
  const { say, observer } = conversation();
  for (let attempt = 0; attempt < 200; attempt++) {
    say(
      'a',
      attempt,
      hello(
        0,
        0,
        Uint8Array.from(clientHello, (byte, at) => (at === 3 ? attempt : byte)),
      ),
    );
  }
  const report = observer.report(timeText);
  expect(report.handshakes.length).toBe(64);
  expect(report.handshakesLeftOut).toBe(136);
});

describe.skipIf(missingCaptures !== '')(`captures${missingCaptures}`, () => {
  const handshakesOf = (path: string) => {
    const { observer } = observeCapture(sharedCapture(path) as string, (flows) => {
      const observer = new DtlsObserver(flows);
      return {
        observer,
        datagram: (datagram) => (observer.isDtls(datagram) ? observer.datagram(datagram) : undefined),
      };
    });
    return observer.report(timeText);
  };

  // Records, and each handshake's facts, as tshark's fields show them.
  test.each<[string, number, object[]]>([
    [
      'zeek__zeek/testing/btest/Traces/tls/webrtc-stun.pcap',
      13,
      [
        {
          client: '74.201.205.9:43044',
          version: '1.0',
          cipherSuite: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
          srtpProfile: 'SRTP_AES128_CM_HMAC_SHA1_80',
          durationMs: 13.85,
          completed: true,
          retransmissions: 0,
        },
      ],
    ],
    [
      'ntop__nDPI/tests/cfgs/default/pcap/stun_dtls_rtp.pcapng',
      39,
      [
        {
          version: '1.2',
          cipherSuite: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
          srtpProfile: 'SRTP_AEAD_AES_256_GCM',
          // The client's flight of four (Finished too) and the server's ticket and Finished went twice.
          retransmissions: 6,
          completed: true,
        },
      ],
    ],
    [
      'ntop__nDPI/tests/cfgs/default/pcap/dtls_old_version.pcapng',
      9,
      [{ version: '1.0', retransmissions: 3, completed: false }],
    ],
    [
      'zeek__zeek/testing/btest/Traces/tls/dtls13-wolfssl.pcap',
      15,
      [{ version: '1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', completed: true, retransmissions: 0 }],
    ],
    [
      'arkime__arkime/tests/pcap/wireshark-dtls12.pcap',
      17,
      [{ version: '1.2', cipherSuite: 'TLS_ECJPAKE_WITH_AES_128_CCM_8', durationMs: 5908.021, completed: true }],
    ],
    [
      'debian-src__wireshark-4.0.17/test/captures/dtls12-aes128ccm8-dsb.pcapng',
      15,
      [{ version: '1.2', cipherSuite: 'TLS_PSK_WITH_AES_128_CCM_8', completed: true }],
    ],
    [
      'debian-src__wireshark-4.0.17/test/captures/snakeoil-dtls.pcap',
      14,
      [{ version: '1.0', cipherSuite: 'TLS_RSA_WITH_AES_256_CBC_SHA', completed: true }],
    ],
    ['cisco__mercury/unit_tests/pcaps/dtls_fragmented_client_hello.pcap', 2, [{ version: null, completed: false }]],
    ['ntop__nDPI/tests/cfgs/default/pcap/dtls_mid_sessions.pcapng', 91, []],
    [
      'generated__chrome156/chrome156-direct-vp8.pcap',
      6,
      [
        {
          version: '1.3',
          completed: true,
          srtpProfile: null,
          srtpProfilesOffered: ['SRTP_AES128_CM_HMAC_SHA1_80', 'SRTP_AEAD_AES_256_GCM', 'SRTP_AEAD_AES_128_GCM'],
        },
      ],
    ],
  ])('%s', (path, records, handshakes) => {
    expect(handshakesOf(path)).toEqual({
      records,
      handshakes: handshakes.map((facts) => expect.objectContaining(facts)),
      handshakesLeftOut: 0,
    });
  });
});
