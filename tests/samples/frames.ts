/** A packet to be written: when it passed the capture point, in µs since 1970, and its bytes from Ethernet on. */
export interface TimedFrame {
  readonly timeUs: number;
  readonly frame: Buffer;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

function onesComplement(...parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += (part[at] << 8) | (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

/** A locally administered MAC address that ends as the IPv4 address does. */
function macOf(address: string): Buffer {
  return Buffer.concat([Buffer.from([0x02, 0]), addressBytes(address)]);
}

/** UDP (RFC 768) over IPv4 (RFC 791) over Ethernet, checksums right. */
export function udpFrame(source: Endpoint, destination: Endpoint, payload: Buffer, identification: number): Buffer {
  const addresses = Buffer.concat([addressBytes(source.address), addressBytes(destination.address)]);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(source.port, 0);
  udp.writeUInt16BE(destination.port, 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  const pseudoHeader = Buffer.concat([addresses, Buffer.from([0, 17, udp[4], udp[5]])]);
  udp.writeUInt16BE(onesComplement(pseudoHeader, udp, payload) || 0xffff, 6);
  const ip = Buffer.alloc(12);
  ip.writeUInt16BE(0x4500, 0);
  ip.writeUInt16BE(28 + payload.length, 2);
  ip.writeUInt16BE(identification & 0xffff, 4);
  ip.writeUInt16BE(0x4011, 8);
  ip.writeUInt16BE(onesComplement(ip, addresses), 10);
  const ethernet = [macOf(destination.address), macOf(source.address), Buffer.from([0x08, 0x00])];
  return Buffer.concat([...ethernet, ip, addresses, udp, payload]);
}

/** A little-endian pcap file with microseconds, link type Ethernet, in the order of time. */
export function pcapFile(frames: readonly TimedFrame[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262144, 16);
  header.writeUInt32LE(1, 20);
  const parts: Buffer[] = [header];
  for (const { timeUs, frame } of [...frames].sort((a, b) => a.timeUs - b.timeUs)) {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(timeUs / 1e6), 0);
    record.writeUInt32LE(timeUs % 1e6, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    parts.push(record, frame);
  }
  return Buffer.concat(parts);
}
