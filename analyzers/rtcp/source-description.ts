import { readUint32 } from './network-order.ts';
import { decodePacketText } from './packet-text.ts';
import type { RtcpDefect, RtcpPacket } from './rtcp-packet.ts';

/** SDES item types (RFC 3550, 6.5; RFC 7941 for MID and the stream ids). */
export const SdesItemType = {
  cname: 1,
  name: 2,
  email: 3,
  phone: 4,
  location: 5,
  tool: 6,
  note: 7,
  private: 8,
  mid: 15,
  rtpStreamId: 16,
  repairedRtpStreamId: 17,
} as const;

export interface SdesItem {
  readonly type: number;
  readonly text: string;
}

/**
 * SDES (RFC 3550, 6.5): chunks, each an SSRC and a list of items, ended by a zero byte and filled up to a word.
 *
 *   |                              SSRC                             |
 *   |   item type   |    length     | text ...
 */
export interface SdesChunk {
  readonly ssrc: number;
  readonly items: readonly SdesItem[];
}

/** @returns the chunks that the capture holds whole, and of a chunk that is cut the items before the cut. */
export function decodeSourceDescription(packet: RtcpPacket): SdesChunk[] | RtcpDefect {
  const { bytes, offset, end, length, count } = packet;
  const cut = end < offset + length;
  const chunks: SdesChunk[] = [];
  let at = offset + 4;
  for (let index = 0; index < count; index++) {
    if (at + 4 > end) return cut ? chunks : 'too-short';
    const ssrc = readUint32(bytes, at);
    const items: SdesItem[] = [];
    chunks.push({ ssrc, items });
    at += 4;
    while (at < end && bytes[at] !== 0) {
      const textStart = at + 2;
      const textEnd = textStart > end ? textStart : textStart + bytes[at + 1];
      if (textEnd > end) return cut ? chunks : 'bad-length';
      items.push({ type: bytes[at], text: decodePacketText(bytes, textStart, textEnd) });
      at = textEnd;
    }
    // A list that runs to the packet's end without its zero is common and harms nobody.
    at = offset + ((at - offset + 4) & ~3);
  }
  return chunks;
}
