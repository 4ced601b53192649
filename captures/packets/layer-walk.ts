import { LayerCounts } from './layer-counts.ts';
import { Layer } from './layers/layer.ts';
import { fold } from './observation-point.ts';
import type { UndecodedReason } from './undecoded.ts';

/**
 * A walk down the layers of one packet, reused for each. A decoder of a layer finds its header at `at`, reads it and either
 * moves on with `enter(next)` or ends the walk with `stop(reason)`.
 */
export class LayerWalk {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** Where the bytes end that the capture holds of the layer at `at`. */
  end = 0;
  /** Where they ended on the wire; beyond `end` where the packet was cut by the snap length. */
  wireEnd = 0;
  next: Layer = Layer.none;
  reason: UndecodedReason | null = null;

  /** The innermost IP header, for addresses: 4, 6, or 0 where none was met. */
  ipVersion = 0;
  ipBytes: Uint8Array = this.bytes;
  ipAt = 0;

  /** The fragment at `at`, where `next` is `Layer.fragment`. */
  fragmentIdentification = 0;
  fragmentOffset = 0;
  moreFragments = false;
  fragmentProtocol = 0;

  /** Where the walk goes on after it ended for one of several packets in a frame; -1 where there is no further one. */
  resumeAt = -1;
  #resumeLayer: Layer = Layer.none;
  #resumeEnd = 0;
  #resumeWireEnd = 0;
  #resumeStack = 0;
  #resumeNode = 0;

  /** Radiotap said that the 802.11 header is padded to 4 bytes. */
  wlanPadded = false;

  /** See observation-point.ts. */
  place = 0;
  stack = 0;
  hops = 0;
  /** The stack of layers as a node of `counts`. */
  node: number = LayerCounts.root;
  readonly counts: LayerCounts;

  constructor(counts: LayerCounts) {
    this.counts = counts;
  }

  start(bytes: Uint8Array, at: number, end: number, wireEnd: number, place: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.wireEnd = wireEnd;
    this.place = place;
    this.stack = 0;
    this.hops = 0;
    this.node = LayerCounts.root;
    this.ipVersion = 0;
    this.reason = null;
    this.next = Layer.none;
    this.resumeAt = -1;
    this.wlanPadded = false;
  }

  /** The header at `at`, after `headerBytes` of the present one, is `layer`. */
  enter(layer: Layer, headerBytes = 0): void {
    this.at += headerBytes;
    this.next = layer;
    this.stack = fold(this.stack, layer);
    this.node = this.counts.child(this.node, layer);
  }

  /** What follows the `headerBytes` at `at` is a part of a datagram only. */
  enterFragment(headerBytes: number, identification: number, offset: number, more: boolean, protocol: number): void {
    this.at += headerBytes;
    this.next = Layer.fragment;
    this.fragmentIdentification = identification;
    this.fragmentOffset = offset;
    this.moreFragments = more;
    this.fragmentProtocol = protocol;
  }

  /** Once the walk has ended for the packet it is about to go down, another follows at `at`. */
  resumeLater(at: number, layer: Layer): void {
    this.resumeAt = at;
    this.#resumeLayer = layer;
    this.#resumeEnd = this.end;
    this.#resumeWireEnd = this.wireEnd;
    this.#resumeStack = this.stack;
    this.#resumeNode = this.node;
  }

  /** Stands where `resumeLater` said. `bytes` must be the frame's own. */
  resume(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = this.resumeAt;
    this.end = this.#resumeEnd;
    this.wireEnd = this.#resumeWireEnd;
    this.stack = this.#resumeStack;
    this.node = this.#resumeNode;
    this.hops = 0;
    this.ipVersion = 0;
    this.reason = null;
    this.next = this.#resumeLayer;
    this.resumeAt = -1;
  }

  stop(reason: UndecodedReason): void {
    this.next = Layer.none;
    this.reason = reason;
  }

  /** Whether `count` bytes are present from `at`; ends the walk where they are not. */
  has(count: number): boolean {
    if (this.at + count <= this.end) return true;
    this.stop(this.at + count <= this.wireEnd ? 'snapped' : 'too-short');
    return false;
  }

  /** The layer's content ends at `wireEnd`: what follows is padding, a trailer, a checksum. */
  limit(wireEnd: number): void {
    this.wireEnd = wireEnd;
    if (this.end > wireEnd) this.end = wireEnd;
  }

  uint8(offset: number): number {
    return this.bytes[this.at + offset];
  }

  uint16(offset: number): number {
    const at = this.at + offset;
    return (this.bytes[at] << 8) | this.bytes[at + 1];
  }

  uint32(offset: number): number {
    return readUint32(this.bytes, this.at + offset) >>> 0;
  }
}

/** Network byte order, as a signed number. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
