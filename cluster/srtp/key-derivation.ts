import { createCipheriv, createSecretKey } from 'node:crypto';
import type { ProfileSizes } from './srtp-profile.ts';

/** The labels of RFC 3711 section 4.3.2. */
const KEY_LABEL = {
  RTP_ENCRYPTION: 0,
  RTP_AUTHENTICATION: 1,
  RTP_SALT: 2,
  RTCP_ENCRYPTION: 3,
  RTCP_AUTHENTICATION: 4,
  RTCP_SALT: 5,
} as const;

/**
 * A session key by the AES-CM PRF (RFC 3711 section 4.3.3), with a key derivation rate of 0: x = label * 2^48 XOR salt, and the key is
 * the keystream of x * 2^16. A 12-byte salt (RFC 7714) counts as one of 14 bytes whose last two are zero
 * (RFC 7714 section 11, as it is done everywhere).
 */
function deriveSessionKey(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, bytes: number): Buffer {
  const counter = Buffer.alloc(16);
  counter.set(masterSalt.subarray(0, 14));
  counter[7] ^= label;
  const cipher = createCipheriv(
    masterKey.length === 32 ? 'aes-256-ctr' : 'aes-128-ctr',
    createSecretKey(masterKey),
    counter,
  );
  return cipher.update(Buffer.alloc(bytes));
}

/** The keys of one direction. */
export interface SessionKeys {
  readonly rtpEncryption: Uint8Array;
  readonly rtpAuthentication: Uint8Array;
  readonly rtpSalt: Uint8Array;
  readonly rtcpEncryption: Uint8Array;
  readonly rtcpAuthentication: Uint8Array;
  readonly rtcpSalt: Uint8Array;
}

export function deriveSessionKeys(masterKey: Uint8Array, masterSalt: Uint8Array, sizes: ProfileSizes): SessionKeys {
  const derive = (label: number, bytes: number) => deriveSessionKey(masterKey, masterSalt, label, bytes);
  return {
    rtpEncryption: derive(KEY_LABEL.RTP_ENCRYPTION, sizes.key),
    rtpAuthentication: derive(KEY_LABEL.RTP_AUTHENTICATION, 20),
    rtpSalt: derive(KEY_LABEL.RTP_SALT, sizes.salt),
    rtcpEncryption: derive(KEY_LABEL.RTCP_ENCRYPTION, sizes.key),
    rtcpAuthentication: derive(KEY_LABEL.RTCP_AUTHENTICATION, 20),
    rtcpSalt: derive(KEY_LABEL.RTCP_SALT, sizes.salt),
  };
}
