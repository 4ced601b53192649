/**
 * The IP and UDP, or IP and TCP, headers (RFC 791, RFC 8200, RFC 768, RFC 9293) of a packet that this process sent or received through
 * a socket, which shows none of them. Checksums are right for IPv4's header and 0, which is none, for UDP; readers take it so.
 */
export interface Endpoints {
  readonly from: Uint8Array;
  readonly fromPort: number;
  readonly to: Uint8Array;
  readonly toPort: number;
}

const UDP_HEADER = 8;
const TCP_HEADER = 20;

/** @param tcpSequence null for UDP; for TCP the number of the first byte. */
export function rawIpPacket(ends: Endpoints, payload: Uint8Array, tcpSequence: number | null): Uint8Array {
  const isIpv6 = ends.from.length === 16;
  const ipHeader = isIpv6 ? 40 : 20;
  const transport = tcpSequence === null ? UDP_HEADER : TCP_HEADER;
  const packet = Buffer.alloc(ipHeader + transport + payload.length);
  const protocol = tcpSequence === null ? 17 : 6;
  if (isIpv6) {
    packet[0] = 0x60;
    packet.writeUInt16BE(transport + payload.length, 4);
    packet[6] = protocol;
    packet[7] = 64;
    packet.set(ends.from, 8);
    packet.set(ends.to, 24);
  } else {
    packet[0] = 0x45;
    packet.writeUInt16BE(packet.length, 2);
    packet[8] = 64;
    packet[9] = protocol;
    packet.set(ends.from, 12);
    packet.set(ends.to, 16);
    packet.writeUInt16BE(checksum(packet, 20), 10);
  }
  packet.writeUInt16BE(ends.fromPort, ipHeader);
  packet.writeUInt16BE(ends.toPort, ipHeader + 2);
  if (tcpSequence === null) packet.writeUInt16BE(UDP_HEADER + payload.length, ipHeader + 4);
  else {
    packet.writeUInt32BE(tcpSequence >>> 0, ipHeader + 4);
    packet[ipHeader + 12] = (TCP_HEADER / 4) << 4;
    // PSH and ACK.
    packet[ipHeader + 13] = 0x18;
    packet.writeUInt16BE(65_535, ipHeader + 14);
  }
  packet.set(payload, ipHeader + transport);
  return packet;
}

/** RFC 1071. */
function checksum(bytes: Buffer, length: number): number {
  let sum = 0;
  for (let at = 0; at < length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
