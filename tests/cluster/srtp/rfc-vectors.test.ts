import { describe, expect, it } from 'vitest';
import { CounterMode, KeystreamAhead } from '../../../cluster/srtp/counter-mode.ts';
import { GcmProtection } from '../../../cluster/srtp/gcm-protection.ts';
import { deriveSessionKeys } from '../../../cluster/srtp/key-derivation.ts';
import { PROFILE_SIZES } from '../../../cluster/srtp/srtp-profile.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const hexOf = (bytes: Uint8Array, from: number, length: number) =>
  Buffer.from(bytes.subarray(from, from + length)).toString('hex');

describe('RFC 3711', () => {
  it('derives the keys of appendix B.3', () => {
    const keys = deriveSessionKeys(
      hex('E1F97A0D3E018BE0D64FA32C06DE4139'),
      hex('0EC675AD498AFEEBB6960B3AABE6'),
      PROFILE_SIZES.SRTP_AES128_CM_HMAC_SHA1_80,
    );
    expect(Buffer.from(keys.rtpEncryption)).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'));
    expect(Buffer.from(keys.rtpSalt)).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'));
    expect(Buffer.from(keys.rtpAuthentication)).toEqual(hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
  });

  it('makes the keystream of appendix B.2', () => {
    const cipher = new CounterMode(hex('2B7E151628AED2A6ABF7158809CF4F3C'), hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'));
    const keystream = cipher.keystream(0, 0, 48, null);
    expect(hexOf(keystream, cipher.offset, 48)).toBe(
      'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
    );
  });

  it('makes the same keystream ahead as packet by packet, whatever the order and the lengths', () => {
    const cipher = new CounterMode(hex('2B7E151628AED2A6ABF7158809CF4F3C'), hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'));
    const ahead = new KeystreamAhead();
    const first = 65530 + 65536 * 7;
    const steps = [0, 1, 2, 3, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 3, 13, 40, 41, 42, 39, 43];
    for (const [turn, step] of steps.entries()) {
      const length = 20 + ((turn * 397) % 1200);
      const keystream = cipher.keystream(0xcafebabe, first + step, length, ahead);
      const got = hexOf(keystream, cipher.offset, length);
      const alone = cipher.keystream(0xcafebabe, first + step, length, null);
      expect(got).toBe(hexOf(alone, cipher.offset, length));
    }
  });
});

describe('RFC 7714', () => {
  const session = {
    rtpEncryption: hex('000102030405060708090a0b0c0d0e0f'),
    rtpAuthentication: new Uint8Array(),
    rtpSalt: hex('517569642070726f2071756f'),
    rtcpEncryption: hex('000102030405060708090a0b0c0d0e0f'),
    rtcpAuthentication: new Uint8Array(),
    rtcpSalt: hex('517569642070726f2071756f'),
  };

  it('protects and opens RTP as in section 16.1', () => {
    const plain = Buffer.concat([
      hex('8040f17b8041f8d35501a0b2'),
      Buffer.from('Gallia est omnis divisa in partes tres', 'latin1'),
    ]);
    const sealed = hex(`8040f17b 8041f8d3 5501a0b2
      f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1
      6a9152cf 765ee439 0cce`);
    const buffer = Buffer.alloc(100);
    plain.copy(buffer);
    const gcm = new GcmProtection(session);
    expect(gcm.protectRtp(buffer, plain.length, 12, 0x5501a0b2, 0xf17b, null)).toBe(sealed.length);
    expect(buffer.subarray(0, sealed.length)).toEqual(sealed);
    expect(gcm.unprotectRtp(buffer, sealed.length, 12, 0x5501a0b2, 0xf17b)).toBe(plain.length);
    expect(buffer.subarray(0, plain.length)).toEqual(plain);
  });

  it('protects and opens RTCP as in section 17.1', () => {
    const plain = hex(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef deadbeef`);
    const sealed = hex(`81c8000d 4d617273
      63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b
      c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`);
    const buffer = Buffer.alloc(100);
    plain.copy(buffer);
    const gcm = new GcmProtection(session);
    const length = gcm.protectRtcp(buffer, plain.length, 0x4d617273, 0x5d4);
    expect(buffer.subarray(0, length).toString('hex')).toBe(sealed.toString('hex'));
    expect(gcm.unprotectRtcp(buffer, length, 0x4d617273, 0x5d4)).toBe(plain.length);
    expect(buffer.subarray(0, plain.length)).toEqual(plain);
  });
});
