import { MAGIC_COOKIE, STUN_ATTRIBUTE, type StunType } from './stun-type.ts';

const HEADER = 20;

/**
 * A STUN message (RFC 8489 section 5), decoded over and over into the same object. Attributes that were not there are null; offsets point
 * into the datagram last decoded.
 *
 * ```
 *  0                   1                   2                   3
 * |0 0|     STUN Message Type     |         Message Length        |
 * |                         Magic Cookie                          |
 * |                     Transaction ID (96 bits)                  |
 * ```
 */
export class StunMessage {
  type: StunType | number = 0;
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
  /** USERNAME, as `receiver's fragment:sender's fragment` (RFC 8445 section 7.2.2). */
  username: string | null = null;
  /** Where the value of MESSAGE-INTEGRITY begins. */
  integrityAt: number | null = null;
  hasFingerprint = false;
  useCandidate = false;
  priority: number | null = null;
  iceControlling = false;
  iceControlled = false;
  errorCode: number | null = null;
  /** XOR-MAPPED-ADDRESS in words, and its port. */
  mappedAddress: string | null = null;
  mappedPort: number | null = null;
  /** The first attribute that must be understood and is not (RFC 8489 section 6.3.1), or null. */
  unknownRequired: number | null = null;

  /**
   * @param datagram kept until the next call
   * @returns null, or why this is no STUN message
   */
  decode(datagram: Uint8Array, length: number): 'too-short' | 'not-stun' | 'bad-length' | 'bad-attribute' | null {
    this.username = null;
    this.integrityAt = null;
    this.hasFingerprint = false;
    this.useCandidate = false;
    this.priority = null;
    this.iceControlling = false;
    this.iceControlled = false;
    this.errorCode = null;
    this.mappedAddress = null;
    this.mappedPort = null;
    this.unknownRequired = null;
    this.bytes = datagram;
    this.length = length;
    if (length < HEADER) return 'too-short';
    const type = uint16(datagram, 0);
    if (type >> 14 !== 0 || uint32(datagram, 4) !== MAGIC_COOKIE) return 'not-stun';
    if (uint16(datagram, 2) !== length - HEADER || (length & 3) !== 0) return 'bad-length';
    this.type = type;
    let at = HEADER;
    while (at < length) {
      const attribute = uint16(datagram, at);
      const size = uint16(datagram, at + 2);
      const value = at + 4;
      at = value + ((size + 3) & ~3);
      if (at > length) return 'bad-attribute';
      // Behind MESSAGE-INTEGRITY only FINGERPRINT counts, and behind that nothing (RFC 8489 section 14.5).
      if (this.hasFingerprint || (this.integrityAt !== null && attribute !== STUN_ATTRIBUTE.FINGERPRINT)) continue;
      if (!this.#take(attribute, value, size)) return 'bad-attribute';
    }
    return null;
  }

  #take(attribute: number, at: number, size: number): boolean {
    const { bytes } = this;
    switch (attribute) {
      case STUN_ATTRIBUTE.USERNAME:
        // RFC 8489 section 14.3: fewer than 509 bytes.
        if (size > 508) return false;
        this.username = latin1(bytes, at, size);
        return true;
      case STUN_ATTRIBUTE.MESSAGE_INTEGRITY:
        if (size !== 20) return false;
        this.integrityAt = at;
        return true;
      case STUN_ATTRIBUTE.FINGERPRINT:
        if (size !== 4) return false;
        this.hasFingerprint = true;
        return (crc32(bytes, at - 4) ^ 0x5354554e) >>> 0 === uint32(bytes, at);
      case STUN_ATTRIBUTE.PRIORITY:
        if (size !== 4) return false;
        this.priority = uint32(bytes, at);
        return true;
      case STUN_ATTRIBUTE.USE_CANDIDATE:
        this.useCandidate = true;
        return size === 0;
      case STUN_ATTRIBUTE.ICE_CONTROLLING:
        this.iceControlling = true;
        return size === 8;
      case STUN_ATTRIBUTE.ICE_CONTROLLED:
        this.iceControlled = true;
        return size === 8;
      case STUN_ATTRIBUTE.ERROR_CODE:
        if (size < 4) return false;
        this.errorCode = (bytes[at + 2] & 7) * 100 + Math.min(bytes[at + 3], 99);
        return true;
      case STUN_ATTRIBUTE.XOR_MAPPED_ADDRESS:
        return this.#takeAddress(at, size);
      default:
        if (attribute < 0x8000) this.unknownRequired ??= attribute;
        return true;
    }
  }

  /** RFC 8489 section 14.2. */
  #takeAddress(at: number, size: number): boolean {
    const { bytes } = this;
    const addressBytes = size - 4;
    if (!(bytes[at + 1] === 1 && addressBytes === 4) && !(bytes[at + 1] === 2 && addressBytes === 16)) return false;
    this.mappedPort = uint16(bytes, at + 2) ^ (MAGIC_COOKIE >>> 16);
    const parts: string[] = [];
    if (addressBytes === 4) {
      for (let i = 0; i < 4; i++) parts.push(String(bytes[at + 4 + i] ^ bytes[4 + i]));
      this.mappedAddress = parts.join('.');
    } else {
      for (let i = 0; i < 16; i += 2) parts.push((uint16(bytes, at + 4 + i) ^ uint16(bytes, 4 + i)).toString(16));
      this.mappedAddress = parts.join(':');
    }
    return true;
  }
}

export const uint16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];
export const uint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

function latin1(bytes: Uint8Array, at: number, size: number): string {
  let text = '';
  for (let i = at; i < at + size; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

const CRC = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = (c & 1) === 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** The CRC of FINGERPRINT (RFC 8489 section 14.7), over all bytes before the attribute. */
export function crc32(bytes: Uint8Array, length: number): number {
  let crc = -1;
  for (let i = 0; i < length; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
