import type { LayerWalk } from './layer-walk.ts';
import type { UndecodedCounts } from './undecoded.ts';

/** Bounds of reassembly; a hostile capture reaches them, a sane one does not. */
export interface FragmentLimits {
  /** Datagrams waiting at a time; the oldest gives way. */
  readonly datagrams: number;
  readonly fragmentsPerDatagram: number;
  /** How long a datagram waits, by the packets' own time. RFC 8200, 4.5 has 60 s, systems 30. */
  readonly seconds: number;
}

export const FRAGMENT_LIMITS: FragmentLimits = { datagrams: 256, fragmentsPerDatagram: 2048, seconds: 30 };

/** No IP datagram is longer, its header not counted. */
const LARGEST_BYTES = 65535;

interface Piece {
  readonly start: number;
  readonly end: number;
  /** What the capture holds of it. */
  readonly bytes: Uint8Array;
}

interface Waiting {
  readonly pieces: Piece[];
  readonly since: number;
  /** Fragments met: duplicates, too. */
  packets: number;
  covered: number;
  /** Known once the last fragment is there. */
  length: number;
  protocol: number;
  /** Contradicts itself: whatever else comes of it is dropped with it. */
  bad: boolean;
}

export interface Reassembled {
  readonly bytes: Uint8Array;
  /** Bytes on the wire; `bytes` is shorter where a fragment was cut by the snap length. */
  readonly length: number;
  /** Of the fragment at offset 0, for IPv6 the header that follows the fragment header. */
  readonly protocol: number;
}

/**
 * Puts IP fragments together (RFC 791, 3.2; RFC 8200, 4.5). Fragments that overlap make the datagram void (RFC 5722), exact
 * duplicates do no harm. The same fragment seen at two places of a host belongs to two datagrams.
 */
export class FragmentTable {
  readonly #waiting = new Map<string, Waiting>();
  readonly #undecoded: UndecodedCounts;
  readonly #limits: FragmentLimits;

  constructor(undecoded: UndecodedCounts, limits = FRAGMENT_LIMITS) {
    this.#undecoded = undecoded;
    this.#limits = limits;
  }

  /** Counts the fragments that still wait for others, as if nothing more came. */
  countWaiting(into: UndecodedCounts): void {
    for (const { bad, packets } of this.#waiting.values())
      into.add(bad ? 'fragment-bad' : 'fragment-incomplete', packets);
  }

  /** Takes in the fragment at which the walk stands. @returns the datagram where that made it whole, else null. */
  add(walk: LayerWalk, seconds: number): Reassembled | null {
    this.#expire(seconds);
    const key = keyOf(walk);
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      if (this.#waiting.size >= this.#limits.datagrams) this.#dropOldest();
      waiting = { pieces: [], since: seconds, packets: 0, covered: 0, length: -1, protocol: -1, bad: false };
      this.#waiting.set(key, waiting);
    }
    waiting.packets++;
    if (waiting.bad) return null;
    if (!this.#take(waiting, walk)) {
      waiting.bad = true;
      waiting.pieces.length = 0;
      return null;
    }
    if (waiting.covered !== waiting.length) return null;
    this.#waiting.delete(key);
    return assemble(waiting);
  }

  /** @returns false where the fragment contradicts those that came before. */
  #take(waiting: Waiting, walk: LayerWalk): boolean {
    const start = walk.fragmentOffset;
    const end = start + (walk.wireEnd - walk.at);
    if (end > LARGEST_BYTES || end === start) return false;
    // All but the last are multiples of 8 bytes (RFC 791, 3.2).
    if (walk.moreFragments && (end - start) % 8 !== 0) return false;
    for (const piece of waiting.pieces) {
      if (piece.start === start && piece.end === end) return true;
      if (start < piece.end && piece.start < end) return false;
    }
    if (waiting.length >= 0 && (end > waiting.length || !walk.moreFragments)) return false;
    if (!walk.moreFragments) {
      if (waiting.pieces.some((piece) => piece.end > end)) return false;
      waiting.length = end;
    }
    if (waiting.pieces.length >= this.#limits.fragmentsPerDatagram) return false;
    if (start === 0) waiting.protocol = walk.fragmentProtocol;
    waiting.pieces.push({ start, end, bytes: new Uint8Array(walk.bytes.subarray(walk.at, walk.end)) });
    waiting.covered += end - start;
    return true;
  }

  #expire(seconds: number): void {
    for (const [key, waiting] of this.#waiting) {
      // Time that runs backwards (files joined) must not keep a datagram for ever either.
      if (Math.abs(seconds - waiting.since) <= this.#limits.seconds) return;
      this.#drop(key, waiting);
    }
  }

  #dropOldest(): void {
    for (const [key, waiting] of this.#waiting) {
      this.#drop(key, waiting);
      return;
    }
  }

  #drop(key: string, waiting: Waiting): void {
    this.#waiting.delete(key);
    this.#undecoded.add(waiting.bad ? 'fragment-bad' : 'fragment-incomplete', waiting.packets);
  }
}

function assemble(waiting: Waiting): Reassembled {
  const pieces = waiting.pieces.sort((a, b) => a.start - b.start);
  // What the capture holds without a hole: up to the first fragment that was cut.
  let present = 0;
  for (const { start, end, bytes } of pieces) {
    present = start + bytes.length;
    if (present < end) break;
  }
  const bytes = new Uint8Array(present);
  for (const piece of pieces) if (piece.start < present) bytes.set(piece.bytes, piece.start);
  return { bytes, length: waiting.length, protocol: waiting.protocol };
}

/** Source, destination, identification and (IPv4) protocol, and where the fragment was seen. */
function keyOf(walk: LayerWalk): string {
  const { ipBytes, ipAt } = walk;
  const [from, to] = walk.ipVersion === 4 ? [ipAt + 12, ipAt + 20] : [ipAt + 8, ipAt + 40];
  const protocol = walk.ipVersion === 4 ? walk.fragmentProtocol : 0;
  return `${walk.fragmentIdentification},${protocol},${walk.place},${walk.stack},${walk.hops},${ipBytes.subarray(from, to).join()}`;
}
