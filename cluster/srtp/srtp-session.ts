import { KeystreamAhead } from './counter-mode.ts';
import { CounterModeProtection } from './counter-mode-protection.ts';
import { GcmProtection } from './gcm-protection.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import { estimateIndex } from './packet-index.ts';
import { MAX_PACKET_BYTES } from './packet-memory.ts';
import { type Protection, readUint32 } from './protection.ts';
import { SRTP_REFUSAL } from './refusal.ts';
import { ReplayWindow } from './replay-window.ts';
import { rtpHeaderLength } from './rtp-header-length.ts';
import { PROFILE_SIZES, type SrtpKeys, type SrtpProfile } from './srtp-profile.ts';

/** SSRCs of one peer: simulcast layers, repairs and renewed SSRCs of a few tracks, or all tracks of a relay. */
const MAX_SOURCES = 1024;
const MAX_RTP_INDEX = 2 ** 48 - 1;
const MAX_RTCP_INDEX = 2 ** 31 - 1;

interface ReceivedSource {
  highest: number;
  readonly window: ReplayWindow;
}

/** What is sent with one SSRC. */
export class SrtpSender {
  readonly ssrc: number;
  readonly protection: Protection;
  readonly ahead = new KeystreamAhead();
  #highest = -1;

  constructor(ssrc: number, protection: Protection) {
    this.ssrc = ssrc;
    this.protection = protection;
  }

  /** The index of the packet that is sent now. Numbers may go on, leap, or be an earlier one's that is sent again. */
  indexOf(sequenceNumber: number): number {
    const index = estimateIndex(this.#highest, sequenceNumber);
    if (index > this.#highest) this.#highest = index;
    return index;
  }
}

/**
 * SRTP and SRTCP with one peer, both directions (RFC 3711, RFC 7714). Packets are worked on in place; nothing throws on what a
 * peer sends: a negative result is one of `SRTP_REFUSAL`, and then the buffer is as it was.
 */
export class SrtpSession {
  readonly profile: SrtpProfile;
  readonly #local: Protection;
  readonly #remote: Protection;
  readonly #received = new Map<number, ReceivedSource>();
  readonly #receivedRtcp = new Map<number, ReplayWindow>();
  readonly #senders = new Map<number, SrtpSender>();
  #rtcpIndex = 0;

  /** @throws RangeError where keys or salts have not the profile's length: a bug of the caller, never a peer's doing. */
  constructor(keys: SrtpKeys) {
    const sizes = PROFILE_SIZES[keys.profile];
    const matches = (key: Uint8Array, salt: Uint8Array) => key.length === sizes.key && salt.length === sizes.salt;
    if (!matches(keys.localKey, keys.localSalt) || !matches(keys.remoteKey, keys.remoteSalt))
      throw new RangeError(`${keys.profile} has keys of ${sizes.key} and salts of ${sizes.salt} bytes`);
    const Kind = keys.profile === 'SRTP_AEAD_AES_128_GCM' ? GcmProtection : CounterModeProtection;
    this.profile = keys.profile;
    this.#local = new Kind(deriveSessionKeys(keys.localKey, keys.localSalt, sizes));
    this.#remote = new Kind(deriveSessionKeys(keys.remoteKey, keys.remoteSalt, sizes));
  }

  /** What sends with this SSRC, for `SrtpFanOut`. */
  sender(ssrc: number): SrtpSender {
    let sender = this.#senders.get(ssrc);
    if (sender === undefined) this.#senders.set(ssrc, (sender = new SrtpSender(ssrc, this.#local)));
    return sender;
  }

  /** Forgets an SSRC that is not used again with these keys: were it, its rollover counter would begin anew. */
  forgetSender(ssrc: number): void {
    this.#senders.delete(ssrc);
  }

  /** @returns the length of the plain packet, or a negative reason. */
  unprotectRtp(buffer: Uint8Array, length: number): number {
    const plainLength = length - this.#remote.rtpTrailer;
    if (plainLength < 12) return SRTP_REFUSAL.TOO_SHORT;
    if (plainLength > MAX_PACKET_BYTES || buffer[0] >> 6 !== 2) return SRTP_REFUSAL.MALFORMED;
    const headerLength = rtpHeaderLength(buffer, plainLength);
    if (headerLength < 0) return SRTP_REFUSAL.TOO_SHORT;
    const ssrc = readUint32(buffer, 8);
    const source = this.#received.get(ssrc);
    const index = estimateIndex(source === undefined ? -1 : source.highest, (buffer[2] << 8) | buffer[3]);
    if (source !== undefined) {
      if (!source.window.isFresh(index)) return SRTP_REFUSAL.REPLAY;
    } else if (this.#received.size >= MAX_SOURCES) return SRTP_REFUSAL.TOO_MANY_SOURCES;

    if (this.#remote.unprotectRtp(buffer, length, headerLength, ssrc, index) < 0) return SRTP_REFUSAL.AUTHENTICATION;
    if (source !== undefined) {
      source.window.add(index);
      if (index > source.highest) source.highest = index;
    } else {
      const window = new ReplayWindow();
      window.add(index);
      this.#received.set(ssrc, { highest: index, window });
    }
    return plainLength;
  }

  /** @returns the length of the plain compound packet, or a negative reason. */
  unprotectRtcp(buffer: Uint8Array, length: number): number {
    const plainLength = length - this.#remote.rtcpTrailer;
    if (plainLength < 8) return SRTP_REFUSAL.TOO_SHORT;
    if (plainLength > MAX_PACKET_BYTES || buffer[0] >> 6 !== 2) return SRTP_REFUSAL.MALFORMED;
    const isGcm = this.profile === 'SRTP_AEAD_AES_128_GCM';
    const word = readUint32(buffer, isGcm ? length - 4 : plainLength);
    if (word >>> 31 === 0) return SRTP_REFUSAL.NOT_ENCRYPTED;
    const index = word & 0x7fffffff;
    const ssrc = readUint32(buffer, 4);
    let window = this.#receivedRtcp.get(ssrc);
    if (window !== undefined) {
      if (!window.isFresh(index)) return SRTP_REFUSAL.REPLAY;
    } else if (this.#receivedRtcp.size >= MAX_SOURCES) return SRTP_REFUSAL.TOO_MANY_SOURCES;

    if (this.#remote.unprotectRtcp(buffer, length, ssrc, index) < 0) return SRTP_REFUSAL.AUTHENTICATION;
    if (window === undefined) this.#receivedRtcp.set(ssrc, (window = new ReplayWindow()));
    window.add(index);
    return plainLength;
  }

  /**
   * The caller takes care that a sequence number sent again carries the same bytes: two contents under one number would be open to whoever
   * has both (RFC 3711 section 9.1).
   *
   * @param buffer with room for `MAX_TRAILER_BYTES` behind the packet
   * @returns the length of the protected packet, or a negative reason
   */
  protectRtp(buffer: Uint8Array, length: number): number {
    if (length > MAX_PACKET_BYTES) return SRTP_REFUSAL.MALFORMED;
    const headerLength = rtpHeaderLength(buffer, length);
    if (headerLength < 0 || buffer.length < length + this.#local.rtpTrailer) return SRTP_REFUSAL.TOO_SHORT;
    const sender = this.sender(readUint32(buffer, 8));
    const index = sender.indexOf((buffer[2] << 8) | buffer[3]);
    if (index > MAX_RTP_INDEX) return SRTP_REFUSAL.KEY_USED_UP;
    return this.#local.protectRtp(buffer, length, headerLength, sender.ssrc, index, sender.ahead);
  }

  /** As `protectRtp`, for a compound RTCP packet. */
  protectRtcp(buffer: Uint8Array, length: number): number {
    if (length > MAX_PACKET_BYTES) return SRTP_REFUSAL.MALFORMED;
    if (length < 8 || buffer.length < length + this.#local.rtcpTrailer) return SRTP_REFUSAL.TOO_SHORT;
    if (this.#rtcpIndex >= MAX_RTCP_INDEX) return SRTP_REFUSAL.KEY_USED_UP;
    return this.#local.protectRtcp(buffer, length, readUint32(buffer, 4), ++this.#rtcpIndex);
  }
}
