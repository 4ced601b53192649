// HMAC-SHA1 (RFC 2104, RFC 3174) of four messages at once, one in each 32-bit lane of a vector. AssemblyScript.
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

/** One block of each lane, whose words lie in the schedule's first 16 vectors; only lanes set in `active` move on. */
function compress(active: v128): void {
  let a = h0;
  let b = h1;
  let c = h2;
  let d = h3;
  let e = h4;
  for (let at: usize = SCHEDULE + 16 * 16; at < SCHEDULE + 80 * 16; at += 16) {
    const x = v128.xor(
      v128.xor(v128.load(at - 3 * 16), v128.load(at - 8 * 16)),
      v128.xor(v128.load(at - 14 * 16), v128.load(at - 16 * 16)),
    );
    v128.store(at, rotateLeft(x, 1));
  }
  let at: usize = SCHEDULE;
  let k = i32x4.splat(0x5a827999);
  for (; at < SCHEDULE + 20 * 16; at += 16) {
    const f = v128.bitselect(c, d, b);
    const t = i32x4.add(i32x4.add(rotateLeft(a, 5), f), i32x4.add(i32x4.add(e, k), v128.load(at)));
    e = d;
    d = c;
    c = rotateLeft(b, 30);
    b = a;
    a = t;
  }
  k = i32x4.splat(0x6ed9eba1);
  for (; at < SCHEDULE + 40 * 16; at += 16) {
    const f = v128.xor(v128.xor(b, c), d);
    const t = i32x4.add(i32x4.add(rotateLeft(a, 5), f), i32x4.add(i32x4.add(e, k), v128.load(at)));
    e = d;
    d = c;
    c = rotateLeft(b, 30);
    b = a;
    a = t;
  }
  k = i32x4.splat(0x8f1bbcdc);
  for (; at < SCHEDULE + 60 * 16; at += 16) {
    const f = v128.or(v128.and(b, c), v128.and(d, v128.or(b, c)));
    const t = i32x4.add(i32x4.add(rotateLeft(a, 5), f), i32x4.add(i32x4.add(e, k), v128.load(at)));
    e = d;
    d = c;
    c = rotateLeft(b, 30);
    b = a;
    a = t;
  }
  k = i32x4.splat(0xca62c1d6);
  for (; at < SCHEDULE + 80 * 16; at += 16) {
    const f = v128.xor(v128.xor(b, c), d);
    const t = i32x4.add(i32x4.add(rotateLeft(a, 5), f), i32x4.add(i32x4.add(e, k), v128.load(at)));
    e = d;
    d = c;
    c = rotateLeft(b, 30);
    b = a;
    a = t;
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
