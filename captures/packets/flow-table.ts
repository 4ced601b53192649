import type { Transport } from './datagram.ts';
import { formatEndpoint, formatIpv4, formatIpv6 } from './format-address.ts';

const EMPTY = -1;
const IPV6_WORDS = 8;
/** Flows known at a time, at some 80 bytes each here and with those who keep columns by flow. */
const MOST_FLOWS = 262_144;

/**
 * Numbers the flows of a capture: a flow is one direction of a 5-tuple, numbered in the order of appearance. Looking up
 * a flow that is known allocates nothing and touches one hash slot and one row of columns.
 *
 * The number of flows is bounded: where there is no room, the one that was numbered first among those that nobody holds is
 * forgotten, and its number goes to another. Whoever keeps something of a flow beyond the datagram at hand either holds it or
 * is told when it is forgotten. Only if most flows are held (and those who hold have bounds of their own) the table grows.
 *
 * Addresses of IPv4 stand in `#source` and `#destination`; those of IPv6 as eight words in `#wide`, found by row.
 */
export class FlowTable {
  /** Part of every hash: see the constructor. */
  readonly hashSeed: number;
  /** Flows that were forgotten to make room; one that comes again is numbered, and counted, anew. */
  forgotten = 0;
  readonly #onForgotten: ((flow: number) => void)[] = [];
  #limit: number;
  /** By how many each flow is held, and how many flows are. */
  #holds = new Int32Array(256);
  #held = 0;
  /** Where the search for a flow to forget goes on. */
  #hand = 0;
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
   * @param limit flows known at a time.
   */
  constructor(hashSeed = 0, limit = MOST_FLOWS) {
    this.hashSeed = hashSeed | 0;
    this.#limit = limit;
  }

  /** Flows known now; their numbers run from 0 to below it. */
  get size(): number {
    return this.#count;
  }

  /** Flows seen so far; one that was forgotten and came again counts again. */
  get seen(): number {
    return this.#count + this.forgotten;
  }

  /** Something is kept of the flow: it stays until {@link letGo} was called as often. */
  hold(flow: number): void {
    if (this.#holds[flow]++ === 0) this.#held++;
  }

  letGo(flow: number): void {
    if (--this.#holds[flow] === 0) this.#held--;
  }

  /** Has `listener` called whenever a flow is forgotten, whose number then goes to another. */
  onForgotten(listener: (flow: number) => void): void {
    this.#onForgotten.push(listener);
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
    // The one that relays must not make room for the one that is relayed.
    this.hold(flow);
    const relayed = this.#findRelayed(flow, kind);
    this.letGo(flow);
    return relayed;
  }

  #findRelayed(flow: number, kind: number): number {
    if ((kind & 16) === 0) return this.#find(this.#source[flow], this.#destination[flow], this.#ports[flow], kind);
    const words = this.#scratch;
    words.set((this.#wide as Int32Array).subarray(flow * IPV6_WORDS, (flow + 1) * IPV6_WORDS));
    return this.#findWide(words, this.#ports[flow], kind);
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
    return this.#adds ? this.#add(source, destination, ports, kind) : EMPTY;
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
    const flow = this.#add(source, destination, ports, kind);
    this.#wide ??= new Int32Array(this.#ports.length * IPV6_WORDS);
    this.#wide.set(words, flow * IPV6_WORDS);
    return flow;
  }

  #add(source: number, destination: number, ports: number, kind: number): number {
    const flow = this.#count < this.#limit || this.#growsLimit() ? this.#count++ : this.#forgetOldest();
    if (flow === this.#ports.length) this.#growColumns();
    this.#source[flow] = source;
    this.#destination[flow] = destination;
    this.#ports[flow] = ports;
    this.#kind[flow] = kind;
    this.#slots[this.#freeSlot(flow)] = flow;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return flow;
  }

  /** Where every second flow is held, the search for one that is not would take ever longer. */
  #growsLimit(): boolean {
    if (this.#held * 2 < this.#limit) return false;
    this.#limit *= 2;
    return true;
  }

  /** @returns the number that is free again. */
  #forgetOldest(): number {
    while (this.#holds[this.#hand] > 0) this.#hand = (this.#hand + 1) % this.#count;
    const flow = this.#hand;
    this.#hand = (flow + 1) % this.#count;
    for (const listener of this.#onForgotten) listener(flow);
    const reverse = this.#reverse[flow];
    if (reverse !== EMPTY) this.#reverse[reverse] = this.#reverse[flow] = EMPTY;
    if (this.#last === flow) this.#last = EMPTY;
    this.#vacate(flow);
    this.forgotten++;
    return flow;
  }

  /** Takes a flow out of its slot. */
  #vacate(flow: number): void {
    const mask = this.#slots.length - 1;
    let hole = this.#home(flow) & mask;
    while (this.#slots[hole] !== flow) hole = (hole + 1) & mask;
    this.#slots[hole] = EMPTY;
    // Linear probing: what stands after the hole and belongs before it moves up, or it would not be found again.
    for (let slot = (hole + 1) & mask; this.#slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const other = this.#slots[slot];
      if (((slot - this.#home(other)) & mask) < ((slot - hole) & mask)) continue;
      this.#slots[hole] = other;
      this.#slots[slot] = EMPTY;
      hole = slot;
    }
  }

  #home(flow: number): number {
    return mix(this.#source[flow], this.#destination[flow], this.#ports[flow], this.#kind[flow], this.hashSeed);
  }

  #freeSlot(flow: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#home(flow) & mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    return slot;
  }

  #growColumns(): void {
    const size = this.#ports.length * 2;
    this.#source = grown(this.#source, size);
    this.#destination = grown(this.#destination, size);
    this.#ports = grown(this.#ports, size);
    this.#kind = grown(this.#kind, size);
    this.#holds = grown(this.#holds, size);
    this.#reverse = grown(this.#reverse, size).fill(EMPTY, size / 2);
    if (this.#wide !== null) this.#wide = grown(this.#wide, size * IPV6_WORDS);
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    for (let flow = 0; flow < this.#count; flow++) this.#slots[this.#freeSlot(flow)] = flow;
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
