/*
 * Damage done to captures on purpose. All of it follows from the numbers that `random` gives: the same seed makes the same
 * damage, so that a failure can be made again.
 */
export type Random = () => number;

/** Where the records (pcap) or blocks (pcapng) of a capture stand, headers included. */
export interface Layout {
  readonly kind: 'pcap' | 'pcapng' | 'opaque';
  readonly littleEndian: boolean;
  /** Start of each record and, last, the end of the final whole one. */
  readonly bounds: readonly number[];
}

const EXTREMES = [0, 1, 3, 7, 15, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const MOST_BOUNDS = 20_000;

export function layoutOf(bytes: Buffer): Layout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 24) return { kind: 'opaque', littleEndian: true, bounds: [] };
  const magic = view.getUint32(0, true);
  if (magic === 0x0a0d0d0a) {
    const littleEndian = view.getUint32(8, true) === 0x1a2b3c4d;
    return {
      kind: 'pcapng',
      littleEndian,
      bounds: boundsOf(bytes.length, 0, (at) => view.getUint32(at + 4, littleEndian), 8),
    };
  }
  const littleEndian = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const bigEndian = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1;
  if (!littleEndian && !bigEndian) return { kind: 'opaque', littleEndian: true, bounds: [] };
  return {
    kind: 'pcap',
    littleEndian,
    bounds: boundsOf(bytes.length, 24, (at) => 16 + view.getUint32(at + 8, littleEndian), 16),
  };
}

function boundsOf(length: number, from: number, sizeAt: (at: number) => number, headerBytes: number): number[] {
  const bounds = [from];
  let at = from;
  while (at + headerBytes <= length && bounds.length < MOST_BOUNDS) {
    const size = sizeAt(at);
    if (size < headerBytes || at + size > length) break;
    at += size;
    bounds.push(at);
  }
  return bounds;
}

const below = (random: Random, bound: number) => Math.floor(random() * bound);
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)];

/** A record chosen by chance, as [start, end); null where the capture has none. */
function someRecord(random: Random, { bounds }: Layout): [number, number] | null {
  if (bounds.length < 2) return null;
  const index = below(random, bounds.length - 1);
  return [bounds[index], bounds[index + 1]];
}

type Mutation = (bytes: Buffer, layout: Layout, random: Random) => Buffer;

function flipBits(bytes: Buffer, _layout: Layout, random: Random): Buffer {
  const flips = 1 + below(random, 200);
  for (let flip = 0; flip < flips; flip++) bytes[below(random, bytes.length)] ^= 1 << below(random, 8);
  return bytes;
}

/** Changes what most decides about the rest: the first bytes of records and of the headers in them. */
function flipHeaders(bytes: Buffer, layout: Layout, random: Random): Buffer {
  const changes = 1 + below(random, 60);
  for (let change = 0; change < changes; change++) {
    const record = someRecord(random, layout);
    if (record === null) return flipBits(bytes, layout, random);
    const at = record[0] + 16 + below(random, Math.min(record[1] - record[0], 110));
    if (at < bytes.length) bytes[at] = random() < 0.5 ? bytes[at] ^ (1 << below(random, 8)) : below(random, 256);
  }
  return bytes;
}

/** Sets the lengths of records and blocks to what breaks arithmetic. */
function breakLengths(bytes: Buffer, layout: Layout, random: Random): Buffer {
  const record = someRecord(random, layout);
  if (record === null) return flipBits(bytes, layout, random);
  const at = record[0] + (layout.kind === 'pcap' ? pick(random, [8, 12]) : pick(random, [4, 8, 20, 24]));
  return writeWord(bytes, at, pick(random, EXTREMES), layout.littleEndian);
}

/** Sets 16-bit words inside packets to what breaks arithmetic: lengths of IP, UDP, STUN attributes, RTP extensions. */
function breakInnerLengths(bytes: Buffer, layout: Layout, random: Random): Buffer {
  const changes = 1 + below(random, 20);
  for (let change = 0; change < changes; change++) {
    const record = someRecord(random, layout);
    if (record === null) return flipBits(bytes, layout, random);
    const at = record[0] + 16 + 2 * below(random, 50);
    if (at + 2 <= bytes.length) bytes.writeUInt16BE(pick(random, EXTREMES) & 0xffff, at);
  }
  return bytes;
}

function breakTimes(bytes: Buffer, layout: Layout, random: Random): Buffer {
  const changes = 1 + below(random, 10);
  for (let change = 0; change < changes; change++) {
    const record = someRecord(random, layout);
    if (record === null) return flipBits(bytes, layout, random);
    const at = record[0] + (layout.kind === 'pcap' ? pick(random, [0, 4]) : pick(random, [12, 16]));
    writeWord(bytes, at, random() < 0.7 ? pick(random, EXTREMES) : below(random, 2 ** 32), layout.littleEndian);
  }
  return bytes;
}

function writeWord(bytes: Buffer, at: number, value: number, littleEndian: boolean): Buffer {
  if (at + 4 > bytes.length) return bytes;
  if (littleEndian) bytes.writeUInt32LE(value, at);
  else bytes.writeUInt32BE(value, at);
  return bytes;
}

function truncate(bytes: Buffer, _layout: Layout, random: Random): Buffer {
  return bytes.subarray(0, below(random, bytes.length + 1));
}

/** The same record many times over, or a few out of their place. */
function repeatRecords(bytes: Buffer, layout: Layout, random: Random): Buffer {
  const record = someRecord(random, layout);
  if (record === null) return bytes;
  const [start, end] = record;
  const copies = Math.min(1 + below(random, 500), Math.floor(2_000_000 / (end - start + 1)));
  const into = pick(random, layout.bounds);
  const piece = Buffer.concat(Array.from({ length: copies }, () => bytes.subarray(start, end)));
  return Buffer.concat([bytes.subarray(0, into), piece, bytes.subarray(into)]);
}

function dropRecords(bytes: Buffer, layout: Layout, random: Random): Buffer {
  const share = random();
  const pieces = [bytes.subarray(0, layout.bounds[0] ?? bytes.length)];
  for (let index = 0; index + 1 < layout.bounds.length; index++) {
    // The first block of pcapng introduces all others; without it there is nothing left to read.
    if (index === 0 || random() > share) pieces.push(bytes.subarray(layout.bounds[index], layout.bounds[index + 1]));
  }
  return Buffer.concat(pieces);
}

function shuffleRecords(bytes: Buffer, layout: Layout, random: Random): Buffer {
  const order = Array.from({ length: Math.max(0, layout.bounds.length - 1) }, (_, index) => index);
  const swaps = 1 + below(random, order.length);
  for (let swap = 0; swap < swaps && order.length > 3; swap++) {
    const a = 2 + below(random, order.length - 2);
    const b = Math.min(order.length - 1, a + below(random, 8));
    [order[a], order[b]] = [order[b], order[a]];
  }
  const pieces = order.map((index) => bytes.subarray(layout.bounds[index], layout.bounds[index + 1]));
  return Buffer.concat([bytes.subarray(0, layout.bounds[0] ?? bytes.length), ...pieces]);
}

function overwriteRun(bytes: Buffer, _layout: Layout, random: Random): Buffer {
  const at = below(random, bytes.length);
  const length = Math.min(bytes.length - at, 1 + below(random, 400));
  const value = pick(random, [0, 0xff, 0x80, 0x41]);
  return random() < 0.5
    ? bytes.fill(value, at, at + length)
    : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
}

const MUTATIONS: readonly Mutation[] = [
  ...[flipBits, flipHeaders, flipHeaders, breakLengths, breakInnerLengths, breakInnerLengths, breakTimes, truncate],
  ...[repeatRecords, dropRecords, shuffleRecords, overwriteRun],
];

/** Up to four kinds of damage, one upon the other; sometimes the tail of `other` put behind what is left of `bytes`. */
export function mutate(original: Buffer, other: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original);
  if (random() < 0.15) {
    const [a, b] = [layoutOf(bytes), layoutOf(other)];
    const cut = a.bounds.length > 0 ? pick(random, a.bounds) : below(random, bytes.length);
    const from = b.bounds.length > 0 ? pick(random, b.bounds) : below(random, other.length);
    bytes = Buffer.concat([bytes.subarray(0, cut), other.subarray(from)]);
  }
  const rounds = 1 + below(random, 4);
  for (let round = 0; round < rounds && bytes.length > 0; round++) {
    bytes = pick(random, MUTATIONS)(bytes, layoutOf(bytes), random);
  }
  return bytes;
}
