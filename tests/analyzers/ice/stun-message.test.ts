import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkStunFingerprint,
  decodeStunAddress,
  decodeStunError,
  decodeStunMessage,
  decodeStunText,
  decodeXorStunAddress,
  isStun,
  StunAttribute,
  type StunMessage,
  stunAttribute,
  stunEndpoint,
} from '../../../analyzers/index.ts';
import { decodePcap, hex } from '../../captures/packets/decoding.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { classicRequest, sampleIpv4Response, sampleIpv6Response, sampleRequest } from './stun-vectors.ts';

const vectors = [sampleRequest, sampleIpv4Response, sampleIpv6Response, classicRequest];

function decoded(bytes: Uint8Array): StunMessage {
  const message = decodeStunMessage(bytes, 0, bytes.length);
  if (typeof message === 'string') throw new Error(message);
  return message;
}

describe('RFC 5769', () => {
  test('request', () => {
    const message = decoded(sampleRequest);
    expect(message).toMatchObject({
      class: 'request',
      method: 1,
      hasCookie: true,
      transactionId: 'b7e7a701bc34d686fa87dfae',
    });
    expect(message.attributes.map(({ type }) => type)).toEqual([0x8022, 0x24, 0x8029, 0x06, 0x08, 0x8028]);
    expect(decodeStunText(stunAttribute(message, StunAttribute.username)!)).toBe('evtj:h6vY');
    expect(decodeStunText(stunAttribute(message, StunAttribute.software)!)).toBe('STUN test client');
    expect(stunAttribute(message, StunAttribute.useCandidate)).toBe(null);
  });

  test('responses and their XORed addresses', () => {
    for (const [bytes, endpoint] of [
      [sampleIpv4Response, '192.0.2.1:32853'],
      [sampleIpv6Response, '[2001:db8:1234:5678:11:2233:4455:6677]:32853'],
    ] as const) {
      const message = decoded(bytes);
      expect(message.class).toBe('success');
      const value = stunAttribute(message, StunAttribute.xorMappedAddress)!;
      expect(stunEndpoint(decodeXorStunAddress(value, message.transactionId))).toBe(endpoint);
    }
  });

  test('fingerprints, and the vectors themselves by their integrity', () => {
    for (const bytes of vectors.slice(0, 3)) {
      expect(checkStunFingerprint(bytes, 0, bytes.length)).toBe(true);
      const broken = bytes.slice();
      broken[9] ^= 1;
      expect(checkStunFingerprint(broken, 0, bytes.length)).toBe(false);
      // RFC 8489, 14.5: the length covers MESSAGE-INTEGRITY itself while the hash is computed.
      const covered = bytes.slice(0, bytes.length - 32);
      covered[3] -= 8;
      const hash = createHmac('sha1', 'VOkJxbRl1RmTxUk/WvJxBt').update(covered).digest();
      expect([...hash]).toEqual([...stunAttribute(decoded(bytes), StunAttribute.messageIntegrity)!]);
    }
    expect(checkStunFingerprint(classicRequest, 0, classicRequest.length)).toBe(null);
  });
});

test('an error code is class times a hundred plus number', () => {
  expect(decodeStunError(hex('0000 04 01 556e617574686f72697a6564 0000'))).toEqual({
    code: 401,
    reason: 'Unauthorized',
  });
  expect(decodeStunError(hex('0000 04'))).toBe(null);
});

test('addresses as they are, and what is none', () => {
  expect(decodeStunAddress(hex('00 01 13 8c c0 00 02 01'))).toEqual({ address: '192.0.2.1', port: 5004 });
  expect(decodeStunAddress(hex('00 03 13 8c c0 00 02 01'))).toBe('unknown-family');
  expect(decodeStunAddress(hex('00 02 13 8c c0 00 02 01'))).toBe('too-short');
  expect(decodeStunAddress(hex('00 01'))).toBe('too-short');
});

describe('what is STUN', () => {
  test('the vectors, and the form of RFC 3489', () => {
    for (const bytes of vectors) expect(isStun(bytes, 0, bytes.length)).toBe(true);
    expect(decoded(classicRequest)).toMatchObject({
      hasCookie: false,
      transactionId: '12233445566778899aabbccddeeff001',
    });
  });

  test.each<[string, Uint8Array]>([
    ['shorter than a header', sampleRequest.slice(0, 19)],
    ['a length that is not that of the datagram', sampleRequest.slice(0, 104)],
    ['one of the first two bits set', Uint8Array.of(0x80, ...sampleRequest.slice(1))],
    ['no cookie, a method of TURN', Uint8Array.of(0, 3, ...classicRequest.slice(2))],
    [
      'no cookie, an attribute that RFC 3489 does not know',
      Uint8Array.from(classicRequest, (b, i) => (i === 21 ? 0x24 : b)),
    ],
    ['no cookie, an attribute past the end', Uint8Array.from(classicRequest, (b, i) => (i === 23 ? 8 : b))],
  ])('not %s', (_name, bytes) => {
    expect(isStun(bytes, 0, bytes.length)).toBe(false);
  });

  test('a message that the capture cut is STUN as far as it goes', () => {
    const cut = sampleRequest.slice(0, 50);
    expect(isStun(cut, 0, sampleRequest.length, cut.length)).toBe(true);
    const message = decodeStunMessage(cut, 0, sampleRequest.length, cut.length) as StunMessage;
    expect(message.attributes.map(({ type }) => type)).toEqual([0x8022, 0x24]);
  });
});

describe('any bytes', () => {
  const startOf = fc.constantFrom(...vectors);
  const damaged = fc
    .tuple(startOf, fc.array(fc.tuple(fc.nat(107), fc.nat(255)), { maxLength: 6 }))
    .map(([bytes, edits]) => {
      const copy = bytes.slice();
      for (const [at, byte] of edits) copy[at % copy.length] = byte;
      return copy;
    });

  test('never throw and are never read past their end', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), fc.nat(8), (bytes, offset) => {
        // Reading past the end would find the sentinel: what is decoded must not depend on it.
        const inside = new Uint8Array(bytes.length + offset + 64).fill(0x11);
        inside.set(bytes, offset);
        const other = new Uint8Array(bytes.length + offset + 64).fill(0x22);
        other.set(bytes, offset);
        expect(isStun(inside, offset, bytes.length)).toBe(isStun(other, offset, bytes.length));
        expect(decodeStunMessage(inside, offset, bytes.length)).toEqual(decodeStunMessage(other, offset, bytes.length));
        expect(checkStunFingerprint(inside, offset, bytes.length)).toBe(
          checkStunFingerprint(other, offset, bytes.length),
        );
        decodeXorStunAddress(bytes.subarray(0, 20), '0'.repeat(24));
        decodeStunError(bytes);
      }),
    );
  });

  test('every prefix of a message is none, or the message cut', () => {
    for (const bytes of vectors) {
      for (let length = 0; length < bytes.length; length++) {
        expect(isStun(bytes.slice(0, length), 0, length)).toBe(false);
        expect(typeof decodeStunMessage(bytes.slice(0, length), 0, length)).toBe('string');
        const cut = decodeStunMessage(bytes.slice(0, length), 0, bytes.length, length);
        if (length < 20) expect(cut).toBe('too-short');
        else expect(cut).toMatchObject({ type: decoded(bytes).type });
      }
    }
  });
});

describe.skipIf(missingCaptures !== '')(`STUN in captures${missingCaptures}`, () => {
  // Counts as of tshark's `stun || classicstun`.
  test.each([
    ['arkime__arkime/tests/pcap/stun-ice-testcall.pcap', 108],
    ['ntop__nDPI/tests/cfgs/default/pcap/stun_classic.pcap', 2],
    ['cisco__mercury/unit_tests/pcaps/stun_classic.pcap', 2],
    ['SIPp__sipp/pcap/g711a.pcap', 0],
    ['generated__chrome156/chrome156-direct-vp8.pcap', 28],
    ['generated__chrome156/chrome156-loss-vp8.pcap', 94],
  ])('%s', (path, count) => {
    const { seen } = decodePcap(sharedCapture(path) as string);
    const stun = seen.filter(({ payload, length }) => isStun(payload, 0, length, payload.length));
    expect(stun.length).toBe(count);
    for (const { payload } of stun) {
      expect(typeof decodeStunMessage(payload, 0, payload.length)).toBe('object');
      expect(checkStunFingerprint(payload, 0, payload.length)).not.toBe(false);
    }
  });
});
