import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasIntegrity } from '../../../cluster/stun/message-integrity.ts';
import { StunMessage } from '../../../cluster/stun/stun-message.ts';
import { STUN_TYPE } from '../../../cluster/stun/stun-type.ts';
import { addressBytes, StunWriter } from '../../../cluster/stun/stun-writer.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('RFC 5769', () => {
  const key = createSecretKey(Buffer.from('VOkJxbRl1RmTxUk/WvJxBt', 'latin1'));

  it('reads the sample request of section 2.1', () => {
    const request = hex(`00010058 2112a442 b7e7a701 bc34d686 fa87dfae
      80220010 5354554e 20746573 7420636c 69656e74
      00240004 6e0001ff 80290008 932ff9b1 51263b36
      00060009 6576746a 3a683676 59202020
      00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
      80280004 e57a3bcf`);
    const message = new StunMessage();
    expect(message.decode(request, request.length)).toBeNull();
    expect(message).toMatchObject({
      type: STUN_TYPE.BINDING_REQUEST,
      username: 'evtj:h6vY',
      priority: 0x6e0001ff,
      iceControlled: true,
      iceControlling: false,
      useCandidate: false,
      hasFingerprint: true,
      unknownRequired: null,
    });
    const before = Buffer.from(request);
    expect(hasIntegrity(message, key)).toBe(true);
    expect(request).toEqual(before);
    expect(hasIntegrity(message, createSecretKey(Buffer.from('wrong')))).toBe(false);
  });

  it.each([
    [
      '192.0.2.1',
      `0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
      00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`,
    ],
    [
      '2001:db8:1234:5678:11:2233:4455:6677',
      `01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
      00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275
      bfe3ed41 80280004 c8fb0b4c`,
    ],
  ])('reads the sample response for %s', (address, text) => {
    const response = hex(text);
    const message = new StunMessage();
    expect(message.decode(response, response.length)).toBeNull();
    expect(message).toMatchObject({ type: STUN_TYPE.BINDING_SUCCESS, mappedAddress: address, mappedPort: 32853 });
    expect(hasIntegrity(message, key)).toBe(true);
  });
});

describe('what is written', () => {
  const key = createSecretKey(Buffer.from('a password of 22 bytes'));
  const request = {
    username: 'abcd:efgh',
    priority: 2 ** 31 + 7,
    useCandidate: true,
    role: 'controlling',
    tieBreaker: 2n ** 64n - 1n,
  } as const;

  it('is read as it was meant', () => {
    const writer = new StunWriter();
    const asked = Buffer.from(writer.bindingRequest(request, key));
    const message = new StunMessage();
    expect(message.decode(asked, asked.length)).toBeNull();
    expect(message).toMatchObject({
      username: 'abcd:efgh',
      priority: 2 ** 31 + 7,
      useCandidate: true,
      iceControlling: true,
      hasFingerprint: true,
    });
    expect(hasIntegrity(message, key)).toBe(true);

    for (const [address, seen] of [
      ['10.1.2.3', '10.1.2.3'],
      ['::ffff:10.1.2.3', '10.1.2.3'],
      ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    ]) {
      const answer = writer.bindingSuccess(asked, address, 50_000, key);
      expect(message.decode(answer, answer.length)).toBeNull();
      expect(message).toMatchObject({ mappedAddress: seen, mappedPort: 50_000, username: null, useCandidate: false });
      expect(hasIntegrity(message, key)).toBe(true);
      expect(answer.subarray(8, 20)).toEqual(asked.subarray(8, 20));
    }

    const refusal = writer.bindingError(asked, 401, 'Unauthenticated', null);
    expect(message.decode(refusal, refusal.length)).toBeNull();
    expect(message).toMatchObject({ type: STUN_TYPE.BINDING_ERROR, errorCode: 401, integrityAt: null });
    expect(hasIntegrity(message, key)).toBe(false);
  });

  it('is refused after any change of what MESSAGE-INTEGRITY covers, or of itself', () => {
    const asked = Buffer.from(new StunWriter().bindingRequest(request, key));
    const message = new StunMessage();
    for (let bit = 0; bit < (asked.length - 8) * 8; bit++) {
      const changed = Buffer.from(asked);
      changed[bit >> 3] ^= 1 << (bit & 7);
      const taken = message.decode(changed, changed.length) === null && hasIntegrity(message, key);
      expect(taken).toBe(false);
    }
  });
});

it('never throws on made-up messages, and reads nothing behind their end', () => {
  const message = new StunMessage();
  const attribute = fc.record({
    type: fc.constantFrom(6, 8, 9, 10, 0x20, 0x24, 0x25, 0x8028, 0x8029, 0x802a, 0x7fff, 0xffff),
    size: fc.integer({ min: 0, max: 600 }),
    value: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(
      fc.array(attribute, { maxLength: 6 }),
      fc.uint8Array({ maxLength: 30 }),
      fc.boolean(),
      (list, tail, trueLength) => {
        const parts = list.flatMap(({ type, size, value }) => {
          const head = Buffer.alloc(4);
          head.writeUInt16BE(type, 0);
          head.writeUInt16BE(trueLength ? value.length : size, 2);
          return [head, value, Buffer.alloc((4 - (value.length & 3)) & 3)];
        });
        const body = Buffer.concat([...parts, trueLength ? new Uint8Array() : tail]);
        const datagram = Buffer.concat([hex('0001 0000 2112a442 000102030405060708090a0b'), body]);
        datagram.writeUInt16BE(body.length, 2);
        const wrong = message.decode(datagram, datagram.length);
        if (wrong === null) {
          expect(message.username?.length ?? 0).toBeLessThanOrEqual(body.length);
          hasIntegrity(message, createSecretKey(Buffer.from('k')));
        }
        const raw = Buffer.from(tail);
        expect(message.decode(raw, raw.length)).not.toBeNull();
      },
    ),
    { numRuns: 500 },
  );
});

it('spells addresses as bytes', () => {
  expect([...addressBytes('1.2.3.4')]).toEqual([1, 2, 3, 4]);
  expect(Buffer.from(addressBytes('2001:db8::ff00:1')).toString('hex')).toBe('20010db80000000000000000ff000001');
  expect(Buffer.from(addressBytes('::')).toString('hex')).toBe('0'.repeat(32));
});
