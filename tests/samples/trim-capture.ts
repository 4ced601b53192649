import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { PcapngWriter, RecordStep } from '../../captures/index.ts';
import { captureCursor } from '../captures/packets/decoding.ts';

const ETHERNET = 14;
const UDP = 17;

/** Writes a capture of Ethernet and IPv4 again, compressed, without what is encrypted in RTP and without what TCP carries. */
export function trimCapture(from: string, to: string, comment: string): number {
  const cursor = captureCursor(readFileSync(from));
  const writer = new PcapngWriter();
  const parts = [writer.sectionHeader({ application: 'rtcscope', comment })];
  parts.push(writer.interfaceDescription({ linkType: 1, name: 'lo', resolution: 9 }));
  let packets = 0;
  while (cursor.advance() === RecordStep.record) {
    const data = cursor.bytes.subarray(cursor.offset, cursor.offset + cursor.capturedLength);
    const time = { seconds: cursor.seconds, nanoseconds: cursor.nanoseconds };
    const kept = data.subarray(0, keptLength(data));
    parts.push(writer.packet({ interfaceId: 0, time, data: kept, originalLength: cursor.originalLength }));
    packets++;
  }
  writeFileSync(to, gzipSync(Buffer.concat(parts), { level: 9 }));
  return packets;
}

function keptLength(frame: Uint8Array): number {
  const transport = ETHERNET + 4 * (frame[ETHERNET] & 0x0f);
  if (frame[ETHERNET + 9] !== UDP) return Math.min(frame.length, transport + 20);
  const rtp = transport + 8;
  const isRtp = frame[rtp] >= 128 && frame[rtp] <= 191 && (frame[rtp + 1] < 192 || frame[rtp + 1] > 223);
  if (!isRtp) return frame.length;
  const hasExtension = (frame[rtp] & 0x10) !== 0 && frame.length >= rtp + 16;
  return rtp + 12 + (hasExtension ? 4 + 4 * frame[rtp + 15] : 0);
}
