import { endianness } from 'node:os';
import hmacModule from './assembly/hmac-sha1.wasm';

/*
 * The memory of the WebAssembly module, in which packets are encrypted and digested. Its beginning is laid out as
 * assembly/hmac-sha1.ts says. All of the process's sessions share it: nothing in it outlives a call, but for the outgoing packets of a
 * fan-out, which stay until the same place comes round again.
 */
if (endianness() !== 'LE') throw new Error('SRTP of this program works on little-endian processors only');

/** Bytes of one place: a packet, its trailer, and the padding of the digest. */
export const PLACE_BYTES = 2048;
/** The longest packet protected here: longer than any Ethernet frame carries. */
export const MAX_PACKET_BYTES = 1900;
/** Four for the packet in hand, and the fan-out's. */
export const FAN_OUT_PLACES = 64;
const FIRST_PLACE = 2048;
const PLACES = 4 + FAN_OUT_PLACES;

interface HmacExports {
  readonly memory: WebAssembly.Memory;
  digestFour(): void;
  digestOne(): void;
  keyState(begin: number): void;
  xorInto(to: number, from: number, length: number): void;
  counterBlocks(to: number, word0: number, word1: number, word2: number, word3: number, blocks: number): void;
}

const { memory, digestFour, digestOne, keyState, xorInto, counterBlocks } = new WebAssembly.Instance(
  new WebAssembly.Module(hmacModule),
  {},
).exports as unknown as HmacExports;
const COUNTERS = FIRST_PLACE + PLACES * PLACE_BYTES;
/** The most blocks of 16 bytes that a packet has. */
export const MAX_BLOCKS = Math.ceil(MAX_PACKET_BYTES / 16);
/** Packets whose keystream is made in one call. */
export const PACKETS_AHEAD = 8;
const KEYSTREAM = COUNTERS + PACKETS_AHEAD * MAX_BLOCKS * 16;
memory.grow(Math.ceil((KEYSTREAM + PLACE_BYTES) / 65536));

export const bytes = new Uint8Array(memory.buffer);
export const words = new Int32Array(memory.buffer);

/** Where a place begins: 0 to 3 are for single packets, those from 4 on the fan-out's. */
export const placeAt = (place: number): number => FIRST_PLACE + place * PLACE_BYTES;

/** The counter blocks of up to `PACKETS_AHEAD` packets, one behind the other. */
export const counters = Buffer.from(memory.buffer, COUNTERS, PACKETS_AHEAD * MAX_BLOCKS * 16);

/** Writes a packet's counter blocks `offset` bytes into `counters`. */
export function setCounters(offset: number, w0: number, w1: number, w2: number, w3: number, blocks: number): void {
  counterBlocks(COUNTERS + offset, w0, w1, w2, w3, blocks);
}

/** Encrypts or decrypts bytes of a place; up to 15 bytes more than asked for are changed behind them. */
export function applyKeystream(at: number, length: number, keystream: Uint8Array, offset: number): void {
  bytes.set(keystream.subarray(offset, offset + length), KEYSTREAM);
  xorInto(at, KEYSTREAM, length);
}

const LANE_BEGINS = 160 / 4;
const LANE_LENGTHS = 176 / 4;
const DIGESTS = 192;

/** What HMAC keeps of a key: the states of its inner and outer hash after the padded key. */
export type HmacState = Int32Array;

export function hmacState(key: Uint8Array): HmacState {
  const state = new Int32Array(10);
  const at = placeAt(0);
  for (const [half, padding] of [0x36, 0x5c].entries()) {
    bytes.fill(padding, at, at + 64);
    for (let i = 0; i < key.length; i++) bytes[at + i] ^= key[i];
    keyState(at);
    state.set(words.subarray(DIGESTS / 4, DIGESTS / 4 + 5), half * 5);
  }
  return state;
}

/** Gives a lane its message. The bytes behind the message are overwritten by padding. */
export function setLane(lane: number, state: HmacState, begin: number, length: number): void {
  for (let word = 0; word < 10; word++) words[word * 4 + lane] = state[word];
  words[LANE_BEGINS + lane] = begin;
  words[LANE_LENGTHS + lane] = length;
}

/** Lanes that are not needed work on nothing. */
export function clearLanes(from: number): void {
  for (let lane = from; lane < 4; lane++) {
    words[LANE_BEGINS + lane] = placeAt(lane);
    words[LANE_LENGTHS + lane] = 0;
  }
}

/** Digests all four lanes. */
export const digestLanes: () => void = digestFour;

/** Digests the first lane alone, in less time than all four take. */
export const digestFirstLane: () => void = digestOne;

/** Where a lane's digest lies, 20 bytes. */
export const digestAt = (lane: number): number => DIGESTS + lane * 20;
