/** Why a packet, or a part of one, gave no value. */
export type RtcpDefect =
  /** The version is not 2. */
  | 'bad-version'
  /** The packet's type is none that IANA lists for RTCP. */
  | 'unknown-type'
  /** The packet's length reaches beyond the datagram, or its counts beyond the packet. */
  | 'bad-length'
  /** Padding of no length, or longer than the packet. */
  | 'bad-padding'
  /** Fewer bytes than the type's fixed fields take. */
  | 'too-short'
  /** A format or identifier other than that of this decoder. */
  | 'other-format'
  /** Nothing is wrong but the capture's snap length: the bytes were on the wire and are not in the capture. */
  | 'cut';

/**
 * One RTCP packet where it lies (RFC 3550, 6.4.1); `offset` is that of the header.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P|  count  |      type     |       length in words - 1     |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export interface RtcpPacket {
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Bytes with the header and without padding, as on the wire. */
  readonly length: number;
  /** Where the bytes present in the capture end: `offset + length` unless the packet was cut. */
  readonly end: number;
  /** Report count, source count, subtype or feedback message type (FMT), by type. */
  readonly count: number;
  readonly type: number;
}

/** @returns why the first `bytes` bytes of a packet cannot be read, null where they can. */
export function defectOf(packet: RtcpPacket, bytes: number): RtcpDefect | null {
  if (packet.offset + bytes <= packet.end) return null;
  return bytes <= packet.length ? 'cut' : 'too-short';
}

/** Whether a decoder's result is a reason rather than a value. */
export function isDefect(result: unknown): result is RtcpDefect {
  return typeof result === 'string';
}
