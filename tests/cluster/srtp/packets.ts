import { PROFILE_SIZES, type SrtpKeys, type SrtpProfile } from '../../../cluster/srtp/srtp-profile.ts';
import { SrtpSession } from '../../../cluster/srtp/srtp-session.ts';

export const PROFILES: readonly SrtpProfile[] = ['SRTP_AES128_CM_HMAC_SHA1_80', 'SRTP_AEAD_AES_128_GCM'];

/** Keys that differ by `seed`, as the first of two peers has them. */
export function keysOf(profile: SrtpProfile, seed: number): SrtpKeys {
  const { key, salt } = PROFILE_SIZES[profile];
  const fill = (length: number, from: number) =>
    Uint8Array.from({ length }, (_, i) => (from + i * 7 + seed * 31) & 255);
  return {
    profile,
    localKey: fill(key, 1),
    localSalt: fill(salt, 50),
    remoteKey: fill(key, 100),
    remoteSalt: fill(salt, 150),
  };
}

export function turned(keys: SrtpKeys): SrtpKeys {
  return {
    profile: keys.profile,
    localKey: keys.remoteKey,
    localSalt: keys.remoteSalt,
    remoteKey: keys.localKey,
    remoteSalt: keys.localSalt,
  };
}

/** Two sessions that belong together. */
export function both(profile: SrtpProfile, seed = 1): [SrtpSession, SrtpSession] {
  const keys = keysOf(profile, seed);
  return [new SrtpSession(keys), new SrtpSession(turned(keys))];
}

/** An RTP packet whose payload follows from its number; `buffer` has room for the trailer. */
export function rtp(sequenceNumber: number, ssrc: number, payloadBytes: number) {
  const length = 12 + payloadBytes;
  const buffer = Buffer.alloc(length + 20);
  buffer[0] = 0x80;
  buffer[1] = 96;
  buffer.writeUInt16BE(sequenceNumber, 2);
  buffer.writeUInt32BE(sequenceNumber * 90, 4);
  buffer.writeUInt32BE(ssrc, 8);
  for (let i = 12; i < length; i++) buffer[i] = (i * 13 + sequenceNumber) & 255;
  return { buffer, length, plain: Buffer.from(buffer.subarray(0, length)) };
}
