import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeClientHello,
  decodeServerHello,
  HandshakeFragments,
  isDtls,
  isDtlsCiphertext,
} from '../../../analyzers/index.ts';
import { concat, hex } from '../../captures/packets/decoding.ts';
import { ciphertext, clientHello, message, record, serverHello, serverHello13 } from './dtls-messages.ts';

const flight = concat(
  record(22, 0, 0, message(2, 0, serverHello)),
  record(22, 0, 1, message(14, 1, new Uint8Array(0))),
  record(20, 0, 2, hex('01')),
  record(22, 1, 0, new Uint8Array(40)),
);
const unknownLength = hex('28 1234 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');

describe('what is DTLS', () => {
  test.each<[string, Uint8Array]>([
    ['a ClientHello', record(22, 0, 0, message(1, 0, clientHello))],
    ['a fragment', record(22, 0, 0, message(1, 0, clientHello, 20, 10))],
    ['a flight of several records', flight],
    ['an alert', record(21, 0, 1, hex('02 28'))],
    ['application data', record(23, 1, 1, new Uint8Array(30))],
    ['the version of old OpenSSL', record(22, 0, 0, message(1, 0, clientHello), 0x0100)],
    ['a connection id', record(25, 1, 1, new Uint8Array(30))],
    ['ciphertext of 1.3 with its length', ciphertext(2)],
    ['a hello of 1.3 and ciphertext behind it', concat(record(22, 0, 0, message(2, 0, serverHello13)), ciphertext(2))],
  ])('%s', (_name, bytes) => {
    expect(isDtls(bytes, 0, bytes.length)).toBe(true);
  });

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a record that ends too early', flight.slice(0, flight.length - 1)],
    ['a byte too many', concat(flight, hex('00'))],
    ['TLS over TCP', hex('16 03 01 00 05 01 00 00 01 00 00 00 00 00')],
    ['application data in clear', record(23, 0, 1, new Uint8Array(30))],
    ['an alert of no level', record(21, 0, 1, hex('07 28'))],
    ['a fragment beyond its message', record(22, 0, 0, hex('01 000004 0000 000003 000004 00000000'))],
    ['ciphertext of 1.3 without a length', unknownLength],
    ['ciphertext of 1.3 too short for its tag', ciphertext(2, 12)],
  ])('not %s', (_name, bytes) => {
    expect(isDtls(bytes, 0, bytes.length)).toBe(false);
  });

  test('ciphertext without a length is enough where DTLS was seen', () => {
    expect(isDtlsCiphertext(unknownLength, 0, unknownLength.length)).toBe(true);
    expect(isDtlsCiphertext(unknownLength, 0, 10)).toBe(false);
    expect(isDtlsCiphertext(flight, 0, flight.length)).toBe(false);
  });

  test('records that the capture cut', () => {
    expect(isDtls(flight.slice(0, 60), 0, flight.length, 60)).toBe(true);
    expect(isDtls(flight.slice(0, 8), 0, flight.length, 8)).toBe(false);
  });
});

describe('hellos', () => {
  test('of a client', () => {
    expect(decodeClientHello(clientHello)).toEqual({
      version: 0xfefd,
      random: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      cipherSuites: [0xc02b, 0x1301],
      srtpProfiles: [7, 1],
      supportedVersions: [0xfefd],
    });
  });

  test('of a server', () => {
    expect(decodeServerHello(serverHello)).toMatchObject({
      version: 0xfefd,
      cipherSuite: 0xc02b,
      srtpProfile: 7,
      selectedVersion: null,
    });
    expect(decodeServerHello(serverHello13)).toMatchObject({
      cipherSuite: 0x1301,
      srtpProfile: null,
      selectedVersion: 0xfefc,
    });
  });

  test('without extensions, as before DTLS 1.2', () => {
    expect(decodeServerHello(serverHello.subarray(0, 38))).toMatchObject({ cipherSuite: 0xc02b, srtpProfile: null });
    expect(decodeClientHello(clientHello.subarray(0, 44))).toMatchObject({ cipherSuites: [0xc02b, 0x1301] });
  });
});

describe('fragments', () => {
  const pieces = fc.array(fc.tuple(fc.nat(110), fc.nat(40)), { maxLength: 40 });

  test('in any order, overlapping, repeated, beyond the end', () => {
    fc.assert(
      fc.property(pieces, (list) => {
        const fragments = HandshakeFragments.forMessage(100) as HandshakeFragments;
        const covered = new Set<number>();
        for (const [offset, length] of list) {
          fragments.add(
            offset,
            Uint8Array.from({ length }, (_, index) => offset + index),
          );
          if (offset + length <= 100) for (let at = offset; at < offset + length; at++) covered.add(at);
          expect(fragments.complete).toBe(covered.size === 100);
        }
        for (const at of covered) expect(fragments.bytes[at]).toBe(at);
      }),
    );
  });

  test('a message longer than any hello is not put together', () => {
    expect(HandshakeFragments.forMessage(0xffffff)).toBe(null);
  });
});

describe('any bytes', () => {
  const valid = fc.constantFrom(flight, record(22, 0, 0, message(1, 0, clientHello)), ciphertext(3));
  const damaged = fc.tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 })).map(([bytes, edits]) => {
    const copy = bytes.slice();
    for (const [at, byte] of edits) copy[at % copy.length] = byte;
    return copy;
  });

  test('never throw and are never read past their end', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), damaged), fc.nat(5), fc.nat(20), (bytes, offset, cut) => {
        const captured = Math.max(0, bytes.length - cut);
        const [one, other] = [0x11, 0x22].map((filler) => {
          const room = new Uint8Array(offset + bytes.length + 32).fill(filler);
          room.set(bytes.subarray(0, captured), offset);
          return room;
        });
        expect(isDtls(one, offset, bytes.length, captured)).toBe(isDtls(other, offset, bytes.length, captured));
        expect(isDtlsCiphertext(one, offset, bytes.length, captured)).toBe(
          isDtlsCiphertext(other, offset, bytes.length, captured),
        );
        decodeClientHello(bytes);
        decodeServerHello(bytes);
      }),
    );
  });

  test('every prefix of a hello is too short, or lacks extensions only', () => {
    for (let length = 0; length < clientHello.length; length++) {
      const hello = decodeClientHello(clientHello.subarray(0, length));
      if (length < 43) expect(hello).toBe('too-short');
      else expect(hello).toMatchObject({ cipherSuites: [0xc02b, 0x1301] });
    }
    for (let length = 0; length < 38; length++) {
      expect(decodeServerHello(serverHello.subarray(0, length))).toBe('too-short');
    }
  });
});
