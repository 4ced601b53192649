import type { Transport } from './datagram.ts';

const EMPTY = -1;
const IPV6_WORDS = 8;

/**
 * Numbers the flows of a capture: a flow is one direction of a 5-tuple, numbered in the order of appearance. Looking up
 * a flow that is known allocates nothing and touches one hash slot and one row of columns.
 *
 * Addresses of IPv4 stand in `#source` and `#destination`; those of IPv6 as eight words in `#wide`, found by row.
 */
export class FlowTable {
  /** Part of every hash: see the constructor. */
  readonly hashSeed: number;
  #count = 0;
  #slots = new Int32Array(1024).fill(EMPTY);
  #source = new Int32Array(256);
  #destination = new Int32Array(256);
  /** Source port in the high, destination port in the low 16 bits. */
  #ports = new Int32Array(256);
  /** Transport in bits 0 to 3, bit 4 for IPv6, the relayed peer's number + 1 from bit 5. */
  #kind = new Int32Array(256);
  #wide: Int32Array | null = null;
  #reverse = new Int32Array(256).fill(EMPTY);
  #last = EMPTY;
  /** False while a flow is only looked for. */
  #adds = true;
  readonly #peers: string[] = [];
  readonly #peerNumbers = new Map<string, number>();
  readonly #scratch = new Int32Array(IPV6_WORDS);

  /**
   * @param hashSeed any 32 bits. It changes no outcome; where nobody can guess it, nobody can make a capture whose
   *   addresses all fall into one slot, which would take a time that grows with the square of their number.
   */
  constructor(hashSeed = 0) {
    this.hashSeed = hashSeed | 0;
  }

  /** Flows seen so far; their numbers run from 0 to below it. */
  get size(): number {
    return this.#count;
  }

  /** @param source @param destination addresses as 32-bit numbers in network order. @param ports source << 16 | destination. */
  internIpv4(source: number, destination: number, ports: number, transport: Transport): number {
    const last = this.#last;
    if (
      last >= 0 &&
      this.#ports[last] === (ports | 0) &&
      this.#source[last] === (source | 0) &&
      this.#destination[last] === (destination | 0) &&
      this.#kind[last] === transport
    ) {
      return last;
    }
    return (this.#last = this.#find(source | 0, destination | 0, ports | 0, transport));
  }

  /** @param at offset in `bytes` of the 16-byte source address, which the destination follows, as in the IPv6 header. */
  internIpv6(bytes: Uint8Array, at: number, ports: number, transport: Transport): number {
    const words = this.#scratch;
    for (let word = 0; word < IPV6_WORDS; word++, at += 4) {
      words[word] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    return this.#findWide(words, ports | 0, transport | 16);
  }

  /** The flow of what a TURN server relays for `flow`, to or from `peer` (written `address:port`). */
  internRelayed(flow: number, peer: string, transport: Transport): number {
    let number = this.#peerNumbers.get(peer);
    if (number === undefined) {
      number = this.#peers.push(peer) - 1;
      this.#peerNumbers.set(peer, number);
    }
    const kind = transport | (this.#kind[flow] & 16) | ((number + 1) << 5);
    if (kind & 16) {
      const words = this.#scratch;
      words.set((this.#wide as Int32Array).subarray(flow * IPV6_WORDS, (flow + 1) * IPV6_WORDS));
      return this.#findWide(words, this.#ports[flow], kind);
    }
    return this.#find(this.#source[flow], this.#destination[flow], this.#ports[flow], kind);
  }

  /** The flow of the opposite direction, -1 where nothing was seen of it so far. */
  reverseOf(flow: number): number {
    const known = this.#reverse[flow];
    if (known !== EMPTY) return known;
    this.#adds = false;
    const reverse = this.#findReverse(flow);
    this.#adds = true;
    if (reverse === EMPTY) return EMPTY;
    this.#reverse[flow] = reverse;
    this.#reverse[reverse] = flow;
    return reverse;
  }

  #findReverse(flow: number): number {
    const ports = this.#ports[flow];
    const swapped = ((ports & 0xffff) << 16) | (ports >>> 16);
    const kind = this.#kind[flow];
    if ((kind & 16) === 0) return this.#find(this.#destination[flow], this.#source[flow], swapped, kind);
    const words = this.#scratch;
    const row = flow * IPV6_WORDS;
    const wide = this.#wide as Int32Array;
    for (let word = 0; word < 4; word++) {
      words[word] = wide[row + 4 + word];
      words[word + 4] = wide[row + word];
    }
    return this.#findWide(words, swapped, kind);
  }

  transport(flow: number): Transport {
    return (this.#kind[flow] & 15) as Transport;
  }

  isIpv6(flow: number): boolean {
    return (this.#kind[flow] & 16) !== 0;
  }

  sourcePort(flow: number): number {
    return this.#ports[flow] >>> 16;
  }

  destinationPort(flow: number): number {
    return this.#ports[flow] & 0xffff;
  }

  /** `192.0.2.1` or `2001:db8::1` (RFC 5952), without a port. */
  sourceAddress(flow: number): string {
    if (this.#kind[flow] & 16) return formatIpv6(this.#wide as Int32Array, flow * IPV6_WORDS);
    return formatIpv4(this.#source[flow]);
  }

  destinationAddress(flow: number): string {
    if (this.#kind[flow] & 16) return formatIpv6(this.#wide as Int32Array, flow * IPV6_WORDS + 4);
    return formatIpv4(this.#destination[flow]);
  }

  /** `192.0.2.1:5004` or `[2001:db8::1]:5004`. */
  source(flow: number): string {
    return formatEndpoint(this.sourceAddress(flow), this.sourcePort(flow));
  }

  destination(flow: number): string {
    return formatEndpoint(this.destinationAddress(flow), this.destinationPort(flow));
  }

  /** The peer behind the TURN server as `address:port`, null for a flow that is not relayed. */
  relayedPeer(flow: number): string | null {
    const number = this.#kind[flow] >>> 5;
    return number === 0 ? null : this.#peers[number - 1];
  }

  #find(source: number, destination: number, ports: number, kind: number): number {
    const mask = this.#slots.length - 1;
    let slot = mix(source, destination, ports, kind, this.hashSeed) & mask;
    for (;;) {
      const flow = this.#slots[slot];
      if (flow === EMPTY) break;
      if (
        this.#ports[flow] === ports &&
        this.#source[flow] === source &&
        this.#destination[flow] === destination &&
        this.#kind[flow] === kind
      ) {
        return flow;
      }
      slot = (slot + 1) & mask;
    }
    return this.#adds ? this.#add(slot, source, destination, ports, kind) : EMPTY;
  }

  #findWide(words: Int32Array, ports: number, kind: number): number {
    const source = fold(words, 0, this.hashSeed);
    const destination = fold(words, 4, this.hashSeed);
    const mask = this.#slots.length - 1;
    let slot = mix(source, destination, ports, kind, this.hashSeed) & mask;
    search: for (;;) {
      const flow = this.#slots[slot];
      if (flow === EMPTY) break;
      if (this.#ports[flow] === ports && this.#kind[flow] === kind && this.#source[flow] === source) {
        const wide = this.#wide as Int32Array;
        const row = flow * IPV6_WORDS;
        for (let word = 0; word < IPV6_WORDS; word++) {
          if (wide[row + word] !== words[word]) {
            slot = (slot + 1) & mask;
            continue search;
          }
        }
        return flow;
      }
      slot = (slot + 1) & mask;
    }
    if (!this.#adds) return EMPTY;
    const flow = this.#add(slot, source, destination, ports, kind);
    this.#wide ??= new Int32Array(this.#ports.length * IPV6_WORDS);
    this.#wide.set(words, flow * IPV6_WORDS);
    return flow;
  }

  #add(slot: number, source: number, destination: number, ports: number, kind: number): number {
    const flow = this.#count++;
    if (flow === this.#ports.length) this.#growColumns();
    this.#source[flow] = source;
    this.#destination[flow] = destination;
    this.#ports[flow] = ports;
    this.#kind[flow] = kind;
    this.#slots[slot] = flow;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return flow;
  }

  #growColumns(): void {
    const size = this.#ports.length * 2;
    this.#source = grown(this.#source, size);
    this.#destination = grown(this.#destination, size);
    this.#ports = grown(this.#ports, size);
    this.#kind = grown(this.#kind, size);
    this.#reverse = grown(this.#reverse, size).fill(EMPTY, size / 2);
    if (this.#wide !== null) this.#wide = grown(this.#wide, size * IPV6_WORDS);
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    const mask = slots.length - 1;
    for (let flow = 0; flow < this.#count; flow++) {
      let slot =
        mix(this.#source[flow], this.#destination[flow], this.#ports[flow], this.#kind[flow], this.hashSeed) & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = flow;
    }
    this.#slots = slots;
  }
}

/** The seed meets each part before a multiplication: what cancels out under one seed then does not under another. */
function mix(a: number, b: number, c: number, d: number, seed: number): number {
  let hash = Math.imul(a ^ Math.imul(d, 0x27d4eb2f) ^ seed, 0x9e3779b1) ^ Math.imul(b ^ seed, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(c ^ seed, 0x2545f491), 0xc2b2ae35);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0x165667b1);
  return hash ^ (hash >>> 16);
}

/** An IPv6 address as 32 bits. */
function fold(words: Int32Array, at: number, seed: number): number {
  let hash = seed;
  for (let word = at; word < at + 4; word++) {
    hash = Math.imul(hash ^ words[word], 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return hash;
}

function grown(column: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(size);
  next.set(column);
  return next;
}

/** `192.0.2.1:5004` or `[2001:db8::1]:5004`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** @param word the address as a 32-bit number in network order. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/**
 * RFC 5952: lower case, the longest run of two or more zero groups (the first of equals) as `::`.
 *
 * @param words four words in network order from `at`.
 */
export function formatIpv6(words: Int32Array, at: number): string {
  const groups: number[] = [];
  for (let word = 0; word < 4; word++) groups.push(words[at + word] >>> 16, words[at + word] & 0xffff);
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; ) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
    start += length + 1;
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}
