import { type Cipher, createCipheriv, createSecretKey } from 'node:crypto';
import { counters, MAX_BLOCKS, PACKETS_AHEAD, setCounters } from './packet-memory.ts';

const swap = (x: number): number => (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);

/** A keystream that lies ready for the next packets of one source. */
export class KeystreamAhead {
  bytes: Uint8Array = new Uint8Array(0);
  first = -1;
  count = 0;
  strideBytes = 0;
  /** The longest packet since the last call, in blocks. */
  longest = 0;
}

/**
 * AES in counter mode (RFC 3711 section 4.1.1). The keystream depends on key, salt, SSRC and index only, not on what is encrypted, so one call
 * of a persistent ECB cipher makes it for several packets ahead: a call costs more than the blocks of a packet.
 */
export class CounterMode {
  readonly #cipher: Cipher;
  readonly #salt: Int32Array;
  /** Where in the keystream that of the packet last asked for begins. */
  offset = 0;

  constructor(key: Uint8Array, salt: Uint8Array) {
    this.#cipher = createCipheriv('aes-128-ecb', createSecretKey(key), null).setAutoPadding(false);
    const padded = new Uint8Array(16);
    padded.set(salt.subarray(0, 14));
    this.#salt = new Int32Array(padded.buffer);
  }

  /**
   * @param index packet index, below 2^48
   * @param length bytes to encrypt
   * @param ahead where the source keeps what is made for later packets, or null for a single packet
   * @returns bytes that hold the keystream from `offset` on
   */
  keystream(ssrc: number, index: number, length: number, ahead: KeystreamAhead | null): Uint8Array {
    const blocks = (length + 15) >> 4;
    if (ahead === null) return this.#make(ssrc, index, 1, blocks);
    if (blocks > ahead.longest) ahead.longest = blocks;
    const place = index - ahead.first;
    if (place >= 0 && place < ahead.count && blocks * 16 <= ahead.strideBytes) {
      this.offset = place * ahead.strideBytes;
      return ahead.bytes;
    }
    // Out of turn (sent again, or longer than those before): by itself, and what lies ready stays.
    if (place !== ahead.count && ahead.first >= 0 && place < ahead.count) return this.#make(ssrc, index, 1, blocks);
    const stride = Math.min(ahead.longest, MAX_BLOCKS);
    const count = place === ahead.count ? PACKETS_AHEAD : 1;
    ahead.bytes = this.#make(ssrc, index, count, stride);
    ahead.first = index;
    ahead.count = count;
    ahead.strideBytes = stride * 16;
    ahead.longest = blocks;
    return ahead.bytes;
  }

  #make(ssrc: number, first: number, count: number, blocks: number): Uint8Array {
    const salt = this.#salt;
    const word1 = salt[1] ^ swap(ssrc);
    for (let packet = 0; packet < count; packet++) {
      const index = first + packet;
      const word2 = salt[2] ^ swap(Math.floor(index / 65536) | 0);
      // The last word: two bytes of salt and sequence number, then the counter of blocks.
      const word3 = (salt[3] ^ (swap(index & 0xffff) >>> 16)) & 0xffff;
      setCounters(packet * blocks * 16, salt[0], word1, word2, word3, blocks);
    }
    this.offset = 0;
    return this.#cipher.update(counters.subarray(0, count * blocks * 16));
  }
}
