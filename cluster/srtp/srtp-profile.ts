/** RFC 5764 section 4.1.2 and RFC 7714 section 14.2, by the names registered there. */
export type SrtpProfile = 'SRTP_AES128_CM_HMAC_SHA1_80' | 'SRTP_AEAD_AES_128_GCM';

/** What DTLS-SRTP agreed on (RFC 5764 section 4.2): master keys and salts of the two directions. */
export interface SrtpKeys {
  readonly profile: SrtpProfile;
  readonly localKey: Uint8Array;
  readonly localSalt: Uint8Array;
  readonly remoteKey: Uint8Array;
  readonly remoteSalt: Uint8Array;
}

export interface ProfileSizes {
  /** Bytes. */
  readonly key: number;
  readonly salt: number;
  /** What protection adds to an RTP packet, and to a compound RTCP packet besides its 4-byte index. */
  readonly tag: number;
}

export const PROFILE_SIZES: Readonly<Record<SrtpProfile, ProfileSizes>> = {
  SRTP_AES128_CM_HMAC_SHA1_80: { key: 16, salt: 14, tag: 10 },
  SRTP_AEAD_AES_128_GCM: { key: 16, salt: 12, tag: 16 },
};

/** The most that protection adds to a packet: tag and SRTCP index. A buffer to protect in has this much room behind the packet. */
export const MAX_TRAILER_BYTES = 20;
