/** A part of a TCP stream that cannot be used yet, copied out of its packet. */
export interface HeldSegment {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Bytes on the wire; more than `bytes` where the snap length cut the packet. */
  readonly wireBytes: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** `a - b` of sequence numbers, which wrap at 2^32 (RFC 9293, 3.4). */
export function sequenceDistance(a: number, b: number): number {
  return (a - b) | 0;
}

/** Segments that came before their turn, in the order of the stream. */
export class HeldSegments {
  readonly #segments: HeldSegment[] = [];
  bytes = 0;

  get count(): number {
    return this.#segments.length;
  }

  /** @returns false for what is held already. */
  add(segment: HeldSegment): boolean {
    const segments = this.#segments;
    let index = segments.length;
    while (index > 0 && sequenceDistance(segments[index - 1].sequence, segment.sequence) > 0) index--;
    const before = segments[index - 1];
    if (before !== undefined && before.sequence === segment.sequence && before.wireBytes >= segment.wireBytes)
      return false;
    segments.splice(index, 0, segment);
    this.bytes += segment.bytes.length;
    return true;
  }

  /** The first one's sequence number. There must be one. */
  get firstSequence(): number {
    return this.#segments[0].sequence;
  }

  /** Takes the first one out if it begins at or before `sequence`. */
  takeUpTo(sequence: number): HeldSegment | null {
    if (this.#segments.length === 0 || sequenceDistance(this.#segments[0].sequence, sequence) > 0) return null;
    const segment = this.#segments.shift() as HeldSegment;
    this.bytes -= segment.bytes.length;
    return segment;
  }

  clear(): void {
    this.#segments.length = 0;
    this.bytes = 0;
  }
}
