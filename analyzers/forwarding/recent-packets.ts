/** Packets remembered of a stream: at 200 a second those of 1.3 s. A power of two. */
export const REMEMBERED = 256;
const MASK = REMEMBERED - 1;

/** What came of looking for where a packet was forwarded from. */
export const Measured = { notYet: 0, followed: 1, missed: 2 } as const;

/** The last packets of one stream, found by their sequence number. */
export class RecentPackets {
  /** By the low bits of the sequence number; -1 where there is none. */
  readonly sequence = new Int32Array(REMEMBERED).fill(-1);
  readonly timestamp = new Int32Array(REMEMBERED);
  /** Payload's length and marker: twice the length, plus one for the marker. */
  readonly shape = new Int32Array(REMEMBERED);
  readonly arrivalNs = new Float64Array(REMEMBERED);
  /** Of {@link Measured}. */
  readonly measured = new Uint8Array(REMEMBERED);

  /** @returns false for a packet that is here already: a duplicate, or the same at another point of capture. */
  add(sequence: number, timestamp: number, shape: number, arrivalNs: number): boolean {
    const at = sequence & MASK;
    if (this.sequence[at] === sequence && this.timestamp[at] === timestamp) return false;
    this.sequence[at] = sequence;
    this.timestamp[at] = timestamp;
    this.shape[at] = shape;
    this.arrivalNs[at] = arrivalNs;
    this.measured[at] = 0;
    return true;
  }

  /** @returns where the packet of that number stands, -1 where it is not here (any more). */
  find(sequence: number): number {
    const at = sequence & MASK;
    return this.sequence[at] === sequence ? at : -1;
  }
}

/**
 * Whether two payloads can be the same: markers agree, and lengths differ by no more than SRTP tags (4, 10 or 16 bytes, RFC 3711 and
 * RFC 7714) and a rewritten codec descriptor do.
 */
export function isAlike(shape: number, other: number): boolean {
  return ((shape ^ other) & 1) === 0 && Math.abs((shape >> 1) - (other >> 1)) <= MOST_DIFFERENCE;
}

const MOST_DIFFERENCE = 14;
