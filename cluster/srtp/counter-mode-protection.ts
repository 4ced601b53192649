import { CounterMode, type KeystreamAhead } from './counter-mode.ts';
import type { SessionKeys } from './key-derivation.ts';
import {
  applyKeystream,
  bytes,
  digestAt,
  digestFirstLane,
  type HmacState,
  hmacState,
  placeAt,
  setLane,
} from './packet-memory.ts';
import { type Protection, writeUint32 } from './protection.ts';

const TAG = 10;
const PLACE = placeAt(0);

/** AES counter mode and HMAC-SHA1 cut to 80 bits (RFC 3711 sections 4.1.1 and 4.2.1). */
export class CounterModeProtection implements Protection {
  readonly rtpTrailer = TAG;
  readonly rtcpTrailer = TAG + 4;
  readonly rtpCipher: CounterMode;
  readonly rtpHmac: HmacState;
  readonly #rtcpCipher: CounterMode;
  readonly #rtcpHmac: HmacState;

  constructor(keys: SessionKeys) {
    this.rtpCipher = new CounterMode(keys.rtpEncryption, keys.rtpSalt);
    this.rtpHmac = hmacState(keys.rtpAuthentication);
    this.#rtcpCipher = new CounterMode(keys.rtcpEncryption, keys.rtcpSalt);
    this.#rtcpHmac = hmacState(keys.rtcpAuthentication);
  }

  protectRtp(
    buffer: Uint8Array,
    length: number,
    headerLength: number,
    ssrc: number,
    index: number,
    ahead: KeystreamAhead | null,
  ): number {
    bytes.set(buffer.subarray(0, length), PLACE);
    const keystream = this.rtpCipher.keystream(ssrc, index, length - headerLength, ahead);
    const body = PLACE + headerLength;
    applyKeystream(body, length - headerLength, keystream, this.rtpCipher.offset);
    digest(this.rtpHmac, length, Math.floor(index / 65536));
    return take(buffer, length, headerLength);
  }

  unprotectRtp(buffer: Uint8Array, length: number, headerLength: number, ssrc: number, index: number): number {
    const plain = length - TAG;
    bytes.set(buffer.subarray(0, plain), PLACE);
    digest(this.rtpHmac, plain, Math.floor(index / 65536));
    if (!tagFits(buffer, plain)) return -1;
    const keystream = this.rtpCipher.keystream(ssrc, index, plain - headerLength, null);
    const body = PLACE + headerLength;
    applyKeystream(body, plain - headerLength, keystream, this.rtpCipher.offset);
    buffer.set(bytes.subarray(body, PLACE + plain), headerLength);
    return plain;
  }

  protectRtcp(buffer: Uint8Array, length: number, ssrc: number, index: number): number {
    bytes.set(buffer.subarray(0, length), PLACE);
    const keystream = this.#rtcpCipher.keystream(ssrc, index, length - 8, null);
    applyKeystream(PLACE + 8, length - 8, keystream, this.#rtcpCipher.offset);
    const word = (index | 0x80000000) >>> 0;
    digest(this.#rtcpHmac, length, word);
    buffer.set(bytes.subarray(PLACE + 8, PLACE + length), 8);
    writeUint32(buffer, length, word);
    buffer.set(bytes.subarray(digestAt(0), digestAt(0) + TAG), length + 4);
    return length + 4 + TAG;
  }

  unprotectRtcp(buffer: Uint8Array, length: number, ssrc: number, index: number): number {
    const plain = length - TAG - 4;
    bytes.set(buffer.subarray(0, plain), PLACE);
    digest(this.#rtcpHmac, plain, (index | 0x80000000) >>> 0);
    if (!tagFits(buffer, plain + 4)) return -1;
    const keystream = this.#rtcpCipher.keystream(ssrc, index, plain - 8, null);
    applyKeystream(PLACE + 8, plain - 8, keystream, this.#rtcpCipher.offset);
    buffer.set(bytes.subarray(PLACE + 8, PLACE + plain), 8);
    return plain;
  }
}

/** Digests the packet in the first place and the word behind it: the rollover counter, or the SRTCP index. */
function digest(state: HmacState, length: number, word: number): void {
  writeUint32(bytes, PLACE + length, word);
  setLane(0, state, PLACE, length + 4);
  digestFirstLane();
}

function take(buffer: Uint8Array, length: number, headerLength: number): number {
  buffer.set(bytes.subarray(PLACE + headerLength, PLACE + length), headerLength);
  buffer.set(bytes.subarray(digestAt(0), digestAt(0) + TAG), length);
  return length + TAG;
}

/** In a time that does not tell how many bytes fit. */
function tagFits(buffer: Uint8Array, at: number): boolean {
  let difference = 0;
  const made = digestAt(0);
  for (let i = 0; i < TAG; i++) difference |= buffer[at + i] ^ bytes[made + i];
  return difference === 0;
}
