import { type Cipher, createCipheriv, createSecretKey } from 'node:crypto';
import { MAX_PACKET_BYTES } from './packet-memory.ts';

/** Packets whose keystream is made in one call, where they are numbered one after another. */
const AHEAD = 8;
const MAX_BLOCKS = Math.ceil(MAX_PACKET_BYTES / 16);
const input = Buffer.alloc(AHEAD * MAX_BLOCKS * 16);
const inputWords = new Int32Array(input.buffer, input.byteOffset, input.length / 4);
const swap = (x: number): number => (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);

/** A keystream that lies ready for the next packets of one source. */
export class KeystreamAhead {
  words: Int32Array = new Int32Array(0);
  first = -1;
  count = 0;
  strideWords = 0;
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
  /** Where in `keystreamWords` that of the packet last asked for begins. */
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
   * @returns words that hold the keystream from `offset` on
   */
  keystream(ssrc: number, index: number, length: number, ahead: KeystreamAhead | null): Int32Array {
    const blocks = (length + 15) >> 4;
    if (ahead === null) return this.#make(ssrc, index, 1, blocks);
    if (blocks > ahead.longest) ahead.longest = blocks;
    const place = index - ahead.first;
    if (place >= 0 && place < ahead.count && blocks * 4 <= ahead.strideWords) {
      this.offset = place * ahead.strideWords;
      return ahead.words;
    }
    // Out of turn (sent again, or longer than those before): by itself, and what lies ready stays.
    if (place !== ahead.count && ahead.first >= 0 && place < ahead.count) return this.#make(ssrc, index, 1, blocks);
    const stride = Math.min(ahead.longest, MAX_BLOCKS);
    const count = place === ahead.count ? AHEAD : 1;
    ahead.words = this.#make(ssrc, index, count, stride);
    ahead.first = index;
    ahead.count = count;
    ahead.strideWords = stride * 4;
    ahead.longest = blocks;
    return ahead.words;
  }

  #make(ssrc: number, first: number, count: number, blocks: number): Int32Array {
    const salt = this.#salt;
    const word0 = salt[0];
    const word1 = salt[1] ^ swap(ssrc);
    let at = 0;
    for (let packet = 0; packet < count; packet++) {
      const index = first + packet;
      const word2 = salt[2] ^ swap(Math.floor(index / 65536) | 0);
      // The last word: two bytes of salt and sequence number, then the counter of blocks.
      const word3 = (salt[3] ^ (swap(index & 0xffff) >>> 16)) & 0xffff;
      for (let block = 0; block < blocks; block++) {
        inputWords[at] = word0;
        inputWords[at + 1] = word1;
        inputWords[at + 2] = word2;
        inputWords[at + 3] = word3 | ((block & 0xff) << 24) | ((block & 0xff00) << 8);
        at += 4;
      }
    }
    this.offset = 0;
    const made = this.#cipher.update(input.subarray(0, at * 4));
    if ((made.byteOffset & 3) === 0) return new Int32Array(made.buffer, made.byteOffset, at);
    return new Int32Array(Uint8Array.from(made).buffer);
  }
}
