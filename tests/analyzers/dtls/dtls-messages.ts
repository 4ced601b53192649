import { concat, hex } from '../../captures/packets/decoding.ts';

const uint = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256);

/** A record of DTLS 1.0 or 1.2 (RFC 6347, 4.1). */
export function record(
  type: number,
  epoch: number,
  sequence: number,
  fragment: Uint8Array,
  version = 0xfefd,
): Uint8Array {
  return Uint8Array.of(
    type,
    ...uint(version, 2),
    ...uint(epoch, 2),
    ...uint(sequence, 6),
    ...uint(fragment.length, 2),
    ...fragment,
  );
}

/** A handshake message or a fragment of one (RFC 6347, 4.2.2). */
export function message(
  type: number,
  sequence: number,
  body: Uint8Array,
  offset = 0,
  length = body.length,
): Uint8Array {
  return Uint8Array.of(
    type,
    ...uint(body.length, 3),
    ...uint(sequence, 2),
    ...uint(offset, 3),
    ...uint(length, 3),
    ...body.subarray(offset, offset + length),
  );
}

/** A record of DTLS 1.3 with 16-bit sequence number and length (RFC 9147, 4). */
export function ciphertext(epoch: number, bytes = 40): Uint8Array {
  return Uint8Array.of(0x2c | epoch, 0x12, 0x34, ...uint(bytes, 2), ...new Uint8Array(bytes).fill(0xaa));
}

export const clientHello = hex(`
  fe fd                            // DTLS 1.2
  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f
  10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f  // random
  00                               // no session id
  00                               // no cookie
  00 04 c0 2b 13 01                // two cipher suites
  01 00                            // compression: none
  00 16                            // 22 bytes of extensions
  00 0e 00 07 00 04 00 07 00 01 00 // use_srtp: AEAD_AES_128_GCM, AES128_CM_HMAC_SHA1_80; no MKI
  00 2b 00 03 02 fe fd             // supported_versions: 1.2
  00 17 00 00                      // extended_master_secret
`);

/** The same client once more, from the beginning. */
export const otherClientHello = Uint8Array.from(clientHello, (byte, at) => (at === 2 ? 0xee : byte));

export const serverHello = hex(`
  fe fd
  80 81 82 83 84 85 86 87 88 89 8a 8b 8c 8d 8e 8f
  90 91 92 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f
  00                               // no session id
  c0 2b                            // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
  00                               // compression: none
  00 09
  00 0e 00 05 00 02 00 07 00       // use_srtp: AEAD_AES_128_GCM
`);

export const serverHello13 = concat(
  serverHello.subarray(0, 35),
  hex(`
  13 01                            // TLS_AES_128_GCM_SHA256
  00
  00 06
  00 2b 00 02 fe fc                // supported_versions: 1.3
`),
);

/** A ServerHello whose random is that of a HelloRetryRequest (RFC 8446, 4.1.3). */
export const helloRetryRequest = concat(
  hex('fe fd cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'),
  serverHello13.subarray(34),
);
