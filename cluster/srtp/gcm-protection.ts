import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { KeystreamAhead } from './counter-mode.ts';
import type { SessionKeys } from './key-derivation.ts';
import { type Protection, writeUint32 } from './protection.ts';

const TAG = 16;
const vector = Buffer.alloc(12);
const rtcpAssociated = Buffer.alloc(12);

/** AEAD_AES_128_GCM (RFC 7714). */
export class GcmProtection implements Protection {
  readonly rtpTrailer = TAG;
  readonly rtcpTrailer = TAG + 4;
  readonly #rtpKey: KeyObject;
  readonly #rtpSalt: Uint8Array;
  readonly #rtcpKey: KeyObject;
  readonly #rtcpSalt: Uint8Array;

  constructor(keys: SessionKeys) {
    this.#rtpKey = createSecretKey(keys.rtpEncryption);
    this.#rtpSalt = keys.rtpSalt;
    this.#rtcpKey = createSecretKey(keys.rtcpEncryption);
    this.#rtcpSalt = keys.rtcpSalt;
  }

  protectRtp(
    buffer: Uint8Array,
    length: number,
    headerLength: number,
    ssrc: number,
    index: number,
    _ahead: KeystreamAhead | null,
  ): number {
    setRtpVector(this.#rtpSalt, ssrc, index);
    const cipher = createCipheriv('aes-128-gcm', this.#rtpKey, vector).setAAD(buffer.subarray(0, headerLength));
    buffer.set(cipher.update(buffer.subarray(headerLength, length)), headerLength);
    cipher.final();
    buffer.set(cipher.getAuthTag(), length);
    return length + TAG;
  }

  unprotectRtp(buffer: Uint8Array, length: number, headerLength: number, ssrc: number, index: number): number {
    setRtpVector(this.#rtpSalt, ssrc, index);
    const plain = length - TAG;
    const decipher = createDecipheriv('aes-128-gcm', this.#rtpKey, vector)
      .setAAD(buffer.subarray(0, headerLength))
      .setAuthTag(buffer.subarray(plain, length));
    const opened = decipher.update(buffer.subarray(headerLength, plain));
    if (!isAuthentic(decipher)) return -1;
    buffer.set(opened, headerLength);
    return plain;
  }

  protectRtcp(buffer: Uint8Array, length: number, ssrc: number, index: number): number {
    const word = (index | 0x80000000) >>> 0;
    this.#setRtcpVector(buffer, ssrc, index, word);
    const cipher = createCipheriv('aes-128-gcm', this.#rtcpKey, vector).setAAD(rtcpAssociated);
    buffer.set(cipher.update(buffer.subarray(8, length)), 8);
    cipher.final();
    buffer.set(cipher.getAuthTag(), length);
    writeUint32(buffer, length + TAG, word);
    return length + TAG + 4;
  }

  unprotectRtcp(buffer: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#setRtcpVector(buffer, ssrc, index, (index | 0x80000000) >>> 0);
    const plain = length - TAG - 4;
    const decipher = createDecipheriv('aes-128-gcm', this.#rtcpKey, vector)
      .setAAD(rtcpAssociated)
      .setAuthTag(buffer.subarray(plain, plain + TAG));
    const opened = decipher.update(buffer.subarray(8, plain));
    if (!isAuthentic(decipher)) return -1;
    buffer.set(opened, 8);
    return plain;
  }

  /** RFC 7714 section 9.1, and the associated data of section 9.2: the first eight bytes and the word with the index. */
  #setRtcpVector(buffer: Uint8Array, ssrc: number, index: number, word: number): void {
    vector.fill(0);
    writeUint32(vector, 2, ssrc);
    writeUint32(vector, 8, index);
    for (let i = 0; i < 12; i++) vector[i] ^= this.#rtcpSalt[i];
    rtcpAssociated.set(buffer.subarray(0, 8));
    writeUint32(rtcpAssociated, 8, word);
  }
}

/** RFC 7714 section 8.1: two bytes of zero, SSRC, rollover counter, sequence number, XOR salt. */
function setRtpVector(salt: Uint8Array, ssrc: number, index: number): void {
  vector[0] = 0;
  vector[1] = 0;
  writeUint32(vector, 2, ssrc);
  writeUint32(vector, 6, Math.floor(index / 65536));
  vector[10] = (index % 65536) >> 8;
  vector[11] = index % 256;
  for (let i = 0; i < 12; i++) vector[i] ^= salt[i];
}

function isAuthentic(decipher: { final(): Buffer }): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
}
