import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  clearLanes,
  digestAt,
  digestFirstLane,
  digestLanes,
  hmacState,
  MAX_PACKET_BYTES,
  placeAt,
  setLane,
} from '../../../cluster/srtp/packet-memory.ts';

/** All lengths around the block of 64 bytes and the room for the length, and the longest packet. */
const LENGTHS = [...Array.from({ length: 200 }, (_, length) => length), 1150, MAX_PACKET_BYTES];
const message = (length: number, lane: number) =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + length + lane * 7) & 255);
const key = (lane: number) => Uint8Array.from({ length: 20 }, (_, at) => (at * 13 + lane * 17) & 255);
const expected = (length: number, lane: number) =>
  createHmac('sha1', key(lane)).update(message(length, lane)).digest('hex');
const got = (lane: number) => Buffer.from(bytes.subarray(digestAt(lane), digestAt(lane) + 20)).toString('hex');
const states = [0, 1, 2, 3].map((lane) => hmacState(key(lane)));

function put(lane: number, length: number): void {
  bytes.set(message(length, lane), placeAt(lane));
  setLane(lane, states[lane], placeAt(lane), length);
}

describe('HMAC-SHA1 in WebAssembly', () => {
  it('digests one message as OpenSSL does, of every length', () => {
    for (const length of LENGTHS) {
      put(0, length);
      digestFirstLane();
      expect(got(0)).toBe(expected(length, 0));
    }
  });

  it('digests four messages of different lengths at once', () => {
    for (const [at, first] of LENGTHS.entries()) {
      const lengths = [first, ...[57, 101, 139].map((step) => LENGTHS[(at + step) % LENGTHS.length])];
      for (const [lane, length] of lengths.entries()) put(lane, length);
      digestLanes();
      expect([0, 1, 2, 3].map(got)).toEqual(lengths.map(expected));
    }
  });

  it('leaves lanes out', () => {
    put(0, 100);
    put(1, 30);
    clearLanes(2);
    digestLanes();
    expect([got(0), got(1)]).toEqual([expected(100, 0), expected(30, 1)]);
  });
});
