/**
 * The length of an RTP header with its CSRCs and header extension (RFC 3550 section 5.1), which SRTP leaves in clear.
 *
 * @param length bytes of the packet without its trailer
 * @returns bytes, or -1 where the packet is shorter than its header says or of another version
 */
export function rtpHeaderLength(buffer: Uint8Array, length: number): number {
  if (length < 12) return -1;
  const first = buffer[0];
  if (first >> 6 !== 2) return -1;
  let header = 12 + (first & 15) * 4;
  if ((first & 16) !== 0) {
    if (header + 4 > length) return -1;
    header += 4 + ((buffer[header + 2] << 8) | buffer[header + 3]) * 4;
  }
  return header > length ? -1 : header;
}
