import { PcapngWriter } from '../../../captures/index.ts';
import { rawIpPacket } from '../../../cluster/sfu/tap/raw-ip.ts';

/** `10.0.0.1:5000` */
export type Endpoint = readonly [address: string, port: number];

export interface SeenPacket {
  readonly atMs: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payloadBytes: number;
  readonly payloadType?: number;
}

const START_SECONDS = 1_700_000_000;

/** A capture in memory of RTP packets, in the order of time. */
export function captureOf(packets: readonly SeenPacket[]): Uint8Array {
  const writer = new PcapngWriter();
  const parts = [writer.sectionHeader(), writer.interfaceDescription({ linkType: 101, resolution: 9 })];
  for (const packet of [...packets].sort((a, b) => a.atMs - b.atMs)) {
    const nanoseconds = Math.round(packet.atMs * 1e6);
    const time = {
      seconds: START_SECONDS + Math.floor(nanoseconds / 1e9),
      nanoseconds: nanoseconds % 1e9,
    };
    parts.push(writer.packet({ interfaceId: 0, time, data: datagram(packet) }));
  }
  return Buffer.concat(parts);
}

function datagram({ from, to, ssrc, sequence, timestamp, marker, payloadBytes, payloadType = 96 }: SeenPacket) {
  const rtp = Buffer.alloc(12 + payloadBytes, 0x5a);
  rtp[0] = 0x80;
  rtp[1] = (marker ? 0x80 : 0) | payloadType;
  rtp.writeUInt16BE(sequence & 0xffff, 2);
  rtp.writeUInt32BE(timestamp >>> 0, 4);
  rtp.writeUInt32BE(ssrc >>> 0, 8);
  const bytes = (address: string) => Uint8Array.from(address.split('.').map(Number));
  return rawIpPacket({ from: bytes(from[0]), fromPort: from[1], to: bytes(to[0]), toPort: to[1] }, rtp, null);
}
