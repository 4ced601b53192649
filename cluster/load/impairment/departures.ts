interface Departure {
  readonly ticksPerMs: number;
  sequence: number;
  highest: number;
  reordered: number;
  timestamp: number;
  leftMs: number;
  jitterMs: number;
  count: number;
  sumMs: number;
}

/**
 * When packets really left for the network, faults included: what a capture right behind should find. Interarrival jitter by RFC 3550,
 * appendix A.8, of the times at which packets were handed to the system, and their order.
 */
export class Departures {
  readonly #bySsrc = new Map<number, Departure>();

  /** Makes a stream known; packets of others are not looked at. */
  follow(ssrc: number, clockRate: number): void {
    const nothing = {
      sequence: -1,
      highest: -1,
      reordered: 0,
      timestamp: 0,
      leftMs: 0,
      jitterMs: 0,
      count: 0,
      sumMs: 0,
    };
    this.#bySsrc.set(ssrc, { ticksPerMs: clockRate / 1000, ...nothing });
  }

  /** @param packet RTP, protected or not: the header is in clear. */
  left(packet: Buffer, nowMs: number): void {
    const stream = this.#bySsrc.get(packet.readUInt32BE(8));
    if (stream === undefined) return;
    const sequence = packet.readUInt16BE(2);
    // A copy of the packet before: receivers do not count it.
    if (sequence === stream.sequence) return;
    // Sequence numbers wrap: what is up to half of them ahead is newer.
    if (stream.highest >= 0 && ((sequence - stream.highest) & 0xffff) >= 0x8000) stream.reordered++;
    else stream.highest = sequence;
    const timestamp = packet.readInt32BE(4);
    if (stream.sequence >= 0) {
      const mediaMs = ((timestamp - stream.timestamp) | 0) / stream.ticksPerMs;
      const differenceMs = Math.abs(nowMs - stream.leftMs - mediaMs);
      stream.jitterMs += (differenceMs - stream.jitterMs) / 16;
      stream.sumMs += stream.jitterMs;
      stream.count++;
    }
    stream.sequence = sequence;
    stream.timestamp = timestamp;
    stream.leftMs = nowMs;
  }

  /** Mean jitter over the packets, by SSRC. */
  jitterMs(): Record<number, number> {
    const found: Record<number, number> = {};
    for (const [ssrc, { count, sumMs }] of this.#bySsrc) if (count > 0) found[ssrc] = sumMs / count;
    return found;
  }

  /** Packets that left behind one with a higher number (RFC 4737, 3.3), by SSRC. */
  reordered(): Record<number, number> {
    const found: Record<number, number> = {};
    for (const [ssrc, { count, reordered }] of this.#bySsrc) if (count > 0) found[ssrc] = reordered;
    return found;
  }
}
