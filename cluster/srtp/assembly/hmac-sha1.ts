// HMAC-SHA1 (RFC 2104, RFC 3174) of four messages at once, one in each 32-bit lane of a vector, or of one by itself. AssemblyScript.
//
// Memory, in bytes from its start (see ../packet-memory.ts):
//      0  inner states: five words, each of four lanes     80  outer states, likewise
//    160  where the four messages begin    176  their lengths, the 64 bytes of the inner key not counted
//    192  the four digests, 20 bytes apart, first byte first
//    512  the message schedule: 80 vectors
//   2048  packets; behind each message 72 bytes are free for padding

const OUTER: usize = 80;
const BEGINS: usize = 160;
const LENGTHS: usize = 176;
const DIGESTS: usize = 192;
const SCHEDULE: usize = 512;

/** `to` XOR `from`, in place; up to 15 bytes more than asked for are changed behind them. */
export function xorInto(to: usize, from: usize, length: usize): void {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.xor(v128.load(to + at), v128.load(from + at)));
}

/** The counter blocks of one packet (RFC 3711 section 4.1.1): three words and two bytes that stay, and the number of the block. */
export function counterBlocks(to: usize, word0: i32, word1: i32, word2: i32, word3: i32, blocks: i32): void {
  let base = i32x4.splat(word0);
  base = i32x4.replace_lane(base, 1, word1);
  base = i32x4.replace_lane(base, 2, word2);
  for (let block = 0; block < blocks; block++, to += 16) {
    const counter = word3 | ((block & 0xff) << 24) | ((block & 0xff00) << 8);
    v128.store(to, i32x4.replace_lane(base, 3, counter));
  }
}

// @ts-ignore: decorator
@inline function rotateLeft(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

// @ts-ignore: decorator
@inline function bigEndian(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

let h0: v128 = i32x4.splat(0);
let h1: v128 = i32x4.splat(0);
let h2: v128 = i32x4.splat(0);
let h3: v128 = i32x4.splat(0);
let h4: v128 = i32x4.splat(0);

// @ts-ignore: decorator
@inline function choose(b: v128, c: v128, d: v128): v128 {
  return v128.bitselect(c, d, b);
}

// @ts-ignore: decorator
@inline function parity(b: v128, c: v128, d: v128): v128 {
  return v128.xor(v128.xor(b, c), d);
}

// @ts-ignore: decorator
@inline function majority(b: v128, c: v128, d: v128): v128 {
  return v128.or(v128.and(b, c), v128.and(d, v128.or(b, c)));
}

/** What replaces e in a round. */
// @ts-ignore: decorator
@inline function round(a: v128, f: v128, e: v128, k: v128, word: v128): v128 {
  return i32x4.add(i32x4.add(i32x4.add(e, k), word), i32x4.add(f, rotateLeft(a, 5)));
}

/** The word of a round; makes the one of 16 rounds later on the way, as the processor has time for it beside the round. */
// @ts-ignore: decorator
@inline function wordAndLater(at: usize): v128 {
  const word = v128.load(at);
  const x = v128.xor(
    v128.xor(v128.load(at + 13 * 16), v128.load(at + 8 * 16)),
    v128.xor(v128.load(at + 2 * 16), word),
  );
  v128.store(at + 16 * 16, rotateLeft(x, 1));
  return word;
}

/** One block of each lane, whose words lie in the schedule's first 16 vectors; only lanes set in `active` move on. */
function compress(active: v128): void {
  let a = h0;
  let b = h1;
  let c = h2;
  let d = h3;
  let e = h4;
  let at: usize = SCHEDULE;
  // Five rounds a turn: then each variable has its own role again, and nothing is moved.
  let k = i32x4.splat(0x5a827999);
  for (; at < SCHEDULE + 20 * 16; at += 80) {
    e = round(a, choose(b, c, d), e, k, wordAndLater(at));
    b = rotateLeft(b, 30);
    d = round(e, choose(a, b, c), d, k, wordAndLater(at + 16));
    a = rotateLeft(a, 30);
    c = round(d, choose(e, a, b), c, k, wordAndLater(at + 32));
    e = rotateLeft(e, 30);
    b = round(c, choose(d, e, a), b, k, wordAndLater(at + 48));
    d = rotateLeft(d, 30);
    a = round(b, choose(c, d, e), a, k, wordAndLater(at + 64));
    c = rotateLeft(c, 30);
  }
  k = i32x4.splat(0x6ed9eba1);
  for (; at < SCHEDULE + 40 * 16; at += 80) {
    e = round(a, parity(b, c, d), e, k, wordAndLater(at));
    b = rotateLeft(b, 30);
    d = round(e, parity(a, b, c), d, k, wordAndLater(at + 16));
    a = rotateLeft(a, 30);
    c = round(d, parity(e, a, b), c, k, wordAndLater(at + 32));
    e = rotateLeft(e, 30);
    b = round(c, parity(d, e, a), b, k, wordAndLater(at + 48));
    d = rotateLeft(d, 30);
    a = round(b, parity(c, d, e), a, k, wordAndLater(at + 64));
    c = rotateLeft(c, 30);
  }
  k = i32x4.splat(0x8f1bbcdc);
  for (; at < SCHEDULE + 60 * 16; at += 80) {
    e = round(a, majority(b, c, d), e, k, wordAndLater(at));
    b = rotateLeft(b, 30);
    d = round(e, majority(a, b, c), d, k, wordAndLater(at + 16));
    a = rotateLeft(a, 30);
    c = round(d, majority(e, a, b), c, k, wordAndLater(at + 32));
    e = rotateLeft(e, 30);
    b = round(c, majority(d, e, a), b, k, wordAndLater(at + 48));
    d = rotateLeft(d, 30);
    a = round(b, majority(c, d, e), a, k, wordAndLater(at + 64));
    c = rotateLeft(c, 30);
  }
  for (let more: usize = at; more < SCHEDULE + 64 * 16; more += 16) wordAndLater(more);
  k = i32x4.splat(0xca62c1d6);
  for (; at < SCHEDULE + 80 * 16; at += 80) {
    e = round(a, parity(b, c, d), e, k, v128.load(at));
    b = rotateLeft(b, 30);
    d = round(e, parity(a, b, c), d, k, v128.load(at + 16));
    a = rotateLeft(a, 30);
    c = round(d, parity(e, a, b), c, k, v128.load(at + 32));
    e = rotateLeft(e, 30);
    b = round(c, parity(d, e, a), b, k, v128.load(at + 48));
    d = rotateLeft(d, 30);
    a = round(b, parity(c, d, e), a, k, v128.load(at + 64));
    c = rotateLeft(c, 30);
  }
  h0 = i32x4.add(h0, v128.and(a, active));
  h1 = i32x4.add(h1, v128.and(b, active));
  h2 = i32x4.add(h2, v128.and(c, active));
  h3 = i32x4.add(h3, v128.and(d, active));
  h4 = i32x4.add(h4, v128.and(e, active));
}

/** Pads as RFC 3174 section 4 says. @returns the number of blocks. */
function pad(begin: usize, length: u32): u32 {
  const blocks: u32 = (length + 8) / 64 + 1;
  store<u8>(begin + length, 0x80);
  memory.fill(begin + length + 1, 0, blocks * 64 - length - 1);
  store<u32>(begin + blocks * 64 - 4, bswap((length + 64) * 8));
  return blocks;
}

/** Sixteen bytes of each lane, turned so that a vector holds the same word of all four. */
// @ts-ignore: decorator
@inline function transpose(b0: usize, b1: usize, b2: usize, b3: usize, to: usize): void {
  const r0 = bigEndian(v128.load(b0));
  const r1 = bigEndian(v128.load(b1));
  const r2 = bigEndian(v128.load(b2));
  const r3 = bigEndian(v128.load(b3));
  const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to + 16, i64x2.shuffle(low01, low23, 1, 3));
  v128.store(to + 32, i64x2.shuffle(high01, high23, 0, 2));
  v128.store(to + 48, i64x2.shuffle(high01, high23, 1, 3));
}

/** Digests the four messages. */
export function digestFour(): void {
  const b0: usize = load<u32>(BEGINS);
  const b1: usize = load<u32>(BEGINS + 4);
  const b2: usize = load<u32>(BEGINS + 8);
  const b3: usize = load<u32>(BEGINS + 12);
  const n0 = pad(b0, load<u32>(LENGTHS));
  const n1 = pad(b1, load<u32>(LENGTHS + 4));
  const n2 = pad(b2, load<u32>(LENGTHS + 8));
  const n3 = pad(b3, load<u32>(LENGTHS + 12));
  const most = max(max(n0, n1), max(n2, n3));
  let counts = i32x4.splat(n0);
  counts = i32x4.replace_lane(counts, 1, n1);
  counts = i32x4.replace_lane(counts, 2, n2);
  counts = i32x4.replace_lane(counts, 3, n3);

  h0 = v128.load(0);
  h1 = v128.load(16);
  h2 = v128.load(32);
  h3 = v128.load(48);
  h4 = v128.load(64);
  for (let block: u32 = 0; block < most; block++) {
    const offset: usize = block * 64;
    for (let part: usize = 0; part < 64; part += 16) {
      const from = offset + part;
      transpose(b0 + from, b1 + from, b2 + from, b3 + from, SCHEDULE + part * 4);
    }
    compress(i32x4.gt_u(counts, i32x4.splat(block)));
  }

  // The outer hash: the inner digest, padded to one block.
  v128.store(SCHEDULE, h0);
  v128.store(SCHEDULE + 16, h1);
  v128.store(SCHEDULE + 32, h2);
  v128.store(SCHEDULE + 48, h3);
  v128.store(SCHEDULE + 64, h4);
  v128.store(SCHEDULE + 80, i32x4.splat(0x80000000));
  for (let word: usize = 6; word < 15; word++) v128.store(SCHEDULE + word * 16, i32x4.splat(0));
  v128.store(SCHEDULE + 240, i32x4.splat((64 + 20) * 8));
  h0 = v128.load(OUTER);
  h1 = v128.load(OUTER + 16);
  h2 = v128.load(OUTER + 32);
  h3 = v128.load(OUTER + 48);
  h4 = v128.load(OUTER + 64);
  compress(i32x4.splat(-1));

  const o0 = bigEndian(h0);
  const o1 = bigEndian(h1);
  const o2 = bigEndian(h2);
  const o3 = bigEndian(h3);
  const o4 = bigEndian(h4);
  storeDigest(0, i32x4.extract_lane(o0, 0), i32x4.extract_lane(o1, 0), i32x4.extract_lane(o2, 0), i32x4.extract_lane(o3, 0), i32x4.extract_lane(o4, 0));
  storeDigest(1, i32x4.extract_lane(o0, 1), i32x4.extract_lane(o1, 1), i32x4.extract_lane(o2, 1), i32x4.extract_lane(o3, 1), i32x4.extract_lane(o4, 1));
  storeDigest(2, i32x4.extract_lane(o0, 2), i32x4.extract_lane(o1, 2), i32x4.extract_lane(o2, 2), i32x4.extract_lane(o3, 2), i32x4.extract_lane(o4, 2));
  storeDigest(3, i32x4.extract_lane(o0, 3), i32x4.extract_lane(o1, 3), i32x4.extract_lane(o2, 3), i32x4.extract_lane(o3, 3), i32x4.extract_lane(o4, 3));
}

function storeDigest(lane: usize, a: i32, b: i32, c: i32, d: i32, e: i32): void {
  const at = DIGESTS + lane * 20;
  store<i32>(at, a);
  store<i32>(at + 4, b);
  store<i32>(at + 8, c);
  store<i32>(at + 12, d);
  store<i32>(at + 16, e);
}

/** The state after one 64-byte block at `begin`, from SHA-1's own start: what HMAC keeps of a key. Written to the digests' first. */
export function keyState(begin: usize): void {
  h0 = i32x4.splat(0x67452301);
  h1 = i32x4.splat(0xefcdab89);
  h2 = i32x4.splat(0x98badcfe);
  h3 = i32x4.splat(0x10325476);
  h4 = i32x4.splat(0xc3d2e1f0);
  for (let part: usize = 0; part < 64; part += 16) {
    transpose(begin + part, begin + part, begin + part, begin + part, SCHEDULE + part * 4);
  }
  compress(i32x4.splat(-1));
  storeDigest(0, i32x4.extract_lane(h0, 0), i32x4.extract_lane(h1, 0), i32x4.extract_lane(h2, 0), i32x4.extract_lane(h3, 0), i32x4.extract_lane(h4, 0));
}

let s0: u32 = 0;
let s1: u32 = 0;
let s2: u32 = 0;
let s3: u32 = 0;
let s4: u32 = 0;

/** As `wordAndLater`, of a schedule of single words. */
// @ts-ignore: decorator
@inline function singleAndLater(at: usize): u32 {
  const word = load<u32>(at);
  const x = load<u32>(at + 13 * 4) ^ load<u32>(at + 8 * 4) ^ load<u32>(at + 2 * 4) ^ word;
  store<u32>(at + 16 * 4, rotl<u32>(x, 1));
  return word;
}

/** One block of one message, whose words lie in the schedule's first 64 bytes. */
function compressSingle(): void {
  let a = s0;
  let b = s1;
  let c = s2;
  let d = s3;
  let e = s4;
  let at: usize = SCHEDULE;
  for (; at < SCHEDULE + 20 * 4; at += 20) {
    e += rotl<u32>(a, 5) + (d ^ (b & (c ^ d))) + 0x5a827999 + singleAndLater(at);
    b = rotl<u32>(b, 30);
    d += rotl<u32>(e, 5) + (c ^ (a & (b ^ c))) + 0x5a827999 + singleAndLater(at + 4);
    a = rotl<u32>(a, 30);
    c += rotl<u32>(d, 5) + (b ^ (e & (a ^ b))) + 0x5a827999 + singleAndLater(at + 8);
    e = rotl<u32>(e, 30);
    b += rotl<u32>(c, 5) + (a ^ (d & (e ^ a))) + 0x5a827999 + singleAndLater(at + 12);
    d = rotl<u32>(d, 30);
    a += rotl<u32>(b, 5) + (e ^ (c & (d ^ e))) + 0x5a827999 + singleAndLater(at + 16);
    c = rotl<u32>(c, 30);
  }
  for (; at < SCHEDULE + 40 * 4; at += 20) {
    e += rotl<u32>(a, 5) + (b ^ c ^ d) + 0x6ed9eba1 + singleAndLater(at);
    b = rotl<u32>(b, 30);
    d += rotl<u32>(e, 5) + (a ^ b ^ c) + 0x6ed9eba1 + singleAndLater(at + 4);
    a = rotl<u32>(a, 30);
    c += rotl<u32>(d, 5) + (e ^ a ^ b) + 0x6ed9eba1 + singleAndLater(at + 8);
    e = rotl<u32>(e, 30);
    b += rotl<u32>(c, 5) + (d ^ e ^ a) + 0x6ed9eba1 + singleAndLater(at + 12);
    d = rotl<u32>(d, 30);
    a += rotl<u32>(b, 5) + (c ^ d ^ e) + 0x6ed9eba1 + singleAndLater(at + 16);
    c = rotl<u32>(c, 30);
  }
  for (; at < SCHEDULE + 60 * 4; at += 20) {
    e += rotl<u32>(a, 5) + ((b & c) | (d & (b | c))) + 0x8f1bbcdc + singleAndLater(at);
    b = rotl<u32>(b, 30);
    d += rotl<u32>(e, 5) + ((a & b) | (c & (a | b))) + 0x8f1bbcdc + singleAndLater(at + 4);
    a = rotl<u32>(a, 30);
    c += rotl<u32>(d, 5) + ((e & a) | (b & (e | a))) + 0x8f1bbcdc + singleAndLater(at + 8);
    e = rotl<u32>(e, 30);
    b += rotl<u32>(c, 5) + ((d & e) | (a & (d | e))) + 0x8f1bbcdc + singleAndLater(at + 12);
    d = rotl<u32>(d, 30);
    a += rotl<u32>(b, 5) + ((c & d) | (e & (c | d))) + 0x8f1bbcdc + singleAndLater(at + 16);
    c = rotl<u32>(c, 30);
  }
  for (let more: usize = at; more < SCHEDULE + 64 * 4; more += 4) singleAndLater(more);
  for (; at < SCHEDULE + 80 * 4; at += 20) {
    e += rotl<u32>(a, 5) + (b ^ c ^ d) + 0xca62c1d6 + load<u32>(at);
    b = rotl<u32>(b, 30);
    d += rotl<u32>(e, 5) + (a ^ b ^ c) + 0xca62c1d6 + load<u32>(at + 4);
    a = rotl<u32>(a, 30);
    c += rotl<u32>(d, 5) + (e ^ a ^ b) + 0xca62c1d6 + load<u32>(at + 8);
    e = rotl<u32>(e, 30);
    b += rotl<u32>(c, 5) + (d ^ e ^ a) + 0xca62c1d6 + load<u32>(at + 12);
    d = rotl<u32>(d, 30);
    a += rotl<u32>(b, 5) + (c ^ d ^ e) + 0xca62c1d6 + load<u32>(at + 16);
    c = rotl<u32>(c, 30);
  }
  s0 += a;
  s1 += b;
  s2 += c;
  s3 += d;
  s4 += e;
}

// @ts-ignore: decorator
@inline function stateWord(from: usize, word: usize): u32 {
  return load<u32>(from + word * 16);
}

/** Digests the first message alone: what comes from a peer is wanted at once, and four lanes take longer than one. */
export function digestOne(): void {
  const begin: usize = load<u32>(BEGINS);
  const blocks = pad(begin, load<u32>(LENGTHS));
  s0 = stateWord(0, 0);
  s1 = stateWord(0, 1);
  s2 = stateWord(0, 2);
  s3 = stateWord(0, 3);
  s4 = stateWord(0, 4);
  const end = begin + blocks * 64;
  for (let from = begin; from < end; from += 64) {
    for (let part: usize = 0; part < 64; part += 16) v128.store(SCHEDULE + part, bigEndian(v128.load(from + part)));
    compressSingle();
  }
  store<u32>(SCHEDULE, s0);
  store<u32>(SCHEDULE + 4, s1);
  store<u32>(SCHEDULE + 8, s2);
  store<u32>(SCHEDULE + 12, s3);
  store<u32>(SCHEDULE + 16, s4);
  store<u32>(SCHEDULE + 20, 0x80000000);
  for (let word: usize = 6; word < 15; word++) store<u32>(SCHEDULE + word * 4, 0);
  store<u32>(SCHEDULE + 60, (64 + 20) * 8);
  s0 = stateWord(OUTER, 0);
  s1 = stateWord(OUTER, 1);
  s2 = stateWord(OUTER, 2);
  s3 = stateWord(OUTER, 3);
  s4 = stateWord(OUTER, 4);
  compressSingle();
  storeDigest(0, bswap(s0), bswap(s1), bswap(s2), bswap(s3), bswap(s4));
}
