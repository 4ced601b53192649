import type { Datagram } from '../../captures/index.ts';

/*
 * RTP fixed header (RFC 3550, section 5.1):
 *
 *    0                   1                   2                   3
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   |                           timestamp                           |
 *   |           synchronization source (SSRC) identifier            |
 */
export const FIXED_HEADER_BYTES = 12;
export const PADDING = 0x20;
export const EXTENSION = 0x10;
export const CSRC_COUNT = 0x0f;

/** RFC 4733, 2.3: an event's payload. */
const EVENT_BYTES = 4;
/** RFC 3551, 6: types from here on mean what SDP says. */
export const FIRST_DYNAMIC_TYPE = 96;

/** Whether CSRCs, header extension and padding fit the packet, as far as it was captured (RFC 3550, 5.1 and 5.3.1). */
export function headerFits(datagram: Datagram, first: number): boolean {
  const bytes = datagram.bytes;
  let header = FIXED_HEADER_BYTES + (first & CSRC_COUNT) * 4;
  if ((first & EXTENSION) !== 0) {
    if (header + 4 > datagram.length) return false;
    if (header + 4 > datagram.capturedLength) return true;
    const at = datagram.offset + header;
    header += 4 + ((bytes[at + 2] << 8) | bytes[at + 3]) * 4;
  }
  // With padding at least its count is there. Under SRTP the last byte is of the tag: no more can be asked of it.
  return (first & PADDING) !== 0 ? header < datagram.length : header <= datagram.length;
}

/** Without SDP, a telephone event (RFC 4733) is a packet of a dynamic type with four bytes of payload. */
export function looksLikeEvent(datagram: Datagram, payloadType: number): boolean {
  const first = datagram.bytes[datagram.offset];
  const header = FIXED_HEADER_BYTES + (first & CSRC_COUNT) * 4;
  return payloadType >= FIRST_DYNAMIC_TYPE && (first & EXTENSION) === 0 && datagram.length - header === EVENT_BYTES;
}
