/*
 * Ogg (RFC 3533) as far as Opus in Ogg (RFC 7845) needs it: pages of up to 255 segments; a packet is the segments up to and with the
 * first that is shorter than 255 bytes. The first two packets are the headers OpusHead and OpusTags.
 */
const PAGE_HEADER_BYTES = 27;
const HEADER_PACKETS = 2;

/** @returns the Opus packets of the first stream. @throws Error where the bytes are no such file: clips are part of the program. */
export function parseOggOpus(bytes: Buffer): Uint8Array[] {
  const packets: Buffer[] = [];
  let pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.toString('latin1', at, at + 4) !== 'OggS') throw new Error('not an Ogg file');
    const segments = bytes[at + 26];
    let data = at + PAGE_HEADER_BYTES + segments;
    for (let segment = 0; segment < segments; segment++) {
      const length = bytes[at + PAGE_HEADER_BYTES + segment];
      pieces.push(bytes.subarray(data, data + length));
      data += length;
      if (length === 255) continue;
      packets.push(Buffer.concat(pieces));
      pieces = [];
    }
    at = data;
  }
  if (packets[0]?.toString('latin1', 0, 8) !== 'OpusHead') throw new Error('not Opus in Ogg');
  return packets.slice(HEADER_PACKETS);
}
